-- Mean and spread of every compared feature. Snapshots from before have none: made anew on the next day.
ALTER TABLE cohorts ADD COLUMN moments TEXT NOT NULL DEFAULT '{}';

-- Mean and spread of every compared feature. Snapshots from before have none: made anew on the next day.
-- MySQL knows no ADD COLUMN IF NOT EXISTS, and a step must be harmless when it is run again.
SET @step = IF(
  (SELECT COUNT(*) FROM information_schema.columns
   WHERE table_schema = DATABASE() AND table_name = 'cohorts' AND column_name = 'moments') = 0,
  'ALTER TABLE cohorts ADD COLUMN moments LONGTEXT NOT NULL DEFAULT (''{}'')',
  'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

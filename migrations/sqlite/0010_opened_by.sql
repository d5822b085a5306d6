-- Who opened an alert; NULL = the score did.
ALTER TABLE alerts ADD COLUMN opened_by TEXT;

-- Who opened an alert; NULL = the score did.
-- MySQL knows no ADD COLUMN IF NOT EXISTS, and a step must be harmless when it is run again.
SET @step = IF(
  (SELECT COUNT(*) FROM information_schema.columns
   WHERE table_schema = DATABASE() AND table_name = 'alerts' AND column_name = 'opened_by') = 0,
  'ALTER TABLE alerts ADD COLUMN opened_by LONGTEXT',
  'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

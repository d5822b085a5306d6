-- Who looked or changed something, as Moodle's number beside the name, which people may edit. 0 in a key, NULL elsewhere = nobody that
-- Moodle knows, or a row from before. It belongs to what a view is known by: two people of one name are two views.
-- MySQL knows no ADD COLUMN IF NOT EXISTS, and a step must be harmless when it is run again.
SET @step = IF(
  (SELECT COUNT(*) FROM information_schema.columns
   WHERE table_schema = DATABASE() AND table_name = 'person_views' AND column_name = 'by_user_id') = 0,
  'ALTER TABLE person_views ADD COLUMN by_user_id BIGINT NOT NULL DEFAULT 0, DROP PRIMARY KEY,
   ADD PRIMARY KEY (user_id, slot_ms, viewer, kind, what, course_id, by_user_id)',
  'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;
SET @step = IF(
  (SELECT COUNT(*) FROM information_schema.columns
   WHERE table_schema = DATABASE() AND table_name = 'recorded_changes' AND column_name = 'by_user_id') = 0,
  'ALTER TABLE recorded_changes ADD COLUMN by_user_id BIGINT',
  'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

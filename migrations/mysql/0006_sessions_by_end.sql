-- The live panels ask for the sessions of the last minutes, a starting engine for those that may still grow: both by their end.
-- MySQL knows no CREATE INDEX IF NOT EXISTS, and a step must be harmless when it is run again.
SET @step = IF(
  (SELECT COUNT(*) FROM information_schema.statistics
   WHERE table_schema = DATABASE() AND table_name = 'sessions' AND index_name = 'sessions_by_end') = 0,
  'CREATE INDEX sessions_by_end ON sessions (end_ms)',
  'DO 0');
PREPARE step FROM @step;
EXECUTE step;
DEALLOCATE PREPARE step;

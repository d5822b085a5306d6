-- The live panels ask for the sessions of the last minutes, a starting engine for those that may still grow: both by their end.
CREATE INDEX sessions_by_end ON sessions (end_ms);

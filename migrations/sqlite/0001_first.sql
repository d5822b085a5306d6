-- The first schema. Times are epoch milliseconds (`_ms`), days are day numbers of the site's calendar since 1970-01-01.
-- Lists and objects are JSON text. Keys are the primary keys, so that a row is found and replaced by what it is about.

-- 'Hold': tells a Holdfast store from the database of another program.
PRAGMA application_id = 1215261796;

-- What the store was made for; one row.
CREATE TABLE store_identity (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  site TEXT NOT NULL,
  time_zone TEXT NOT NULL
);

-- Where each source is. Moves by compare-and-set only.
CREATE TABLE positions (
  source TEXT NOT NULL PRIMARY KEY,
  position TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  clock TEXT NOT NULL
);

-- Log ids that have been counted: 8,192 ids a page, one bit each.
CREATE TABLE seen_pages (
  page INTEGER NOT NULL PRIMARY KEY,
  bits BLOB NOT NULL CHECK (length(bits) = 1024)
);

CREATE TABLE sessions (
  user_id INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  activities INTEGER NOT NULL,
  PRIMARY KEY (user_id, start_ms)
) WITHOUT ROWID;

-- start_day: the day of start_ms in the store's time zone, since SQL knows no zones.
CREATE TABLE course_sessions (
  user_id INTEGER NOT NULL,
  course_id INTEGER NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  activities INTEGER NOT NULL,
  start_day INTEGER NOT NULL,
  PRIMARY KEY (user_id, course_id, start_ms)
) WITHOUT ROWID;
-- Holds the rest of the primary key too, so it gives one course in the order (user_id, start_ms).
CREATE INDEX course_sessions_by_course ON course_sessions (course_id, user_id, start_ms);

CREATE TABLE activity_days (
  user_id INTEGER NOT NULL,
  course_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  activities INTEGER NOT NULL,
  navigation INTEGER NOT NULL,
  content INTEGER NOT NULL,
  social INTEGER NOT NULL,
  assessment INTEGER NOT NULL,
  other INTEGER NOT NULL,
  PRIMARY KEY (user_id, course_id, day)
) WITHOUT ROWID;
CREATE INDEX activity_days_by_day ON activity_days (day, course_id, user_id);
CREATE INDEX activity_days_by_course ON activity_days (course_id, user_id, day);

-- Moodle's own rows, the used columns of them as JSON. The version: source_ms and the place in the server's log.
CREATE TABLE reference_rows (
  table_name TEXT NOT NULL,
  id INTEGER NOT NULL,
  user_id INTEGER,
  parent_id INTEGER,
  deleted INTEGER NOT NULL,
  columns TEXT NOT NULL,
  source_ms INTEGER,
  coord_log INTEGER,
  coord_offset INTEGER,
  coord_row INTEGER,
  PRIMARY KEY (table_name, id)
) WITHOUT ROWID;
CREATE INDEX reference_rows_by_user ON reference_rows (table_name, user_id);
CREATE INDEX reference_rows_by_parent ON reference_rows (table_name, parent_id);

CREATE TABLE cohorts (
  course_id INTEGER NOT NULL,
  day INTEGER NOT NULL,
  version TEXT NOT NULL,
  students INTEGER NOT NULL,
  quantiles TEXT NOT NULL,
  PRIMARY KEY (course_id, day)
) WITHOUT ROWID;

-- Scheduled scores: history, written once.
CREATE TABLE scores (
  user_id INTEGER NOT NULL,
  course_id INTEGER NOT NULL,
  as_of_ms INTEGER NOT NULL,
  score REAL NOT NULL,
  early_score REAL,
  band TEXT NOT NULL,
  model_version TEXT NOT NULL,
  cohort_version TEXT NOT NULL,
  method TEXT NOT NULL,
  reasons TEXT NOT NULL,
  PRIMARY KEY (user_id, course_id, as_of_ms)
) WITHOUT ROWID;
CREATE INDEX scores_by_course ON scores (course_id, user_id, as_of_ms);

-- The latest word on an enrolment: the score as JSON, or why there is none.
CREATE TABLE predictions (
  user_id INTEGER NOT NULL,
  course_id INTEGER NOT NULL,
  as_of_ms INTEGER NOT NULL,
  score TEXT,
  not_scored TEXT,
  last_active_ms INTEGER,
  PRIMARY KEY (user_id, course_id)
) WITHOUT ROWID;
CREATE INDEX predictions_by_course ON predictions (course_id, user_id);

CREATE TABLE alerts (
  alert_id TEXT NOT NULL PRIMARY KEY,
  user_id INTEGER NOT NULL,
  course_id INTEGER NOT NULL,
  state TEXT NOT NULL,
  opened_ms INTEGER NOT NULL,
  score REAL NOT NULL,
  reasons TEXT NOT NULL,
  assignee TEXT,
  muted_until_ms INTEGER,
  outcome TEXT,
  note TEXT,
  closed_ms INTEGER,
  recovered_ticks INTEGER NOT NULL,
  touched_ms INTEGER NOT NULL,
  revision INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX alerts_by_state ON alerts (state, alert_id);
CREATE INDEX alerts_by_enrolment ON alerts (user_id, course_id);

CREATE TABLE rejected (
  source TEXT NOT NULL,
  position TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (source, position, reason)
) WITHOUT ROWID;

-- kind: 'rejected' by reason, 'ignored' by what it was, 'kept' = rows of `rejected` by source.
CREATE TABLE counts (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) WITHOUT ROWID;

-- What SQLite should assume about sizes: without it, it would read all rows of a reference table to find those of one person.
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
  ('reference_rows', 'reference_rows', '1000000 100000 1'),
  ('reference_rows', 'reference_rows_by_user', '1000000 100000 10'),
  ('reference_rows', 'reference_rows_by_parent', '1000000 100000 20');
ANALYZE sqlite_schema;

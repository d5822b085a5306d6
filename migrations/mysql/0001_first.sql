-- The first schema, for MariaDB 10.6 and MySQL 8.0 and newer. Times are epoch milliseconds (`_ms`), days are day numbers of the
-- site's calendar since 1970-01-01. Lists and objects are JSON text. Keys are the primary keys, so that a row is found and
-- replaced by what it is about. Texts compare and sort by their code points (utf8mb4_bin).
--
-- These servers cannot roll a CREATE TABLE back. A step may therefore be cut off in its middle and run again from its
-- beginning: every statement has to be harmless the second time.

-- What the store was made for; one row.
CREATE TABLE IF NOT EXISTS store_identity (
  id TINYINT NOT NULL PRIMARY KEY,
  site VARCHAR(255) NOT NULL,
  time_zone VARCHAR(255) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Where each source is. Moves by compare-and-set only.
CREATE TABLE IF NOT EXISTS positions (
  source VARCHAR(512) NOT NULL PRIMARY KEY,
  position LONGTEXT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS site_clock (
  id TINYINT NOT NULL PRIMARY KEY,
  clock LONGTEXT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The clock of each lane; heard_ms: when its latest commit was, by this server.
CREATE TABLE IF NOT EXISTS lane_clocks (
  lane VARCHAR(512) NOT NULL PRIMARY KEY,
  clock LONGTEXT NOT NULL,
  heard_ms BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- For which lane a user is counted: the latest claim.
CREATE TABLE IF NOT EXISTS user_claims (
  user_id BIGINT NOT NULL PRIMARY KEY,
  lane VARCHAR(512) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What one process at a time does. The token grows with each lease of a name; a row stays when its lease is over.
CREATE TABLE IF NOT EXISTS leases (
  name VARCHAR(255) NOT NULL PRIMARY KEY,
  holder VARCHAR(512) NOT NULL,
  token BIGINT NOT NULL,
  until_ms BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What each sink has yet to hear of: gzipped JSON.
CREATE TABLE IF NOT EXISTS outbox (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  sink VARCHAR(64) NOT NULL,
  body LONGBLOB NOT NULL,
  KEY outbox_by_sink (sink, id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Log ids that have been counted: 8,192 ids a page, one bit each.
CREATE TABLE IF NOT EXISTS seen_pages (
  page BIGINT NOT NULL PRIMARY KEY,
  bits VARBINARY(1024) NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS sessions (
  user_id BIGINT NOT NULL,
  start_ms BIGINT NOT NULL,
  end_ms BIGINT NOT NULL,
  activities BIGINT NOT NULL,
  PRIMARY KEY (user_id, start_ms)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- start_day: the day of start_ms in the store's time zone, which the server need not know.
CREATE TABLE IF NOT EXISTS course_sessions (
  user_id BIGINT NOT NULL,
  course_id BIGINT NOT NULL,
  start_ms BIGINT NOT NULL,
  end_ms BIGINT NOT NULL,
  activities BIGINT NOT NULL,
  start_day BIGINT NOT NULL,
  PRIMARY KEY (user_id, course_id, start_ms),
  KEY course_sessions_by_course (course_id, user_id, start_ms),
  KEY course_sessions_by_day (user_id, course_id, start_day)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS activity_days (
  user_id BIGINT NOT NULL,
  course_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  activities BIGINT NOT NULL,
  navigation BIGINT NOT NULL,
  content BIGINT NOT NULL,
  social BIGINT NOT NULL,
  assessment BIGINT NOT NULL,
  other BIGINT NOT NULL,
  PRIMARY KEY (user_id, course_id, day),
  KEY activity_days_by_day (day, course_id, user_id),
  KEY activity_days_by_course (course_id, user_id, day)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Moodle's own rows, the used columns of them as JSON. The version: source_ms and the place in the server's log.
-- taken: whether the latest change that came was newer than what was kept; set first when a row is written.
CREATE TABLE IF NOT EXISTS reference_rows (
  table_name VARCHAR(64) NOT NULL,
  id BIGINT NOT NULL,
  user_id BIGINT,
  parent_id BIGINT,
  deleted TINYINT NOT NULL,
  `columns` LONGTEXT NOT NULL,
  source_ms BIGINT,
  coord_log BIGINT,
  coord_offset BIGINT,
  coord_row BIGINT,
  taken TINYINT NOT NULL DEFAULT 1,
  PRIMARY KEY (table_name, id),
  KEY reference_rows_by_user (table_name, user_id),
  KEY reference_rows_by_parent (table_name, parent_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS cohorts (
  course_id BIGINT NOT NULL,
  day BIGINT NOT NULL,
  version VARCHAR(255) NOT NULL,
  students BIGINT NOT NULL,
  quantiles LONGTEXT NOT NULL,
  PRIMARY KEY (course_id, day)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Scheduled scores: history, written once.
CREATE TABLE IF NOT EXISTS scores (
  user_id BIGINT NOT NULL,
  course_id BIGINT NOT NULL,
  as_of_ms BIGINT NOT NULL,
  score DOUBLE NOT NULL,
  early_score DOUBLE,
  band VARCHAR(64) NOT NULL,
  model_version VARCHAR(255) NOT NULL,
  cohort_version VARCHAR(255) NOT NULL,
  method VARCHAR(64) NOT NULL,
  reasons LONGTEXT NOT NULL,
  PRIMARY KEY (user_id, course_id, as_of_ms),
  KEY scores_by_course (course_id, user_id, as_of_ms)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- The latest word on an enrolment: the score as JSON, or why there is none.
CREATE TABLE IF NOT EXISTS predictions (
  user_id BIGINT NOT NULL,
  course_id BIGINT NOT NULL,
  as_of_ms BIGINT NOT NULL,
  score LONGTEXT,
  not_scored VARCHAR(64),
  last_active_ms BIGINT,
  PRIMARY KEY (user_id, course_id),
  KEY predictions_by_course (course_id, user_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS alerts (
  alert_id VARCHAR(64) NOT NULL PRIMARY KEY,
  user_id BIGINT NOT NULL,
  course_id BIGINT NOT NULL,
  state VARCHAR(64) NOT NULL,
  opened_ms BIGINT NOT NULL,
  score DOUBLE NOT NULL,
  reasons LONGTEXT NOT NULL,
  assignee LONGTEXT,
  muted_until_ms BIGINT,
  outcome VARCHAR(64),
  note LONGTEXT,
  closed_ms BIGINT,
  recovered_ticks BIGINT NOT NULL,
  touched_ms BIGINT NOT NULL,
  revision BIGINT NOT NULL,
  KEY alerts_by_state (state, alert_id),
  KEY alerts_by_enrolment (user_id, course_id)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS rejected (
  source VARCHAR(380) NOT NULL,
  position VARCHAR(255) NOT NULL,
  reason VARCHAR(64) NOT NULL,
  detail LONGTEXT NOT NULL,
  PRIMARY KEY (source, position, reason)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- kind: 'rejected' by reason, 'ignored' by what it was, 'kept' = rows of `rejected` by source. Summed over `lane`, which is
-- there so that lanes that count the same thing need not wait for each other.
CREATE TABLE IF NOT EXISTS counts (
  kind VARCHAR(16) NOT NULL,
  name VARCHAR(380) NOT NULL,
  lane VARCHAR(255) NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (kind, name, lane)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

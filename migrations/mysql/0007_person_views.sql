-- Who was shown what about whom: once in each quarter of an hour (slot_ms). course_id 0 = in no course in particular.
CREATE TABLE IF NOT EXISTS person_views (
  user_id BIGINT NOT NULL,
  slot_ms BIGINT NOT NULL,
  viewer VARCHAR(190) NOT NULL,
  kind VARCHAR(16) NOT NULL,
  what VARCHAR(120) NOT NULL,
  course_id BIGINT NOT NULL,
  at_ms BIGINT NOT NULL,
  people BIGINT NOT NULL,
  PRIMARY KEY (user_id, slot_ms, viewer, kind, what, course_id),
  KEY person_views_by_time (slot_ms)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- What people changed of the service itself: which ids leave it, its key.
CREATE TABLE IF NOT EXISTS recorded_changes (
  at_ms BIGINT NOT NULL,
  changed_by VARCHAR(190) NOT NULL,
  what VARCHAR(64) NOT NULL,
  detail VARCHAR(250) NOT NULL,
  PRIMARY KEY (at_ms, what, detail)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What a challenger would have said: kept apart from the scores that people see. By time first, so that the old ones go in one piece.
CREATE TABLE IF NOT EXISTS shadow_scores (
  as_of_ms BIGINT NOT NULL,
  course_id BIGINT NOT NULL,
  user_id BIGINT NOT NULL,
  model_version VARCHAR(255) NOT NULL,
  score DOUBLE NOT NULL,
  PRIMARY KEY (as_of_ms, course_id, user_id, model_version)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Whether the data of a tick could be believed, as JSON.
CREATE TABLE IF NOT EXISTS drift_checks (
  as_of_ms BIGINT NOT NULL PRIMARY KEY,
  body LONGTEXT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

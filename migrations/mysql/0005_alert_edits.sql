-- What people changed of alerts, who, when, from what to what, as JSON.
CREATE TABLE IF NOT EXISTS alert_edits (
  alert_id VARCHAR(64) NOT NULL,
  revision BIGINT NOT NULL,
  body LONGTEXT NOT NULL,
  PRIMARY KEY (alert_id, revision)
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

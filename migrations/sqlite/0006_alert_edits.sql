-- What people changed of alerts, who, when, from what to what, as JSON.
CREATE TABLE alert_edits (
  alert_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (alert_id, revision)
) WITHOUT ROWID;

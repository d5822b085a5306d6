-- What a challenger would have said: kept apart from the scores that people see. By time first, so that the old ones go in one piece.
CREATE TABLE shadow_scores (
  as_of_ms INTEGER NOT NULL,
  course_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL,
  model_version TEXT NOT NULL,
  score REAL NOT NULL,
  PRIMARY KEY (as_of_ms, course_id, user_id, model_version)
) WITHOUT ROWID;

-- Whether the data of a tick could be believed, as JSON.
CREATE TABLE drift_checks (
  as_of_ms INTEGER NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
);

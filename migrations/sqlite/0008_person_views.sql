-- Who was shown what about whom: once in each quarter of an hour (slot_ms). course_id 0 = in no course in particular.
CREATE TABLE person_views (
  user_id INTEGER NOT NULL,
  slot_ms INTEGER NOT NULL,
  viewer TEXT NOT NULL,
  kind TEXT NOT NULL,
  what TEXT NOT NULL,
  course_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  people INTEGER NOT NULL,
  PRIMARY KEY (user_id, slot_ms, viewer, kind, what, course_id)
) WITHOUT ROWID;
CREATE INDEX person_views_by_time ON person_views (slot_ms);
-- What people changed of the service itself: which ids leave it, its key.
CREATE TABLE recorded_changes (
  at_ms INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  what TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (at_ms, what, detail)
) WITHOUT ROWID;

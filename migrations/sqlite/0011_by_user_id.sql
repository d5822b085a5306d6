-- Who looked or changed something, as Moodle's number beside the name, which people may edit. 0 in a key, NULL elsewhere = nobody that
-- Moodle knows, or a row from before. It belongs to what a view is known by: two people of one name are two views.
ALTER TABLE person_views RENAME TO person_views_by_name;
CREATE TABLE person_views (
  user_id INTEGER NOT NULL,
  slot_ms INTEGER NOT NULL,
  viewer TEXT NOT NULL,
  kind TEXT NOT NULL,
  what TEXT NOT NULL,
  course_id INTEGER NOT NULL,
  by_user_id INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  people INTEGER NOT NULL,
  PRIMARY KEY (user_id, slot_ms, viewer, kind, what, course_id, by_user_id)
) WITHOUT ROWID;
INSERT INTO person_views SELECT user_id, slot_ms, viewer, kind, what, course_id, 0, at_ms, people FROM person_views_by_name;
DROP TABLE person_views_by_name;
CREATE INDEX person_views_by_time ON person_views (slot_ms);
ALTER TABLE recorded_changes ADD COLUMN by_user_id INTEGER;

-- How far the model's scores have proved themselves on each course, as JSON.
CREATE TABLE course_standings (
  course_id INTEGER NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
);

-- How far the model's scores have proved themselves on each course, as JSON.
CREATE TABLE IF NOT EXISTS course_standings (
  course_id BIGINT NOT NULL PRIMARY KEY,
  body LONGTEXT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

/** The contract in SQL over Moodle's own tables, for MariaDB: rows come out as the CSV lines of an export, without header. */

/** Log rows that count, with their group. */
const COUNTED = `
  counted AS (
    SELECT id, userid, NULLIF(courseid, 0) AS course, timecreated AS t,
      CASE
        WHEN component REGEXP '^mod_(page|resource|url|book|folder|scorm|h5pactivity|lesson|imscp|label)$' THEN 'content'
        WHEN component REGEXP '^mod_(forum|chat|wiki|glossary|data|bigbluebuttonbn)$' THEN 'social'
        WHEN component REGEXP '^(mod_(quiz|assign|workshop|feedback|choice|survey)$|assignsubmission_|gradereport_)' THEN 'assessment'
        WHEN component = 'core' AND SUBSTRING_INDEX(eventname, '\\\\', -1) REGEXP '^(course_(?!module_)|dashboard_|user_logged)' THEN 'navigation'
        WHEN component = 'core' AND SUBSTRING_INDEX(eventname, '\\\\', -1) REGEXP '^(group_)?message_' THEN 'social'
        ELSE 'other'
      END AS kind
    FROM mdl_logstore_standard_log
    WHERE userid > 1 AND COALESCE(realuserid, 0) = 0 AND anonymous = 0 AND COALESCE(origin, 'web') IN ('web', 'ws')
      AND SUBSTRING_INDEX(eventname, '\\\\', -1) NOT IN ('webservice_function_called', 'user_login_failed')
  )`;

/** A session begins where no activity of the same key lies within the 900 seconds before, both ends included. */
const sessions = (name: string, key: string, where: string) => `
  ${name}_begun AS (
    SELECT userid, course, t, kind,
      COUNT(*) OVER (PARTITION BY ${key} ORDER BY t RANGE BETWEEN 900 PRECEDING AND CURRENT ROW)
        - COUNT(*) OVER (PARTITION BY ${key}, t) = 0 AS begins,
      ROW_NUMBER() OVER (PARTITION BY ${key}, t ORDER BY id) AS nth
    FROM counted WHERE ${where}
  ),
  ${name}_numbered AS (
    SELECT *, SUM(begins AND nth = 1) OVER (PARTITION BY ${key} ORDER BY t RANGE UNBOUNDED PRECEDING) AS number FROM ${name}_begun
  ),
  ${name} AS (
    SELECT userid, ${key.includes('course') ? 'course' : 'NULL AS course'}, MIN(t) AS start_s, MAX(t) AS end_s, COUNT(*) AS activities
    FROM ${name}_numbered GROUP BY ${key}, number
  )`;

const CLOCK = '(SELECT MAX(t) FROM counted)';
const SESSION_COLUMNS = `start_s * 1000, end_s * 1000, activities, end_s - start_s, IF(${CLOCK} > end_s + 900, 'true', 'false')`;

export const SESSIONS_SQL = `WITH ${COUNTED}, ${sessions('s', 'userid', 'TRUE')}
  SELECT CONCAT_WS(',', userid, ${SESSION_COLUMNS}) FROM s ORDER BY userid, start_s;`;

export const COURSE_SESSIONS_SQL = `WITH ${COUNTED}, ${sessions('s', 'userid, course', 'course IS NOT NULL')}
  SELECT CONCAT_WS(',', userid, course, ${SESSION_COLUMNS}) FROM s ORDER BY userid, course, start_s;`;

export const ACTIVITY_DAYS_SQL = `WITH ${COUNTED}, ${sessions('s', 'userid, course', 'course IS NOT NULL')},
  days AS (
    SELECT userid, course, t DIV 86400 AS d, COUNT(*) AS n, SUM(kind = 'navigation') AS navigation, SUM(kind = 'content') AS content,
      SUM(kind = 'social') AS social, SUM(kind = 'assessment') AS assessment, SUM(kind = 'other') AS other
    FROM counted WHERE course IS NOT NULL GROUP BY userid, course, d
  ),
  begun AS (SELECT userid, course, start_s DIV 86400 AS d, COUNT(*) AS n, SUM(end_s - start_s) AS duration FROM s GROUP BY userid, course, d)
  SELECT CONCAT_WS(',', days.userid, days.course, DATE_ADD('1970-01-01', INTERVAL days.d DAY), days.n, navigation, content, social,
      assessment, other, COALESCE(begun.n, 0), COALESCE(begun.duration, 0))
  FROM days LEFT JOIN begun USING (userid, course, d) ORDER BY days.userid, days.course, days.d;`;

/** Who has or had a student's role: from the tables as they stand, and of those who left from the log. */
export const STATES_SQL = `WITH ${COUNTED},
  students AS (
    SELECT a.userid, c.instanceid AS course FROM mdl_role_assignments a JOIN mdl_role r ON r.id = a.roleid AND r.archetype = 'student'
      JOIN mdl_context c ON c.id = a.contextid AND c.contextlevel = 50
    UNION SELECT relateduserid, courseid FROM mdl_logstore_standard_log l JOIN mdl_role r ON r.id = l.objectid AND r.archetype = 'student'
      WHERE SUBSTRING_INDEX(eventname, '\\\\', -1) IN ('role_assigned', 'role_unassigned') AND l.contextlevel = 50
    UNION SELECT relateduserid, courseid FROM mdl_logstore_standard_log WHERE SUBSTRING_INDEX(eventname, '\\\\', -1) = 'user_enrolment_deleted'
  ),
  facts AS (
    SELECT s.userid, s.course, u.deleted, u.suspended,
      (SELECT COUNT(*) FROM mdl_user_enrolments e JOIN mdl_enrol m ON m.id = e.enrolid WHERE e.userid = s.userid AND m.courseid = s.course) AS ways,
      (SELECT COUNT(*) FROM mdl_user_enrolments e JOIN mdl_enrol m ON m.id = e.enrolid
        WHERE e.userid = s.userid AND m.courseid = s.course AND e.status = 0) AS not_suspended,
      (SELECT COUNT(*) FROM mdl_user_enrolments e JOIN mdl_enrol m ON m.id = e.enrolid
        WHERE e.userid = s.userid AND m.courseid = s.course AND e.status = 0 AND m.status = 0) AS open_ways,
      (SELECT COUNT(*) FROM mdl_user_enrolments e JOIN mdl_enrol m ON m.id = e.enrolid
        WHERE e.userid = s.userid AND m.courseid = s.course AND e.status = 0 AND m.status = 0
          AND NOT (e.timeend > 0 AND e.timeend <= ${CLOCK})) AS not_ended,
      (SELECT COUNT(*) FROM mdl_user_enrolments e JOIN mdl_enrol m ON m.id = e.enrolid
        WHERE e.userid = s.userid AND m.courseid = s.course AND e.status = 0 AND m.status = 0 AND e.timestart <= ${CLOCK}) AS begun,
      (SELECT COUNT(*) FROM mdl_role_assignments a JOIN mdl_role r ON r.id = a.roleid AND r.archetype = 'student'
        JOIN mdl_context c ON c.id = a.contextid AND c.contextlevel = 50 WHERE a.userid = s.userid AND c.instanceid = s.course) AS roles,
      (SELECT MAX(timecompleted) FROM mdl_course_completions d WHERE d.userid = s.userid AND d.course = s.course) AS completed,
      (SELECT l.userid = l.relateduserid FROM mdl_logstore_standard_log l WHERE l.relateduserid = s.userid AND l.courseid = s.course
        AND SUBSTRING_INDEX(eventname, '\\\\', -1) = 'user_enrolment_deleted' ORDER BY l.id DESC LIMIT 1) AS self
    FROM students s JOIN mdl_course k ON k.id = s.course AND k.id <> 1 LEFT JOIN mdl_user u ON u.id = s.userid
  )
  SELECT CONCAT_WS(',', userid, course, CASE
      WHEN deleted = 1 THEN 'withdrawn,account-deleted'
      WHEN ways = 0 THEN IF(self, 'withdrawn,unenrolled-self', 'withdrawn,unenrolled-by-other')
      WHEN roles = 0 THEN 'withdrawn,role-removed'
      WHEN suspended = 1 THEN 'suspended,account-suspended'
      WHEN open_ways = 0 THEN IF(not_suspended > 0, 'suspended,method-disabled', 'suspended,enrolment-suspended')
      WHEN completed IS NOT NULL THEN 'completed,completed'
      WHEN not_ended = 0 THEN 'ended,end-date'
      WHEN begun = 0 THEN 'not-started,'
      ELSE 'active,' END)
  FROM facts ORDER BY userid, course;`;

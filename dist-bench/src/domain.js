/**
 * The nouns of Holdfast. Data only: no behaviour, no imports.
 *
 * Times are epoch milliseconds UTC and end in `_ms`. A `day` is a day of the site's calendar, as the number of days since
 * 1970-01-01 on that calendar (2026-11-22 = 20779), so that days can be subtracted and kept in typed arrays.
 */
// -------------------------------------------------------------------------------------------------------------- activity
/** What kind of thing a student did, by Moodle component. The order is that of the columns of `activity_days`. */
export const ACTIVITY_GROUPS = ['navigation', 'content', 'social', 'assessment', 'other'];
// ------------------------------------------------------------------------------------------------------------- reference
/** Moodle's tables that are kept row by row, and the log's own events about enrolments, kept as facts of their own. */
export const REFERENCE_TABLES = [
    'user',
    'course',
    'enrol',
    'user_enrolments',
    'role',
    'role_assignments',
    'context',
    'course_completions',
    'assign',
    'assign_submission',
    'quiz',
    'quiz_attempts',
    'grade_items',
    'grade_grades',
    'enrolment_events',
];
/** Sessions of a user over all courses. */
export const SESSIONS = {
    name: 'sessions',
    key: ['user_id'],
    start: 'start_ms',
    end: 'end_ms',
    values: ['activities'],
};
/** Sessions of a user inside one course. */
export const COURSE_SESSIONS = {
    name: 'course_sessions',
    key: ['user_id', 'course_id'],
    start: 'start_ms',
    end: 'end_ms',
    values: ['activities'],
};
/** Activities of a user in one course on one day of the site's calendar. `sessions` and `duration_s` are derived from course_sessions. */
export const ACTIVITY_DAYS = {
    name: 'activity_days',
    key: ['user_id', 'course_id'],
    start: 'day',
    end: null,
    values: ['activities', ...ACTIVITY_GROUPS],
};
export const SEEN_PAGE_IDS = 8192;
export const TARGETS = [
    'effective-withdrawal',
    'silent-28',
    'disengagement',
    'formal-withdrawal',
    'eventual-withdrawal',
    'fail-or-withdraw',
];
/** What a person says when resolving. */
export const PERSON_OUTCOMES = ['contacted', 'no-answer', 'support-arranged', 'not-needed', 'incorrect'];

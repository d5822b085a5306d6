/** Every word of the page, as whole sentences with plural forms. Numbers, percentages and dates come formatted. */

const plurals = new Intl.PluralRules('en');
/** `count(2, '2', 'student', 'students')` → `2 students`. */
const count = (n, shown, one, other) => `${shown} ${plurals.select(n) === 'one' ? one : other}`;

export const LANGUAGE = 'en-GB';

export const TEXTS = {
  title: 'At risk',
  subtitle:
    'Students who, going by their activity, may stop taking part within the next 28 days. A prompt to get in touch, not a verdict.',
  scored: (when, until) => `Scored ${when}, from activity up to ${until}.`,
  next: (when) => `Next: ${when}.`,
  recorded: (when) => `A recording: its clock stands at ${when}.`,
  not_yet_scored: 'Nothing has been scored yet.',
  stale: (tick, now) => `Scores are from ${tick}. No new activity has come from Moodle since ${now}.`,
  no_data: 'No activity has come from Moodle yet.',
  heuristic: 'No model yet: scores follow a rule of thumb.',

  figures: {
    open: 'open alerts',
    open_note: (acknowledged) => `${acknowledged} acknowledged`,
    above: 'above the threshold',
    above_note: (threshold) => `of ${threshold}`,
    early: 'may fall silent',
    early_note: 'still active',
    scored: 'enrolments scored',
    of: (all) => `of ${all}`,
    scored_note: (shown) => `${shown} without a score, with reasons`,
    sessions: 'sessions under way',
    sessions_note: (n, shown) => count(n, shown, 'activity counted', 'activities counted'),
  },

  filter_course: 'Course',
  filter_band: 'Band',
  all_courses: 'All courses',
  above_threshold: 'High and above',
  everybody: 'Everybody with a score',
  bands: { low: 'Low', raised: 'Raised', high: 'High', 'very high': 'Very high' },
  under: (percent) => `under ${percent}`,
  over: (percent) => `over ${percent}`,
  score_label: (score, band, threshold) => `${score}, ${band}; alerts open above ${threshold}`,

  list_count: (n, shown) => count(n, shown, 'enrolment', 'enrolments'),
  list_some: (n, shown) => `First ${count(n, shown, 'enrolment', 'enrolments')}`,
  list_order: 'highest score first',
  download: 'Download CSV',
  more: 'Show more',
  columns: {
    student: 'Student',
    score: 'Chance of stopping',
    reasons: 'Main reasons – compared with the course',
    last_active: 'Last active',
    state: 'State',
    action: 'Action',
    rank: 'Rank',
    early_score: 'Chance of falling silent',
  },
  nobody: (id) => `Student ${id}`,
  days_ago: (n, shown) => (n === 0 ? 'today' : n === 1 ? 'yesterday' : `${shown} days ago`),
  never_active: 'never in this course',
  no_alert: 'No alert',
  states: { open: 'Open', acknowledged: 'Acknowledged', resolved: 'Resolved', expired: 'Expired' },
  since: (days) => `for ${days}`,
  days: (n, shown) => count(n, shown, 'day', 'days'),
  acknowledge: 'Acknowledge',
  acknowledge_for: (name) => `Acknowledge the alert of ${name}`,

  early_title: 'Early',
  early_subtitle: 'Still active, and the most likely of their course to have 28 days without activity.',
  not_scored_title: 'Without a score',
  not_scored: (n, shown, why) => `${count(n, shown, 'enrolment', 'enrolments')}: ${why}.`,
  not_scored_why: {
    'not-active': 'not active in the course',
    'course-not-begun': 'the course has not begun',
    'course-ended': 'the course is over',
    'too-little-data': 'scores start after 7 days of data',
    'out-of-scope': 'the course is left out by the settings',
    'opted-out': 'the student opted out',
  },

  loading: 'Loading students…',
  empty: (n, shown, when, highest) =>
    `No student is above the alert threshold. ${n === 1 ? 'The one open enrolment' : `All ${shown} open enrolments`} with a score ` +
    `${n === 1 ? 'was' : 'were'} scored ${when}; the highest score is ${highest}. Nothing is waiting for you.`,
  empty_unscored: 'No enrolment has a score yet. The reasons are below.',
  filtered: (n, shown) =>
    `No student matches these filters. ${count(n, shown, 'student matches', 'students match')} without them.`,
  clear_filters: 'Clear filters',
  failed: (why, reference) =>
    `The list could not be loaded. ${why} Nothing you did is lost.` +
    (reference ? ` If this goes on, tell your administrator: reference ${reference}.` : ''),
  failed_timeout: 'The service did not answer within 10 seconds.',
  failed_network: 'The service could not be reached.',
  failed_starting: 'The service is still starting.',
  failed_status: (status) => `The service answered with ${status}.`,
  try_again: 'Try again',
  acknowledged: (name) => `The alert of ${name} is acknowledged.`,
  resolved: (name) => `The alert of ${name} is resolved.`,
  not_saved: (name, why) => `The alert of ${name} was not changed. ${why}`,
  conflict: (name, state, who) =>
    `${name}’s alert changed while you were working: it is now ${state.toLowerCase()}${who ? `, with ${who}` : ''}. ` +
    'Your change was not saved.',
  anyway: 'Save mine anyway',
  keep: 'Keep it as it is',

  close: 'Close',
  student_score: (course) => `Chance of stopping – ${course}`,
  student_reasons: 'What the score goes by',
  student_limits: 'It knows clicks and hand-ins, not illness, work or plans: ask.',
  raises: 'raises the score',
  lowers: 'lowers the score',
  student_activity: 'Activity by day',
  student_activity_unit: 'activities a day, all courses, last 10 weeks',
  student_activity_label: (active, all, last) => `Active on ${active} of the last ${all} days; last on ${last}.`,
  student_activity_none: (all) => `No activity in the last ${all} days.`,
  alert_opened: 'alert opened',
  as_table: 'Show as table',
  day: 'Day',
  activities: 'Activities',
  no_activity_rows: 'No days with activity.',
  enrolment_state: (state) => `Enrolment: ${state}.`,
  resolve: 'Resolve',
  outcome: 'Outcome',
  choose_outcome: 'Choose an outcome',
  outcomes: {
    contacted: 'Contacted',
    'no-answer': 'No answer',
    'support-arranged': 'Support arranged',
    'not-needed': 'Not needed',
    incorrect: 'The score was wrong',
  },
};

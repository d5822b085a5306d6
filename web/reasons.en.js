/** The reasons of a score in English, by feature: what the service says itself, made again from its figures. */

const NOUNS = {
  day: 'days',
  activity: 'activities',
  week: 'weeks',
  session: 'sessions',
  minute: 'minutes',
  'hand-in': 'hand-ins',
};

const THOUSANDS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Whole where it is whole or large, else one decimal; thousands apart. */
function figure(value) {
  if (Math.abs(value) < 10) return String(Math.round(value * 10) / 10 + 0);
  return THOUSANDS.format(Math.round(value));
}
const counted = (value, noun) => (figure(value) === '1' ? `1 ${noun}` : `${figure(value)} ${NOUNS[noun]}`);
const percent = (share) => `${Math.round(share * 100)}%`;
const against = ({ median }, say) => (median === undefined ? '' : ` – course median: ${say(median)}`);
const days = (n) => counted(n, 'day');
const every = (n) => (n <= 1 ? 'every day' : `every ${days(n)}`);

const activeDays = (of) => (n, has) => `Active on ${figure(n)} of the last ${of} days${against(has, days)}`;
const activities = (of) => (n, has) => `${counted(n, 'activity')} in the last ${of} days${against(has, figure)}`;
const kind = (where) => (n, has) => `${counted(n, 'activity')} ${where} in the last 28 days${against(has, figure)}`;
const sessions = (of) => (n, has) => `${counted(n, 'session')} in the last ${of} days${against(has, figure)}`;
const before = (now, month) => figure((month - now) / 3);

function silence(n, has) {
  const than = against(has, (m) => (m < 1 ? 'active on the last day' : days(m)));
  if (has.activities_per_week === 0) return `No activity in this course so far, in ${days(n)}${than}`;
  return n < 1 ? `Active on the last day${than}` : `No activity for ${days(n)}${than}`;
}

function handedIn(_, has) {
  const than = against(has, (m) => `${percent(m)} handed in`);
  const due = figure(has.due_all);
  return has.not_handed_in_all > 0
    ? `${figure(has.not_handed_in_all)} of ${due} due so far not handed in${than}`
    : `All ${due} due so far handed in${than}`;
}

const margin = (n) => `${days(Math.abs(n))} ${n < 0 ? 'after' : 'before'}`;

function enrolled(n) {
  if (n === 0) return 'Enrolled on the day the course began';
  return `Enrolled ${days(Math.abs(n))} ${n < 0 ? 'after' : 'before'} the course began`;
}

/** By feature: of its value and the figures beside it. */
export const REASONS = {
  days_since_activity: silence,
  silence_vs_own_gap: (_, has) =>
    `No activity for ${days(has.days_since_activity)} – this student's own median: active every ${has.median_gap_days <= 1 ? 'day' : days(has.median_gap_days)}`,
  median_gap_days: (n, has) => `Half of the breaks are at most ${days(n)} long${against(has, days)}`,
  mean_gap_days: (n, has) => `Active ${every(n)} on average${against(has, every)}`,
  longest_gap_days: (n) => `Longest break so far: ${days(n)}`,
  active_days_share: (n, has) => `Active on ${percent(n)} of all days so far${against(has, percent)}`,
  active_days_7: activeDays(7),
  active_days_14: activeDays(14),
  active_days_28: activeDays(28),
  activities_7: activities(7),
  activities_14: activities(14),
  activities_28: activities(28),
  activities_per_week: (n, has) => `${counted(n, 'activity')} a week so far${against(has, figure)}`,
  active_weeks_4: (n) => `Active in ${figure(n)} of the last 4 weeks`,
  weeks_in_a_row: (n) => `Active in each of the last ${counted(n, 'week')}`,
  trend_activities: (_, { activities_7: now, activities_28: month }) =>
    `${counted(now, 'activity')} in the last 7 days – in the three weeks before: ${before(now, month)} a week`,
  trend_active_days: (_, { active_days_7: now, active_days_28: month }) =>
    `Active on ${figure(now)} of the last 7 days – in the three weeks before: ${before(now, month)} a week`,
  navigation_28: kind('on course pages'),
  content_28: kind('in pages and files'),
  social_28: kind('in forums, chats and wikis'),
  assessment_28: kind('in quizzes and assignments'),
  other_28: kind('in other parts of the course'),
  sessions_14: sessions(14),
  sessions_28: sessions(28),
  mean_session_minutes_28: (n, has) =>
    `Sessions of ${counted(n, 'minute')} on average${against(has, (m) => counted(m, 'minute'))}`,
  active_days_before_start: (n) => `Active on ${days(n)} before the course began`,
  enrolled_before_start_days: enrolled,
  handed_in_28: (n, has) => `${counted(n, 'hand-in')} in the last 28 days${against(has, figure)}`,
  not_handed_in_28: (_, has) =>
    `${figure(has.not_handed_in_28)} of ${figure(has.due_28)} due in the last 28 days not handed in${against(has, (m) => `${figure(m)} not handed in`)}`,
  not_handed_in_all: handedIn,
  handed_in_share: handedIn,
  days_since_hand_in: (n, has) => `Latest hand-in: ${days(n)} ago${against(has, (m) => `${days(m)} ago`)}`,
  late_all: (n, has) => `${figure(n)} of ${figure(has.due_all)} due so far handed in after the due day`,
  hand_in_margin_days: (n, has) => `Hands in ${margin(n)} the due day on average${against(has, margin)}`,
  days_to_next_due: (n) => `Next due day: in ${days(n)}`,
  due_next_28: (n) => `${figure(n)} due in the next 28 days`,
};

/** Where days of teaching breaks were not counted. */
export const inTeachingDays = (sentence) => sentence.replace(/(\d) (days?)\b/g, '$1 teaching $2');

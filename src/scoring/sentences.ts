/**
 * Facts as sentences, for a teacher: a number, and what to compare it with. No adjectives about a person and no causes.
 * A feature without a sentence is never shown; what it adds is counted with the others of its idea.
 */

/** What a sentence may look up: other features of the same student (NaN = missing) and the course's medians (null = none). */
export interface Look {
  value(feature: string): number;
  median(feature: string): number | null;
}

export interface Sentence {
  /** Which way the fact speaks: `more` = a value above the course's median raises the score. null = neither by itself. */
  raises: 'more' | 'less' | null;
  /** null = nothing worth saying about this value. */
  text(value: number, look: Look): string | null;
}

const THOUSANDS = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Whole where it is whole or large, else one decimal; thousands apart. @example figure(12345.6) → '12,346' */
export function figure(value: number): string {
  if (Math.abs(value) < 10) return String(Math.round(value * 10) / 10 + 0);
  return THOUSANDS.format(Math.round(value));
}

const PLURALS = {
  day: 'days',
  activity: 'activities',
  week: 'weeks',
  session: 'sessions',
  minute: 'minutes',
  'hand-in': 'hand-ins',
};
type Noun = keyof typeof PLURALS;

/** @example counted(1, 'day') → '1 day'; counted(0, 'activity') → '0 activities' */
export function counted(value: number, noun: Noun): string {
  const shown = figure(value);
  return `${shown} ${shown === '1' ? noun : PLURALS[noun]}`;
}

const compared = (look: Look, feature: string, say: (median: number) => string): string => {
  const median = look.median(feature);
  return median === null ? '' : ` – course median: ${say(median)}`;
};

const percent = (share: number): string => `${Math.round(share * 100)}%`;

function silence(days: number, look: Look): string {
  const against = compared(look, 'days_since_activity', (m) => (m < 1 ? 'active on the last day' : counted(m, 'day')));
  if (look.value('activities_per_week') === 0) return `No activity in this course so far, in ${counted(days, 'day')}${against}`;
  return days < 1 ? `Active on the last day${against}` : `No activity for ${counted(days, 'day')}${against}`;
}

function ownSilence(times: number, look: Look): string | null {
  const days = look.value('days_since_activity');
  const gap = look.value('median_gap_days');
  if (times < 1 || Number.isNaN(days) || Number.isNaN(gap)) return null;
  return `No activity for ${counted(days, 'day')} – this student's own median: active every ${gap <= 1 ? 'day' : counted(gap, 'day')}`;
}

const every = (days: number): string => (days <= 1 ? 'every day' : `every ${counted(days, 'day')}`);

const activeDays = (window_days: number): Sentence => ({
  raises: 'less',
  text: (value, look) =>
    `Active on ${figure(value)} of the last ${window_days} days${compared(look, `active_days_${window_days}`, (m) => counted(m, 'day'))}`,
});

const activities = (window_days: number): Sentence => ({
  raises: 'less',
  text: (value, look) =>
    `${counted(value, 'activity')} in the last ${window_days} days${compared(look, `activities_${window_days}`, figure)}`,
});

const kind = (feature: string, where: string): Sentence => ({
  raises: 'less',
  text: (value, look) => `${counted(value, 'activity')} ${where} in the last 28 days${compared(look, feature, figure)}`,
});

function trendActivities(_: number, look: Look): string | null {
  const now = look.value('activities_7');
  const before = (look.value('activities_28') - now) / 3;
  return Number.isNaN(before)
    ? null
    : `${counted(now, 'activity')} in the last 7 days – in the three weeks before: ${figure(before)} a week`;
}

function trendActiveDays(_: number, look: Look): string | null {
  const now = look.value('active_days_7');
  const before = (look.value('active_days_28') - now) / 3;
  return Number.isNaN(before)
    ? null
    : `Active on ${figure(now)} of the last 7 days – in the three weeks before: ${figure(before)} a week`;
}

function handedIn(_: number, look: Look): string | null {
  const due = look.value('due_all');
  if (!(due > 0)) return null;
  const missing = look.value('not_handed_in_all');
  const against = compared(look, 'handed_in_share', (m) => `${percent(m)} handed in`);
  return missing > 0
    ? `${figure(missing)} of ${figure(due)} due so far not handed in${against}`
    : `All ${figure(due)} due so far handed in${against}`;
}

function handedInRecently(_: number, look: Look): string | null {
  const due = look.value('due_28');
  if (!(due > 0)) return null;
  const missing = look.value('not_handed_in_28');
  const against = compared(look, 'not_handed_in_28', (m) => `${figure(m)} not handed in`);
  return `${figure(missing)} of ${figure(due)} due in the last 28 days not handed in${against}`;
}

function margin(days: number, look: Look): string {
  const say = (m: number) => `${counted(Math.abs(m), 'day')} ${m < 0 ? 'after' : 'before'}`;
  return `Hands in ${say(days)} the due day on average${compared(look, 'hand_in_margin_days', say)}`;
}

function late(value: number, look: Look): string | null {
  const due = look.value('due_all');
  return due > 0 ? `${figure(value)} of ${figure(due)} due so far handed in after the due day` : null;
}

function enrolled(days: number): string {
  if (days === 0) return 'Enrolled on the day the course began';
  return `Enrolled ${counted(Math.abs(days), 'day')} ${days < 0 ? 'after' : 'before'} the course began`;
}

/** @example 'Active on 3 of the last 14 days' → 'Active on 3 of the last 14 teaching days' */
export function inTeachingDays(sentence: string): string {
  return sentence.replace(/(\d) (days?)\b/g, '$1 teaching $2');
}

/** By feature. */
export const SENTENCES: Readonly<Record<string, Sentence>> = {
  days_since_activity: { raises: 'more', text: silence },
  silence_vs_own_gap: { raises: 'more', text: ownSilence },
  median_gap_days: {
    raises: 'more',
    text: (days, look) =>
      `Half of the breaks are at most ${counted(days, 'day')} long${compared(look, 'median_gap_days', (m) => counted(m, 'day'))}`,
  },
  mean_gap_days: {
    raises: 'more',
    text: (days, look) => `Active ${every(days)} on average${compared(look, 'mean_gap_days', every)}`,
  },
  longest_gap_days: { raises: 'more', text: (days) => (days > 1 ? `Longest break so far: ${counted(days, 'day')}` : null) },
  active_days_share: {
    raises: 'less',
    text: (share, look) => `Active on ${percent(share)} of all days so far${compared(look, 'active_days_share', percent)}`,
  },
  active_days_7: activeDays(7),
  active_days_14: activeDays(14),
  active_days_28: activeDays(28),
  activities_7: activities(7),
  activities_14: activities(14),
  activities_28: activities(28),
  activities_per_week: {
    raises: 'less',
    text: (value, look) => `${counted(value, 'activity')} a week so far${compared(look, 'activities_per_week', figure)}`,
  },
  active_weeks_4: { raises: 'less', text: (weeks) => `Active in ${figure(weeks)} of the last 4 weeks` },
  weeks_in_a_row: {
    raises: 'less',
    text: (weeks) => (weeks >= 2 ? `Active in each of the last ${counted(weeks, 'week')}` : null),
  },
  trend_activities: { raises: 'less', text: trendActivities },
  trend_active_days: { raises: 'less', text: trendActiveDays },
  navigation_28: kind('navigation_28', 'on course pages'),
  content_28: kind('content_28', 'in pages and files'),
  social_28: kind('social_28', 'in forums, chats and wikis'),
  assessment_28: kind('assessment_28', 'in quizzes and assignments'),
  other_28: kind('other_28', 'in other parts of the course'),
  sessions_14: {
    raises: 'less',
    text: (value, look) => `${counted(value, 'session')} in the last 14 days${compared(look, 'sessions_14', figure)}`,
  },
  sessions_28: {
    raises: 'less',
    text: (value, look) => `${counted(value, 'session')} in the last 28 days${compared(look, 'sessions_28', figure)}`,
  },
  mean_session_minutes_28: {
    raises: 'less',
    text: (value, look) =>
      `Sessions of ${counted(value, 'minute')} on average${compared(look, 'mean_session_minutes_28', (m) => counted(m, 'minute'))}`,
  },
  active_days_before_start: { raises: null, text: (days) => `Active on ${counted(days, 'day')} before the course began` },
  enrolled_before_start_days: { raises: null, text: enrolled },
  handed_in_28: {
    raises: 'less',
    text: (value, look) => `${counted(value, 'hand-in')} in the last 28 days${compared(look, 'handed_in_28', figure)}`,
  },
  not_handed_in_28: { raises: 'more', text: handedInRecently },
  not_handed_in_all: { raises: 'more', text: handedIn },
  handed_in_share: { raises: 'less', text: handedIn },
  days_since_hand_in: {
    raises: 'more',
    text: (days, look) =>
      `Latest hand-in: ${counted(days, 'day')} ago${compared(look, 'days_since_hand_in', (m) => `${counted(m, 'day')} ago`)}`,
  },
  late_all: { raises: 'more', text: late },
  hand_in_margin_days: { raises: 'less', text: margin },
  days_to_next_due: { raises: null, text: (days) => `Next due day: in ${counted(days, 'day')}` },
  due_next_28: { raises: null, text: (value) => `${figure(value)} due in the next 28 days` },
};

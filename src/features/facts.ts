/**
 * One pass over an enrolment's history: everything that the definitions read, cut at the cut-off **before** anything is
 * computed. A row on the cut-off day or later can therefore not reach any feature.
 */
import { ACTIVITY_GROUPS, type ActivityDay, type EnrolmentHistory } from '../domain.js';

/** Weeks kept for streaks: half a year, longer than most courses. */
export const STREAK_WEEKS_MAX = 26;

/** Counts over the last 7, 14 or 28 complete days before the cut-off. */
export interface Recent {
  active_days: number;
  activities: number;
  sessions: number;
}

export interface HandIns {
  /** Due before the cut-off. */
  due_all: number;
  due_28: number;
  /** Due before the cut-off and handed in before it. */
  handed_in_of_due: number;
  not_handed_in_all: number;
  not_handed_in_28: number;
  late_all: number;
  late_28: number;
  handed_in_28: number;
  /** Complete days since the latest hand-in; NaN before the first. */
  days_since: number;
  /** Days from the cut-off to the next due day, 0 = due on the cut-off day; NaN where nothing is due any more. */
  days_to_next_due: number;
  due_next_28: number;
  /** Mean of (due − handed in) over what was handed in and has a due day; NaN where there is none. */
  margin_days: number;
}

export interface Facts {
  history: EnrolmentHistory;
  cutoff_day: number;
  /** First day on which the student could be expected: the later of course start and enrolment; NaN where both are unknown. */
  begin_day: number;
  /** Complete days since `begin_day`, at least 1; NaN as above. */
  days_on_course: number;
  /** Days with activity before the cut-off, ascending, without repetition. */
  active: number[];
  last: { 7: Recent; 14: Recent; 28: Recent };
  /** Activities of the last 28 days by group, in the order of ACTIVITY_GROUPS. */
  groups_28: number[];
  activities_all: number;
  duration_s_28: number;
  /** Bit w set: active in the w-th week back from the cut-off (bit 0 = the last 7 days). */
  active_weeks: number;
  /** Days from one active day to the next, ascending: active on 3, 4 and 9 gives [1, 5]. */
  gaps: number[];
  hand_ins: HandIns | null;
}

/** Days before the cut-off with something in them, one entry a day, ascending, whatever the order they came in. */
function daysBefore(days: readonly ActivityDay[], cutoff_day: number): ActivityDay[] {
  const kept = days.filter((row) => row.day < cutoff_day && row.activities > 0);
  for (let i = 1; i < kept.length; i++) {
    if (kept[i]!.day <= kept[i - 1]!.day) return merged(kept);
  }
  return kept;
}

function merged(days: ActivityDay[]): ActivityDay[] {
  const by_day = new Map<number, ActivityDay>();
  for (const row of days) {
    const kept = by_day.get(row.day);
    if (!kept) by_day.set(row.day, { ...row });
    else {
      for (const column of ['activities', 'sessions', 'duration_s', ...ACTIVITY_GROUPS] as const) kept[column] += row[column];
    }
  }
  return [...by_day.values()].sort((a, b) => a.day - b.day);
}

function beginDay(history: EnrolmentHistory): number {
  const { enrolled_day, course_start_day } = history;
  if (enrolled_day === null && course_start_day === null) return NaN;
  return Math.max(enrolled_day ?? -Infinity, course_start_day ?? -Infinity);
}

const nothing = (): Recent => ({ active_days: 0, activities: 0, sessions: 0 });

/**
 * Facts of one enrolment before `cutoff_day` (exclusive).
 * @example active on days 3 and 9, cut-off 10: `active` [3, 9], `gaps` [6], last[7] = { active_days: 2, … }
 */
export function factsBefore(history: EnrolmentHistory, cutoff_day: number): Facts {
  const begin_day = beginDay(history);
  const facts: Facts = {
    history,
    cutoff_day,
    begin_day,
    days_on_course: Math.max(1, cutoff_day - begin_day),
    active: [],
    last: { 7: nothing(), 14: nothing(), 28: nothing() },
    groups_28: ACTIVITY_GROUPS.map(() => 0),
    activities_all: 0,
    duration_s_28: 0,
    active_weeks: 0,
    gaps: [],
    hand_ins: history.assessments === null ? null : handIns(history.assessments, cutoff_day),
  };
  for (const row of daysBefore(history.days, cutoff_day)) addDay(facts, row);
  facts.gaps.sort((a, b) => a - b);
  return facts;
}

function addDay(facts: Facts, row: ActivityDay): void {
  const before = facts.active.at(-1);
  if (before !== undefined) facts.gaps.push(row.day - before);
  facts.active.push(row.day);
  facts.activities_all += row.activities;
  const age_days = facts.cutoff_day - row.day; // 1 = the last complete day
  const week = Math.floor((age_days - 1) / 7);
  if (week < STREAK_WEEKS_MAX) facts.active_weeks |= 1 << week;
  for (const days of [7, 14, 28] as const) {
    if (age_days > days) continue;
    const recent = facts.last[days];
    recent.active_days++;
    recent.activities += row.activities;
    recent.sessions += row.sessions;
  }
  if (age_days > 28) return;
  facts.duration_s_28 += row.duration_s;
  for (let g = 0; g < ACTIVITY_GROUPS.length; g++) facts.groups_28[g]! += row[ACTIVITY_GROUPS[g]!];
}

/** A due day is known in advance, so it may lie ahead; a hand-in on the cut-off day or later has not happened yet. */
function handIns(assessments: NonNullable<EnrolmentHistory['assessments']>, cutoff_day: number): HandIns {
  const sum: HandIns = {
    due_all: 0,
    due_28: 0,
    handed_in_of_due: 0,
    not_handed_in_all: 0,
    not_handed_in_28: 0,
    late_all: 0,
    late_28: 0,
    handed_in_28: 0,
    days_since: NaN,
    days_to_next_due: NaN,
    due_next_28: 0,
    margin_days: NaN,
  };
  let margins = 0;
  let margin_sum_days = 0;
  let latest = -Infinity;
  for (const { due_day, submitted_day } of assessments) {
    const handed_in = submitted_day !== null && submitted_day < cutoff_day ? submitted_day : null;
    if (handed_in !== null) {
      latest = Math.max(latest, handed_in);
      if (cutoff_day - handed_in <= 28) sum.handed_in_28++;
    }
    if (due_day === null) continue;
    if (handed_in !== null) {
      margins++;
      margin_sum_days += due_day - handed_in;
    }
    if (due_day < cutoff_day) addDue(sum, due_day, handed_in, cutoff_day);
    else if (handed_in === null) {
      const ahead_days = due_day - cutoff_day;
      if (ahead_days < 28) sum.due_next_28++;
      if (!(sum.days_to_next_due <= ahead_days)) sum.days_to_next_due = ahead_days;
    }
  }
  if (latest > -Infinity) sum.days_since = cutoff_day - 1 - latest;
  if (margins > 0) sum.margin_days = margin_sum_days / margins;
  return sum;
}

function addDue(sum: HandIns, due_day: number, handed_in: number | null, cutoff_day: number): void {
  const recent = cutoff_day - due_day <= 28 ? 1 : 0;
  const late = handed_in !== null && handed_in > due_day ? 1 : 0;
  const missing = handed_in === null ? 1 : 0;
  sum.due_all++;
  sum.due_28 += recent;
  sum.handed_in_of_due += 1 - missing;
  sum.not_handed_in_all += missing;
  sum.not_handed_in_28 += missing * recent;
  sum.late_all += late;
  sum.late_28 += late * recent;
}

/**
 * One pass over an enrolment's history: everything that the definitions read, cut at the cut-off **before** anything is
 * computed. A row on the cut-off day or later can therefore not reach any feature.
 */
import { ACTIVITY_GROUPS, type ActivityDay, type EnrolmentHistory } from '../domain.js';
import { type HandIns, handInsBefore } from './hand-ins.js';

/** Weeks kept for streaks: half a year, longer than most courses. */
export const STREAK_WEEKS_MAX = 26;
/** Weeks looked at one by one: the present one and what the student's own past was like. */
export const OWN_WEEKS = 8;
/** Windows of complete days before the cut-off. */
export const WINDOWS = [3, 7, 14, 28, 56] as const;
export type Window = (typeof WINDOWS)[number];
/** Days after which an active day counts half. */
export const HALF_LIVES = [2, 5, 10, 20, 40] as const;
/** The first days of a course, in which most habits are formed. */
export const FIRST_DAYS = 14;

/** Counts over a window of complete days before the cut-off. */
export interface Recent {
  active_days: number;
  activities: number;
  sessions: number;
}

/** The same of one group of activities. */
export interface OfGroup {
  activities_7: number;
  activities_28: number;
  activities_all: number;
  active_days_28: number;
  /** −Infinity before the first. */
  last_day: number;
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
  last: Record<Window, Recent>;
  /** By week back from the cut-off, 0 = the last 7 days. */
  weeks: { active_days: number; activities: number }[];
  /** Sums over all days of 0.5^(age / half-life), in the order of HALF_LIVES: of 1, and of ln(1 + activities). */
  decayed: { active: number[]; log_activities: number[] };
  /** In the order of ACTIVITY_GROUPS. */
  groups: OfGroup[];
  activities_all: number;
  activities_before_start: number;
  duration_s_28: number;
  /** Bit w set: active in the w-th week back from the cut-off (bit 0 = the last 7 days). */
  active_weeks: number;
  /** Active days by weekday; which of them is Monday does not matter here. */
  weekdays: number[];
  /** Days from one active day to the next, in the order of time: active on 3, 4 and 9 gives [1, 5]. */
  gaps: number[];
  /** The same ascending. */
  gaps_ascending: number[];
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
    last: { 3: nothing(), 7: nothing(), 14: nothing(), 28: nothing(), 56: nothing() },
    weeks: Array.from({ length: OWN_WEEKS }, () => ({ active_days: 0, activities: 0 })),
    decayed: { active: HALF_LIVES.map(() => 0), log_activities: HALF_LIVES.map(() => 0) },
    groups: ACTIVITY_GROUPS.map(() => ({
      activities_7: 0,
      activities_28: 0,
      activities_all: 0,
      active_days_28: 0,
      last_day: -Infinity,
    })),
    activities_all: 0,
    activities_before_start: 0,
    duration_s_28: 0,
    active_weeks: 0,
    weekdays: [0, 0, 0, 0, 0, 0, 0],
    gaps: [],
    gaps_ascending: [],
    hand_ins: history.assessments === null ? null : handInsBefore(history.assessments, cutoff_day),
  };
  for (const row of daysBefore(history.days, cutoff_day)) addDay(facts, row);
  facts.gaps_ascending = [...facts.gaps].sort((a, b) => a - b);
  return facts;
}

function addDay(facts: Facts, row: ActivityDay): void {
  const before = facts.active.at(-1);
  if (before !== undefined) facts.gaps.push(row.day - before);
  facts.active.push(row.day);
  facts.activities_all += row.activities;
  const start_day = facts.history.course_start_day;
  if (start_day !== null && row.day < start_day) facts.activities_before_start += row.activities;
  const age_days = facts.cutoff_day - row.day; // 1 = the last complete day
  facts.weekdays[age_days % 7]!++;
  addWeek(facts, Math.floor((age_days - 1) / 7), row.activities);
  for (const days of WINDOWS) {
    if (age_days > days) continue;
    const recent = facts.last[days];
    recent.active_days++;
    recent.activities += row.activities;
    recent.sessions += row.sessions;
  }
  if (age_days <= 28) facts.duration_s_28 += row.duration_s;
  const log_activities = Math.log1p(row.activities);
  for (let h = 0; h < HALF_LIVES.length; h++) {
    const weight = 0.5 ** ((age_days - 1) / HALF_LIVES[h]!);
    facts.decayed.active[h]! += weight;
    facts.decayed.log_activities[h]! += weight * log_activities;
  }
  for (let g = 0; g < ACTIVITY_GROUPS.length; g++) addGroup(facts.groups[g]!, row[ACTIVITY_GROUPS[g]!], row.day, age_days);
}

function addWeek(facts: Facts, week: number, activities: number): void {
  if (week < STREAK_WEEKS_MAX) facts.active_weeks |= 1 << week;
  const own = facts.weeks[week];
  if (!own) return;
  own.active_days++;
  own.activities += activities;
}

function addGroup(group: OfGroup, activities: number, day: number, age_days: number): void {
  if (activities === 0) return;
  group.activities_all += activities;
  group.last_day = day;
  if (age_days > 28) return;
  group.activities_28 += activities;
  group.active_days_28++;
  if (age_days <= 7) group.activities_7 += activities;
}

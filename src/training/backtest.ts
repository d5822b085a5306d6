/** A term that is over, replayed as staff would have seen it: the early list and the alerts, week by week. */
import type { Target } from '../domain.js';
import { isStillActiveAt } from './labels.js';
import { figuresOf, firstCalls, type Listed, type ListFigures, quartilesOf, weekOf } from './list-figures.js';
import { type AlertRules, alertListing, earlyListing, type ListedTick, silentFirst } from './listing.js';
import type { ReplayedCourse } from './replay.js';
import { reviewOf, type StudentReview, type Why } from './student-review.js';

export interface BacktestOptions {
  /** What the alert means. The early list is always about disengagement. */
  target: Target;
  threshold: number;
  /** Places of the early list in each course and week; null = 15 % of those still active. */
  early_places: number | null;
  contact_after_days: number | null;
}

export interface WeekRow {
  week: number;
  /** Students that were scored at the week's end, and of these those active in the last 14 days. */
  scored: number;
  still_active: number;
  early: number;
  /** Not on it in the week before; and never on it before. */
  early_new: number;
  early_never_before: number;
  alerts: number;
  alerts_new: number;
  /** Students whose last activity was in this week, though the course went on. */
  went_silent: number;
}

/** What one list was worth, beside the same number of places given to those silent longest. */
export interface ListReview {
  figures: ListFigures;
  silence: ListFigures;
  /** Quartiles over its students: days from the first to the last time on it, gaps left out. */
  days_on_it: { low: number; median: number; high: number } | null;
}

/** Of those lost: whether any list had them, and when. */
export interface LostReview {
  lost: number;
  /** By the day of the last activity; after it; never. */
  in_time: number;
  late: number;
  missed: number;
  /** Of those late or missed. */
  why: Record<Why, number>;
  /** Days from the first time on any list to the last activity, in bands. */
  lead: Record<LeadBand, number>;
  finished_early: number;
  /** Of these, on a list at some time. */
  finished_listed: number;
  /** On a list at some time, and took part until the end. */
  false_alarms: number;
}

export const LEAD_BANDS = [
  '28 days and more before',
  '14 to 27 before',
  '0 to 13 before',
  '1 to 14 after',
  'later',
  'never',
] as const;
export type LeadBand = (typeof LEAD_BANDS)[number];

export interface CourseBacktest {
  name: string;
  enrolments: number;
  scored: number;
  weeks: WeekRow[];
  early: ListReview;
  alerts: ListReview;
  lost: LostReview;
  /** One for each enrolment. Names people: it leaves only where that is asked for. */
  students: StudentReview[];
}

export interface Backtest {
  courses: CourseBacktest[];
  /** All courses together. */
  early: ListReview;
  alerts: ListReview;
  lost: LostReview;
}

interface CourseLists {
  replayed: ReplayedCourse;
  early: ListedTick[];
  early_silence: ListedTick[];
  alerts: ListedTick[];
  alerts_silence: ListedTick[];
}

export function backtest(courses: readonly ReplayedCourse[], options: BacktestOptions, rules: AlertRules): Backtest {
  const { target, threshold, early_places, contact_after_days } = options;
  const lists = courses.map((replayed): CourseLists => {
    const early = earlyListing(replayed, early_places);
    const alerts = alertListing(replayed, threshold, rules, contact_after_days);
    const alerts_silence = silentFirst(replayed, alerts, false);
    return { replayed, early, early_silence: silentFirst(replayed, early, true), alerts, alerts_silence };
  });
  const reviews = lists.map((part) => courseOf(part, target));
  return {
    courses: reviews,
    ...listsOf(lists, target),
    lost: lostOf(reviews.flatMap(({ students }) => students)),
  };
}

function listsOf(lists: readonly CourseLists[], target: Target): { early: ListReview; alerts: ListReview } {
  const pick = (name: Exclude<keyof CourseLists, 'replayed'>): Listed[] =>
    lists.map((part) => ({ replayed: part.replayed, listing: part[name] }));
  const review = (name: 'early' | 'alerts', about: Target): ListReview => ({
    figures: figuresOf(pick(name), about),
    silence: figuresOf(pick(`${name}_silence`), about),
    days_on_it: quartilesOf(pick(name).flatMap(daysOnIt)),
  });
  return { early: review('early', 'disengagement'), alerts: review('alerts', target) };
}

/** Per student that was ever listed: days on it, a place counting until the next list. */
function daysOnIt({ listing }: Listed): number[] {
  const days = new Map<number, number>();
  const step = listing.length > 1 ? listing[1]!.day - listing[0]!.day : 0;
  for (const { listed } of listing) for (const learner of listed) days.set(learner, (days.get(learner) ?? 0) + step);
  return [...days.values()];
}

function courseOf(lists: CourseLists, target: Target): CourseBacktest {
  const { course, ticks } = lists.replayed;
  const first = { early: firstCalls(lists.early), alert: firstCalls(lists.alerts) };
  const scored_days = new Map<number, number>();
  for (const { day, students } of ticks)
    for (const { learner } of students) if (!scored_days.has(learner)) scored_days.set(learner, day);
  const students = course.learners.map((learner, place) =>
    reviewOf(target, course, learner, {
      first_scored_day: scored_days.get(place) ?? null,
      first_early_day: first.early.get(place) ?? null,
      first_alert_day: first.alert.get(place) ?? null,
      early_lists: lists.early.filter(({ listed }) => listed.includes(place)).length,
      alerts: lists.alerts.filter(({ fresh }) => fresh.includes(place)).length,
    }),
  );
  return {
    name: course.name,
    enrolments: course.learners.length,
    scored: scored_days.size,
    weeks: weeksOf(lists, students),
    ...listsOf([lists], target),
    lost: lostOf(students),
    students,
  };
}

function weeksOf({ replayed, early, alerts }: CourseLists, students: readonly StudentReview[]): WeekRow[] {
  const { course, ticks } = replayed;
  const week = (day: number) => weekOf(day - course.start_day);
  const ever = new Set<number>();
  const weeks = [...new Set(ticks.map(({ day }) => week(day)))];
  return weeks.map((number) => {
    const of_week = <T extends { day: number }>(all: readonly T[]): T[] => all.filter(({ day }) => week(day) === number);
    const last = of_week(ticks).at(-1)!;
    const list = of_week(early).at(-1);
    const never_before = (list?.listed ?? []).filter((learner) => !ever.has(learner));
    for (const learner of never_before) ever.add(learner);
    return {
      week: number,
      scored: last.students.length,
      still_active: last.students.filter(({ learner }) => isStillActiveAt(course.learners[learner]!, last.day)).length,
      early: list?.listed.length ?? 0,
      early_new: list?.fresh.length ?? 0,
      early_never_before: never_before.length,
      alerts: of_week(alerts).at(-1)?.listed.length ?? 0,
      alerts_new: of_week(alerts).reduce((sum, { fresh }) => sum + fresh.length, 0),
      // The day of the last activity is known by the tick after it.
      went_silent: students.filter(
        ({ outcome, last_active_day: day }) => outcome === 'lost' && day !== null && weekOf(day + 1) === number,
      ).length,
    };
  });
}

function lostOf(students: readonly StudentReview[]): LostReview {
  const lost = students.filter(({ outcome }) => outcome === 'lost');
  const count = (verdict: StudentReview['verdict']) => lost.filter((student) => student.verdict === verdict).length;
  const why: Record<Why, number> = {
    'no data': 0,
    'silent from the start': 0,
    'stopped before the first scoring': 0,
    'joined late': 0,
    'rose too late': 0,
    'never above': 0,
  };
  for (const student of lost) if (student.why !== null) why[student.why]++;
  const lead = Object.fromEntries(LEAD_BANDS.map((band) => [band, 0])) as Record<LeadBand, number>;
  for (const student of lost) lead[bandOf(student)]++;
  return {
    lost: lost.length,
    in_time: count('in time'),
    late: count('late'),
    missed: count('missed'),
    why,
    lead,
    finished_early: students.filter(({ outcome }) => outcome === 'finished early').length,
    finished_listed: students.filter(({ verdict }) => verdict === 'finished').length,
    false_alarms: students.filter(({ verdict }) => verdict === 'false alarm').length,
  };
}

/** A student without any activity has no lead, and counts as later where a list had them. */
function bandOf({ lead_days, verdict }: StudentReview): LeadBand {
  if (verdict === 'missed') return 'never';
  if (lead_days === null) return 'later';
  if (lead_days >= 28) return '28 days and more before';
  if (lead_days >= 14) return '14 to 27 before';
  if (lead_days >= 0) return '0 to 13 before';
  return lead_days >= -14 ? '1 to 14 after' : 'later';
}

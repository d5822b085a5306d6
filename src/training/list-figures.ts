/** What a list was worth: the work it made, whom it was right about, and how much time it gave. */
import type { Target } from '../domain.js';
import { labelOf } from './labels.js';
import type { ListedTick } from './listing.js';
import { outcomeOf } from './outcomes.js';
import { type ReplayedCourse, WEEK_DAYS } from './replay.js';

/** Shares and means are null where there is nothing to divide by. */
export interface ListFigures {
  /** Names that came on the list: an alert that opened, or a place that was not the student's in the week before. */
  calls: number;
  /** With all courses side by side, as are `listed_a_week` and `busiest_week`. */
  calls_a_week: number;
  /** Names that stand on the list, on the mean of its days. */
  listed_a_week: number;
  /** Most calls in one week. */
  busiest_week: number;
  /** Students that were scored at all, and of these those with a call. */
  students: number;
  contacted: number;
  /** Calls by what came of the student in what the target looks over; unknown where that lies after the data. */
  right: number;
  wasted: number;
  unknown: number;
  /** right / (right + wasted). */
  precision: number | null;
  /** The same over each student's first call only: later ones are mostly to students who are silent already. */
  precision_first: number | null;
  /** Students scored at all of whom the target came true in the end, and of these those on the list at any time. */
  lost: number;
  lost_listed: number;
  /** Of the lost: on the list on or before the day of the last activity. */
  lost_in_time: number;
  recall: number | null;
  recall_in_time: number | null;
  /** Days from the first call to the last activity, of the lost that were listed; negative = it came after. */
  lead_days: { low: number; median: number; high: number } | null;
}

export interface Listed {
  replayed: ReplayedCourse;
  listing: readonly ListedTick[];
}

/** Figures over the courses together. */
export function figuresOf(parts: readonly Listed[], target: Target): ListFigures {
  const sums = { calls: 0, students: 0, contacted: 0, right: 0, wasted: 0, unknown: 0, lost: 0, lost_listed: 0, lost_in_time: 0 };
  const firsts = { right: 0, wasted: 0, unknown: 0 };
  const leads: number[] = [];
  const by_week = new Map<number, number>();
  let calls_a_week = 0;
  let listed_a_week = 0;
  for (const { replayed, listing } of parts) {
    const { course, ticks } = replayed;
    const weeks = new Set(ticks.map(({ day }) => weekOf(day - course.start_day))).size;
    const first = firstCalls(listing);
    let calls = 0;
    for (const { day, fresh } of listing) {
      calls += fresh.length;
      const week = weekOf(day - course.start_day);
      by_week.set(week, (by_week.get(week) ?? 0) + fresh.length);
      for (const learner of fresh) {
        const verdict = verdictOf(labelOf(target, course, course.learners[learner]!, day));
        sums[verdict]++;
        if (first.get(learner) === day) firsts[verdict]++;
      }
    }
    const scored = new Set(ticks.flatMap(({ students }) => students.map(({ learner }) => learner)));
    for (const learner of scored) {
      const { lost, last_active_day } = outcomeOf(target, course, course.learners[learner]!);
      if (!lost) continue;
      sums.lost++;
      const day = first.get(learner);
      if (day === undefined) continue;
      sums.lost_listed++;
      if (last_active_day === null) continue;
      leads.push(last_active_day - day);
      if (day <= last_active_day) sums.lost_in_time++;
    }
    sums.calls += calls;
    sums.students += scored.size;
    sums.contacted += first.size;
    if (weeks > 0) calls_a_week += calls / weeks;
    if (listing.length > 0) listed_a_week += listing.reduce((sum, { listed }) => sum + listed.length, 0) / listing.length;
  }
  return {
    ...sums,
    calls_a_week: rounded(calls_a_week),
    listed_a_week: rounded(listed_a_week),
    busiest_week: Math.max(0, ...by_week.values()),
    precision: shareOf(sums.right, sums.right + sums.wasted),
    precision_first: shareOf(firsts.right, firsts.right + firsts.wasted),
    recall: shareOf(sums.lost_listed, sums.lost),
    recall_in_time: shareOf(sums.lost_in_time, sums.lost),
    lead_days: quartilesOf(leads),
  };
}

const verdictOf = (label: 0 | 1 | null) => (label === null ? 'unknown' : label === 1 ? 'right' : 'wasted');

/** Weeks from 1; a tick belongs to the week that it ends: day 7 to week 1, day 8 to week 2. */
export const weekOf = (course_day: number): number => Math.ceil(course_day / WEEK_DAYS);

/** The day of each learner's first call. */
export function firstCalls(listing: readonly ListedTick[]): Map<number, number> {
  const first = new Map<number, number>();
  for (const { day, fresh } of listing) for (const learner of fresh) if (!first.has(learner)) first.set(learner, day);
  return first;
}

export function quartilesOf(values: readonly number[]): { low: number; median: number; high: number } | null {
  if (values.length === 0) return null;
  const ascending = [...values].sort((a, b) => a - b);
  const at = (share: number) => {
    const place = share * (ascending.length - 1);
    const [low, high] = [ascending[Math.floor(place)]!, ascending[Math.ceil(place)]!];
    return rounded(low + (place - Math.floor(place)) * (high - low));
  };
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}

const shareOf = (part: number, whole: number): number | null => (whole === 0 ? null : rounded(part / whole));
const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;

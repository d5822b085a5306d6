/** One student of a replayed term: what became of them, when a list first had them, and why not sooner. Days count from the course's start. */
import type { CourseHistory, LearnerHistory, Target } from '../domain.js';
import { outcomeOf } from './outcomes.js';

/** Why a lost student was on no list by the day of their last activity; the first that holds. */
export type Why =
  /** Never scored: left before, or on a day that nobody knows. */
  | 'no data'
  /** No activity in the course at all. */
  | 'silent from the start'
  /** Enrolled after the start, and the last activity was before the first scoring. */
  | 'joined late'
  /** As above, enrolled by the start. */
  | 'stopped before the first scoring'
  /** On a list, but after the last activity. */
  | 'rose too late'
  /** Scored, and never on a list. */
  | 'never above';

export interface StudentReview {
  user_id: number;
  course: string;
  outcome: 'lost' | 'finished early' | 'stayed';
  last_active_day: number | null;
  left_day: number | null;
  first_early_day: number | null;
  first_alert_day: number | null;
  /** Weeks on the early list; alerts that opened. */
  early_lists: number;
  alerts: number;
  /** From the first time on either list to the last activity; negative = after it. */
  lead_days: number | null;
  /** Not lost: `finished` or `false alarm` where a list had them, by their outcome; `quiet` where none did. */
  verdict: 'in time' | 'late' | 'missed' | 'finished' | 'false alarm' | 'quiet';
  why: Why | null;
}

/** Days as in the data, not from the start. */
export interface SeenOnLists {
  first_scored_day: number | null;
  first_early_day: number | null;
  first_alert_day: number | null;
  early_lists: number;
  alerts: number;
}

export function reviewOf(target: Target, course: CourseHistory, learner: LearnerHistory, seen: SeenOnLists): StudentReview {
  const { lost, finished_early, last_active_day: last } = outcomeOf(target, course, learner);
  const first = least(seen.first_early_day, seen.first_alert_day);
  const in_time = first !== null && last !== null && first <= last;
  const from_start = (day: number | null) => (day === null ? null : day - course.start_day);
  return {
    user_id: learner.history.user_id,
    course: course.name,
    outcome: lost ? 'lost' : finished_early ? 'finished early' : 'stayed',
    last_active_day: from_start(last),
    left_day: from_start(learner.left_day),
    first_early_day: from_start(seen.first_early_day),
    first_alert_day: from_start(seen.first_alert_day),
    early_lists: seen.early_lists,
    alerts: seen.alerts,
    lead_days: first === null || last === null ? null : last - first,
    verdict: lost ? lostVerdict(in_time, first) : first === null ? 'quiet' : finished_early ? 'finished' : 'false alarm',
    why: lost && !in_time ? whyNot(course, learner, seen.first_scored_day, first, last) : null,
  };
}

function lostVerdict(in_time: boolean, first: number | null): 'in time' | 'late' | 'missed' {
  if (in_time) return 'in time';
  return first === null ? 'missed' : 'late';
}

function whyNot(
  course: CourseHistory,
  { history }: LearnerHistory,
  first_scored: number | null,
  first: number | null,
  last: number | null,
): Why {
  if (first_scored === null) return 'no data';
  if (last === null) return 'silent from the start';
  if (last < first_scored) {
    const late = history.enrolled_day !== null && history.enrolled_day > course.start_day;
    return late ? 'joined late' : 'stopped before the first scoring';
  }
  return first === null ? 'never above' : 'rose too late';
}

function least(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

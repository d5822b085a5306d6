/**
 * Point-in-time examples: for each course and landmark day, what was known of each open enrolment before that day, and what
 * became of it after. Features are cut first and joined later, by the same code that scores live.
 */
import type { CourseHistory, EnrolmentHistory, LearnerHistory, Target } from '../domain.js';
import { withoutSessions } from '../features/long-sessions.js';
import { baseFeatures, cohortOf, completeFeatures, FEATURES } from '../features/vector.js';
import { auxiliaryOf, isAskedAbout, isOpenAt, isStillActiveAt, LANDMARKS, labelOf } from './labels.js';

export interface Examples {
  count: number;
  heads: readonly Target[];
  /** count × FEATURES, NaN = missing. */
  rows: Float32Array;
  /** count × heads: 1, 0, NaN = not labelled. */
  labels: Float32Array;
  /** count × heads: 1 where the head's target is about this row at all. */
  asked: Uint8Array;
  /** count × the outcomes of `auxiliaryOf`. */
  auxiliary: Float32Array;
  user_ids: number[];
  /** The course's name and the landmark, counted from the course's start. */
  courses: string[];
  landmark_days: number[];
}

interface Row {
  user_id: number;
  course: string;
  landmark_day: number;
  features: Float32Array;
  labels: number[];
  asked: boolean[];
  auxiliary: number[];
}

/** In the order of courses, landmarks, and students within a course. `landmarks` count from each course's start. */
export function examplesOf(
  courses: readonly CourseHistory[],
  heads: readonly Target[],
  landmarks: readonly number[] = LANDMARKS,
): Examples {
  const rows: Row[] = [];
  for (const course of courses) for (const landmark of landmarks) rows.push(...rowsAt(course, landmark, heads));
  return {
    ...packed(rows),
    heads,
    user_ids: rows.map((row) => row.user_id),
    courses: rows.map((row) => row.course),
    landmark_days: rows.map((row) => row.landmark_day),
  };
}

function rowsAt(course: CourseHistory, landmark_day: number, heads: readonly Target[]): Row[] {
  const day = course.start_day + landmark_day;
  if (day > course.known_until_day) return [];
  const open = course.learners.filter((learner) => isOpenAt(learner, day));
  const bases = open.map((learner) => baseFeatures(knownBefore(learner, day), day));
  const cohort = cohortOf(course.course_id, day, bases);
  return open.map((learner, i) => {
    const still_active = isStillActiveAt(learner, day);
    const asked = heads.map((head) => isAskedAbout(head, still_active));
    return {
      user_id: learner.history.user_id,
      course: course.name,
      landmark_day,
      features: completeFeatures(bases[i]!, cohort),
      labels: heads.map((head, h) => (asked[h] ? (labelOf(head, course, learner, day) ?? NaN) : NaN)),
      asked,
      auxiliary: auxiliaryOf(course, learner, day),
    };
  });
}

/** The features cut the days. How long a session was that went on over the cut-off's midnight, the row of its first day tells too. */
function knownBefore({ history, long_sessions = [] }: LearnerHistory, day: number): EnrolmentHistory {
  const unfinished = long_sessions.filter((session) => session.day < day && session.end_day >= day);
  return unfinished.length === 0 ? history : { ...history, days: withoutSessions(history.days, unfinished) };
}

function packed(rows: readonly Row[]): Pick<Examples, 'count' | 'rows' | 'labels' | 'asked' | 'auxiliary'> {
  const features = new Float32Array(rows.length * FEATURES.length);
  rows.forEach((row, i) => {
    features.set(row.features, i * FEATURES.length);
  });
  return {
    count: rows.length,
    rows: features,
    labels: Float32Array.from(rows.flatMap((row) => row.labels)),
    asked: Uint8Array.from(rows.flatMap((row) => row.asked.map(Number))),
    auxiliary: Float32Array.from(rows.flatMap((row) => row.auxiliary)),
  };
}

/** Only the rows for which `keep` says yes, in their order. */
export function selected(examples: Examples, keep: (index: number) => boolean): Examples {
  const indexes = Array.from({ length: examples.count }, (_, i) => i).filter(keep);
  const count = examples.count;
  const part = <A extends Float32Array | Uint8Array>(all: A): A => {
    const width = count === 0 ? 0 : all.length / count;
    const kept = new (all.constructor as new (length: number) => A)(indexes.length * width);
    indexes.forEach((from, to) => {
      kept.set(all.subarray(from * width, (from + 1) * width), to * width);
    });
    return kept;
  };
  return {
    count: indexes.length,
    heads: examples.heads,
    rows: part(examples.rows),
    labels: part(examples.labels),
    asked: part(examples.asked),
    auxiliary: part(examples.auxiliary),
    user_ids: indexes.map((i) => examples.user_ids[i]!),
    courses: indexes.map((i) => examples.courses[i]!),
    landmark_days: indexes.map((i) => examples.landmark_days[i]!),
  };
}

/** Only these heads, in this order. */
export function withHeads(examples: Examples, heads: readonly Target[]): Examples {
  const { count, labels, asked } = examples;
  const from = heads.map((head) => examples.heads.indexOf(head));
  const place = (i: number) => Math.floor(i / heads.length) * examples.heads.length + from[i % heads.length]!;
  return {
    ...examples,
    heads,
    labels: Float32Array.from({ length: count * heads.length }, (_, i) => labels[place(i)]!),
    asked: Uint8Array.from({ length: count * heads.length }, (_, i) => asked[place(i)]!),
  };
}

/**
 * Point-in-time examples: for each course and landmark day, what was known of each open enrolment before that day, and what
 * became of it after. Features are cut first and joined later, by the same code that scores live.
 */
import type { CourseHistory, Target } from '../domain.js';
import { baseFeatures, cohortOf, completeFeatures, FEATURES } from '../features/vector.js';
import { isAskedAbout, isOpenAt, isStillActiveAt, LANDMARKS, labelOf } from './labels.js';

export interface Examples {
  count: number;
  heads: readonly Target[];
  /** count × FEATURES, NaN = missing. */
  rows: Float32Array;
  /** count × heads: 1, 0, NaN = not labelled. */
  labels: Float32Array;
  /** count × heads: 1 where the head's target is about this row at all. */
  asked: Uint8Array;
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
  const open = course.learners.filter((learner) => isOpenAt(learner, day));
  const bases = open.map((learner) => baseFeatures(learner.history, day));
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
    };
  });
}

function packed(rows: readonly Row[]): Pick<Examples, 'count' | 'rows' | 'labels' | 'asked'> {
  const features = new Float32Array(rows.length * FEATURES.length);
  rows.forEach((row, i) => {
    features.set(row.features, i * FEATURES.length);
  });
  return {
    count: rows.length,
    rows: features,
    labels: Float32Array.from(rows.flatMap((row) => row.labels)),
    asked: Uint8Array.from(rows.flatMap((row) => row.asked.map(Number))),
  };
}

/** Only the rows for which `keep` says yes, in their order. */
export function selected(examples: Examples, keep: (index: number) => boolean): Examples {
  const indexes = Array.from({ length: examples.count }, (_, i) => i).filter(keep);
  const width = FEATURES.length;
  const n = examples.heads.length;
  const rows = new Float32Array(indexes.length * width);
  const labels = new Float32Array(indexes.length * n);
  const asked = new Uint8Array(indexes.length * n);
  indexes.forEach((from, to) => {
    rows.set(examples.rows.subarray(from * width, (from + 1) * width), to * width);
    labels.set(examples.labels.subarray(from * n, (from + 1) * n), to * n);
    asked.set(examples.asked.subarray(from * n, (from + 1) * n), to * n);
  });
  return {
    count: indexes.length,
    heads: examples.heads,
    rows,
    labels,
    asked,
    user_ids: indexes.map((i) => examples.user_ids[i]!),
    courses: indexes.map((i) => examples.courses[i]!),
    landmark_days: indexes.map((i) => examples.landmark_days[i]!),
  };
}

/** The early list: of those still active, whom staff can reach this week. Ordered by the chance of 28 silent days. */
import type { CurrentScore, Early, Prediction } from '../domain.js';

/** Without a stated capacity: this share of a course's students with an early score, rounded up. */
export const EARLY_SHARE = 0.15;

/** What a place takes of a prediction. */
type Candidate = Omit<Prediction, 'score' | 'not_scored'> & {
  score: Pick<CurrentScore, 'early_score' | 'reasons' | 'early_reasons'> | null;
};

/**
 * Per course the `capacity` students (null: 15 %, rounded up) with the highest early score; equal scores by user id.
 * By (course_id, rank).
 * @example 7 students with an early score, capacity null → ranks 1 and 2 (⌈1.05⌉)
 */
export function earlyList(predictions: readonly Candidate[], capacity: number | null): Early[] {
  const courses = new Map<number, Early[]>();
  for (const { user_id, course_id, score, last_active_ms, as_of_ms } of predictions) {
    if (score === null || score.early_score === null) continue;
    const place = {
      course_id,
      rank: 0,
      user_id,
      early_score: score.early_score,
      reasons: score.early_reasons ?? score.reasons,
      last_active_ms,
      as_of_ms,
    };
    const list = courses.get(course_id);
    if (list) list.push(place);
    else courses.set(course_id, [place]);
  }
  return [...courses.keys()]
    .sort((a, b) => a - b)
    .flatMap((course_id) => {
      const list = courses.get(course_id)!.sort((a, b) => b.early_score - a.early_score || a.user_id - b.user_id);
      // Less a billionth: 20 × 0.15 is 3.0000000000000004 in floating point where staff expect 3.
      const places = capacity ?? Math.ceil(list.length * EARLY_SHARE - 1e-9);
      return list.slice(0, places).map((place, index) => ({ ...place, rank: index + 1 }));
    });
}

import type { Alert, Prediction, Score } from '../../src/domain.js';

export const DAY_MS = 86_400_000;
/** 03:00 UTC on the n-th day of the term. */
export const tickMs = (day: number): number => Date.UTC(2026, 8, 1, 3) + day * DAY_MS;

export function scoreOf(value: number, as_of_ms: number, user_id = 7, course_id = 3): Score {
  return {
    user_id,
    course_id,
    as_of_ms,
    score: value,
    early_score: null,
    band: 'high',
    model_version: 'v1',
    cohort_version: 'c1',
    method: 'model',
    reasons: [
      { feature: 'silent_days', value: 9, unit: 'days', cohort_percentile: 97, contribution: 1.2, text: 'Silent for 9 days' },
    ],
  };
}

/** A number is a score; a word is why there is none. */
export function predictionOf(what: number | Prediction['not_scored'], as_of_ms: number, user_id = 7, course_id = 3): Prediction {
  const score = typeof what === 'number' ? scoreOf(what, as_of_ms, user_id, course_id) : null;
  return { user_id, course_id, as_of_ms, score, not_scored: typeof what === 'number' ? null : what, last_active_ms: null };
}

export function alertOf(change: Partial<Alert> = {}): Alert {
  return {
    alert_id: '00112233445566ff',
    user_id: 7,
    course_id: 3,
    state: 'open',
    opened_ms: tickMs(0),
    score: 0.8,
    reasons: scoreOf(0.8, tickMs(0)).reasons,
    assignee: null,
    muted_until_ms: null,
    outcome: null,
    note: null,
    closed_ms: null,
    recovered_ticks: 0,
    touched_ms: tickMs(0),
    revision: 1,
    opened_by: null,
    ...change,
  };
}

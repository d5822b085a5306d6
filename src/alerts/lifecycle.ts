/**
 * What scores do to alerts. An alert opens when a score rises above the threshold, follows the score at every tick, and stays
 * until a person has dealt with it or there is no longer a reason for it. What people do is in `person.ts`; those that a person opened
 * (`opening.ts`) follow their score too, and never count as recovered.
 *
 *     none ──► open ──► acknowledged      resolved by itself: recovered, withdrew, completed, ended, suspended, not-active
 *               │  └──────┴──► resolved   expired: 28 days untouched, open only
 *               └──► expired
 *
 * Worked example, threshold 0.7, one tick a day:
 *
 * | tick  | 1    | 2    | 3              | 4    | 5    | 6              | 7                  |
 * | ----- | ---- | ---- | -------------- | ---- | ---- | -------------- | ------------------ |
 * | score | 0.70 | 0.71 | 0.60           | 0.65 | 0.60 | 0.55           | 0.9                |
 * | alert | none | open | open, 1 of 2   | open | 1    | recovered      | another one, open  |
 *
 * Pure: times come with the prediction, and the same sequence gives the same bytes.
 */
import { createHash } from 'node:crypto';
import { type Alert, type EnrolmentState, PERSON_OUTCOMES, type Prediction, type Score, type SystemOutcome } from '../domain.js';

const DAY_MS = 86_400_000;

/** How far below the threshold a score has to fall before it counts as recovered: scores near the line must not ring daily. */
export const RECOVERY_MARGIN = 0.1;
/** Ticks in a row at or below that; one good day may be chance. */
export const RECOVERY_TICKS = 2;
/** After a person resolved one, no new alert for this long: half-open, it may open again exactly 14 days later. */
export const QUIET_MS = 14 * DAY_MS;
/** An open alert that nobody touched for this long expires, at the first tick exactly 28 days after the touch or later. */
export const UNTOUCHED_MS = 28 * DAY_MS;

export interface ScoredEnrolment {
  /** The enrolment's alert that was opened last, whatever its state; null where there has been none. */
  current: Alert | null;
  prediction: Prediction;
  state: EnrolmentState;
  threshold: number;
  /** The schedule fired. Between ticks alerts only open and, when the student has left, resolve. */
  tick: boolean;
  site: string;
}

/**
 * The alert as it is to be written, with its revision counted up, or null where nothing changes. Every write counts as a
 * revision, also a new score at a tick: an ETag names exactly one content.
 */
export function onScore(input: ScoredEnrolment): Alert | null {
  const { current, prediction, state, tick } = input;
  if (current === null || !isUnresolved(current)) return opened(input);
  const as_of_ms = prediction.as_of_ms;
  if (as_of_ms < current.opened_ms) return null;
  const left = leaving(state, prediction);
  if (left !== null) return written(current, { state: 'resolved', outcome: left, closed_ms: as_of_ms });
  return tick ? ticked(current, input) : null;
}

/** Somebody still has to look at it. Expired ones are closed, as resolved ones are. */
export function isUnresolved(alert: Pick<Alert, 'state'>): boolean {
  return alert.state === 'open' || alert.state === 'acknowledged';
}

/** First 16 hex digits of SHA-256 of `site|user|course|opening as_of_ms`: the same opening has the same id in every run. */
export function alertId(site: string, user_id: number, course_id: number, as_of_ms: number): string {
  return createHash('sha256').update(`${site}|${user_id}|${course_id}|${as_of_ms}`).digest('hex').slice(0, 16);
}

/**
 * Opens strictly above the threshold: 0.7 exactly does not open at 0.7. Not for an enrolment that is not scorable, not while
 * muted (`muted_until_ms` exclusive), not within 14 days of a person resolving the last one. A score not later than the last
 * opening or closing is old news and opens nothing.
 */
function opened({ current, prediction, state, threshold, site }: ScoredEnrolment): Alert | null {
  const { score, as_of_ms } = prediction;
  if (state !== 'active' || prediction.not_scored !== null || score === null) return null;
  if (toMillionths(score.score) <= toMillionths(threshold)) return null;
  if (current !== null && isQuiet(current, as_of_ms)) return null;
  return written(untouched(site, score, as_of_ms), {});
}

/** An alert about this score as it opens, before anything is written of it. */
export function untouched(site: string, { user_id, course_id, score, reasons }: Score, opened_ms: number): Alert {
  return {
    alert_id: alertId(site, user_id, course_id, opened_ms),
    user_id,
    course_id,
    state: 'open',
    opened_ms,
    score,
    reasons,
    assignee: null,
    muted_until_ms: null,
    outcome: null,
    note: null,
    closed_ms: null,
    recovered_ticks: 0,
    touched_ms: opened_ms,
    revision: 0,
    opened_by: null,
  };
}

function isQuiet(last: Alert, as_of_ms: number): boolean {
  if (as_of_ms <= Math.max(last.opened_ms, last.closed_ms ?? 0)) return true;
  if (last.muted_until_ms !== null && as_of_ms < last.muted_until_ms) return true;
  const byPerson = last.state === 'resolved' && PERSON_OUTCOMES.some((outcome) => outcome === last.outcome);
  return byPerson && as_of_ms - (last.closed_ms ?? 0) < QUIET_MS;
}

/**
 * Why the alert has lost its object, or null. A student who opted out and a course taken out of scope count as `not-active`:
 * nothing is kept open about them. Too little data, or a course that now begins later, changes nothing: the score will come.
 */
function leaving(state: EnrolmentState, { not_scored }: Prediction): SystemOutcome | null {
  if (state === 'withdrawn') return 'withdrew';
  if (state === 'completed' || state === 'ended' || state === 'suspended') return state;
  if (state !== 'active' || not_scored === 'not-active') return 'not-active';
  if (not_scored === 'course-ended') return 'ended';
  return not_scored === 'opted-out' || not_scored === 'out-of-scope' ? 'not-active' : null;
}

/** A tick without a score breaks a row of recovered ticks. Recovery comes before expiry where both hold. */
function ticked(alert: Alert, { prediction: { score, as_of_ms }, threshold }: ScoredEnrolment): Alert | null {
  // One that a person opened about a low score would be over after two ticks: when it is done is for people to say.
  const low =
    alert.opened_by === null && score !== null && toMillionths(score.score) <= toMillionths(threshold - RECOVERY_MARGIN);
  const recovered_ticks = low ? alert.recovered_ticks + 1 : 0;
  const seen = { score: score?.score ?? alert.score, reasons: score?.reasons ?? alert.reasons, recovered_ticks };
  if (recovered_ticks >= RECOVERY_TICKS) {
    return written(alert, { ...seen, state: 'resolved', outcome: 'recovered', closed_ms: as_of_ms });
  }
  if (alert.state === 'open' && as_of_ms - alert.touched_ms >= UNTOUCHED_MS) {
    return written(alert, { ...seen, state: 'expired', closed_ms: as_of_ms });
  }
  const next = written(alert, seen);
  const same = JSON.stringify({ ...next, revision: alert.revision }) === JSON.stringify(alert);
  return same ? null : next;
}

/** The one way in which an alert changes: a copy with the next revision. */
export function written(alert: Alert, change: Partial<Alert>): Alert {
  return { ...alert, ...change, revision: alert.revision + 1 };
}

/** Scores have six decimals; 0.7 − 0.1 has more in floating point, so limits are compared as whole millionths. */
function toMillionths(probability: number): number {
  return Math.round(probability * 1e6);
}

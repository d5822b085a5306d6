/** One case per student: a person has one tutor to talk to, however many courses ring. */
import type { Alert } from '../domain.js';
import { isUnresolved } from './lifecycle.js';

export interface Case {
  user_id: number;
  /** The assignee of the alert that was opened first among those with one; null while nobody has been named. */
  owner: string | null;
  /** The greatest score of its alerts. */
  score: number;
  /** When the first of its alerts opened. */
  opened_ms: number;
  /** The time until which all of its alerts are muted (the least of their mutes); null when one of them is not. */
  muted_until_ms: number | null;
  /** Open and acknowledged ones, by score from the greatest. */
  alerts: Alert[];
}

/**
 * Gathers what is not resolved, by score from the greatest, then by user. Closed alerts are left out, and a student with none
 * but closed ones has no case.
 *
 *     user 7: course 2 score 0.8, opened Monday, assigned to Ana; course 3 score 0.9, opened Tuesday, assigned to Ben
 *     → { user_id: 7, owner: 'Ana', score: 0.9, alerts: [course 3, course 2] }
 */
export function casesOf(alerts: Iterable<Alert>): Case[] {
  const byUser = new Map<number, Alert[]>();
  for (const alert of alerts) {
    if (!isUnresolved(alert)) continue;
    const known = byUser.get(alert.user_id);
    if (known) known.push(alert);
    else byUser.set(alert.user_id, [alert]);
  }
  return [...byUser.values()].map(caseOf).sort((a, b) => b.score - a.score || a.user_id - b.user_id);
}

function caseOf(alerts: Alert[]): Case {
  const byAge = [...alerts].sort((a, b) => a.opened_ms - b.opened_ms || a.course_id - b.course_id);
  const mutes = alerts.map((alert) => alert.muted_until_ms ?? 0);
  return {
    user_id: byAge[0]!.user_id,
    owner: byAge.find((alert) => alert.assignee !== null)?.assignee ?? null,
    score: Math.max(...alerts.map((alert) => alert.score)),
    opened_ms: byAge[0]!.opened_ms,
    muted_until_ms: Math.min(...mutes) || null,
    alerts: byAge.sort((a, b) => b.score - a.score || a.course_id - b.course_id),
  };
}

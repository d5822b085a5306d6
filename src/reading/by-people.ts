/** Which alerts came to their end by a person, and not by themselves. */
import { type Alert, PERSON_OUTCOMES } from '../domain.js';

/** Resolved by a person, the latest first. */
export function byPeople<T extends Pick<Alert, 'alert_id' | 'state' | 'outcome' | 'closed_ms'>>(alerts: readonly T[]): T[] {
  return alerts
    .filter(({ state, outcome, closed_ms }) => state === 'resolved' && closed_ms !== null && isByPerson(outcome))
    .sort((a, b) => b.closed_ms! - a.closed_ms! || (a.alert_id < b.alert_id ? -1 : 1));
}

const isByPerson = (outcome: string | null): boolean => (PERSON_OUTCOMES as readonly (string | null)[]).includes(outcome);

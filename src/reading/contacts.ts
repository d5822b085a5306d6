/** Who was contacted, when, with what outcome, and whether they were active in the course again: what was seen, not what a call caused. */
import { type Alert, PERSON_OUTCOMES, type PersonOutcome } from '../domain.js';
import type { Store } from '../ports.js';
import type { Calendar } from '../windows/calendar.js';
import { resolvedBy } from './last-contact.js';
import type { Contact, ContactFigures } from './views.js';

/** Seen in the days after the one of the contact: on that day itself nobody can tell which came first. */
export const AGAIN_DAYS = 14;

/** Long enough that nobody is called twice for the same silence, and as long as no new alert opens after a contact. */
export const CONTACTED_MS = 14 * 86_400_000;
type Resolved = Pick<Alert, 'user_id' | 'outcome' | 'closed_ms'>;
const TRIED: ReadonlySet<string | null> = new Set<PersonOutcome>(['contacted', 'no-answer', 'support-arranged']);
const DEALT_WITH: ReadonlySet<string | null> = new Set(PERSON_OUTCOMES.filter((outcome) => outcome !== 'no-answer'));

/** Students whom somebody reached or tried to reach in the last 14 days, whatever the course. */
export function contactedLately(alerts: readonly Resolved[], now_ms: number): Set<number> {
  return resolvedLately(alerts, TRIED, now_ms);
}

/** Students whom nobody has to call now, as a person said in the last 14 days: reached, or not in need of it. Who did not answer still is to call. */
export function dealtWithLately(alerts: readonly Resolved[], now_ms: number): Set<number> {
  return resolvedLately(alerts, DEALT_WITH, now_ms);
}

function resolvedLately(alerts: readonly Resolved[], outcomes: ReadonlySet<string | null>, now_ms: number): Set<number> {
  const lately = alerts.filter((a) => outcomes.has(a.outcome) && a.closed_ms !== null && a.closed_ms > now_ms - CONTACTED_MS);
  return new Set(lately.map(({ user_id }) => user_id));
}

/** `from_ms` inclusive, `to_ms` exclusive. */
export function isWithin(time_ms: number, { from_ms, to_ms }: { from_ms?: number; to_ms?: number }): boolean {
  return (from_ms === undefined || time_ms >= from_ms) && (to_ms === undefined || time_ms < to_ms);
}

const REACHED: ReadonlySet<string | null> = new Set<PersonOutcome>(['contacted', 'support-arranged']);

/** Of all who were reached, how many were active again; those of whom it is not known yet are in neither. */
export async function againOf(
  store: Pick<Store, 'activityDays'>,
  calendar: Calendar,
  resolved: readonly Alert[],
  now_ms: number,
): Promise<ContactFigures> {
  const figures = { reached: 0, active_again: 0 };
  for (const alert of resolved) {
    const again = REACHED.has(alert.outcome) ? await activeAgain(store, calendar, alert, now_ms) : null;
    if (again !== null) figures.reached++;
    if (again) figures.active_again++;
  }
  return figures;
}

export async function contactOf(
  store: Pick<Store, 'activityDays' | 'alertEdits'>,
  calendar: Calendar,
  alert: Alert & Pick<Contact, 'person' | 'course'>,
  now_ms: number,
): Promise<Contact> {
  const { alert_id, person, course, opened_ms, closed_ms, outcome, assignee } = alert;
  const active_again = await activeAgain(store, calendar, alert, now_ms);
  const by_person = { closed_ms: closed_ms!, outcome: outcome as PersonOutcome };
  const by = await resolvedBy(store, alert);
  return { alert_id, person, course, opened_ms, ...by_person, assignee, active_again, by };
}

export async function activeAgain(
  store: Pick<Store, 'activityDays'>,
  calendar: Calendar,
  { user_id, course_id, closed_ms }: Alert,
  now_ms: number,
): Promise<boolean | null> {
  const from = calendar.day(closed_ms!) + 1;
  const days = await store.activityDays({ user_id, course_id, from, to: from + AGAIN_DAYS }, { limit: AGAIN_DAYS });
  if (days.some(({ activities }) => activities > 0)) return true;
  return calendar.day(now_ms) >= from + AGAIN_DAYS ? false : null;
}

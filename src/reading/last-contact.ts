/** The last thing that a person did about an enrolment: for lists, where no alert means little if somebody called yesterday. */
import { OPEN_VIEWER } from '../access/viewer.js';
import type { Alert, PersonOutcome } from '../domain.js';
import type { Store } from '../ports.js';

export interface LastContact {
  at_ms: number;
  outcome: PersonOutcome;
  /** Who said what came of it; null where nobody recorded that yet. */
  by: string | null;
}

/** Twice as long as no new alert opens afterwards: what came of a call shows in between. */
export const CONTACT_TOLD_MS = 28 * 86_400_000;

/**
 * Of the alert as it was resolved: one question to the store, so for the rows of a page. Without a login everybody is `local`, and the
 * best that is known is whose alert it was.
 */
export async function resolvedBy(
  store: Pick<Store, 'alertEdits'>,
  { alert_id, assignee }: Pick<Alert, 'alert_id' | 'assignee'>,
): Promise<string | null> {
  const edit = (await store.alertEdits(alert_id)).findLast(({ to }) => to.state === 'resolved');
  if (edit === undefined) return null;
  // Somebody whom Moodle knows may call themselves so.
  const { by, by_user_id } = edit;
  return by === OPEN_VIEWER.name && by_user_id === null ? (assignee ?? by) : by;
}

/** `place`: the enrolment's alert that a person resolved last. */
export async function lastContact(
  store: Pick<Store, 'alertEdits'>,
  place: Pick<Alert, 'alert_id' | 'assignee' | 'closed_ms' | 'outcome'> | undefined,
  now_ms: number,
): Promise<LastContact | null> {
  if (place === undefined || place.closed_ms! <= now_ms - CONTACT_TOLD_MS) return null;
  const by = await resolvedBy(store, place);
  return { at_ms: place.closed_ms!, outcome: place.outcome as PersonOutcome, by };
}

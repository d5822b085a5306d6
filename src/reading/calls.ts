/** Whom a fair trial asks to call this week, and whom next week; for the lists that staff work from. */
import type { Enrolment } from '../domain.js';
import { DRAWS, drawnOf, SEEN_DAYS } from '../pipeline/trial-draws.js';
import type { Store } from '../ports.js';
import type { Arm } from '../trials/draw.js';

type Place = Pick<Enrolment, 'user_id' | 'course_id'>;

/** Of these students; null = no trial says anything about them today. A draw holds for its week. */
export async function callsOf(
  store: Pick<Store, 'references'>,
  user_ids: number[],
  today: number,
): Promise<(place: Place) => Arm | null> {
  if (user_ids.length === 0) return () => null;
  const rows = (await store.references(DRAWS, { user_ids: [...new Set(user_ids)] }))
    .filter(({ deleted }) => !deleted)
    .map(drawnOf);
  const arms = new Map(rows.filter(({ day }) => today < day + SEEN_DAYS).map(({ user_id, arm }) => [user_id, arm]));
  return ({ user_id }) => arms.get(user_id) ?? null;
}

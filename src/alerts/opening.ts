/** A person opens a case themselves: about a student who has a score, and no alert that waits for somebody. */
import type { Alert, EnrolmentState, Prediction } from '../domain.js';
import { isUnresolved, untouched } from './lifecycle.js';
import { type AlertStep, onPerson, type Refusal } from './person.js';

export interface OpenedEnrolment {
  /** The enrolment's alert that was opened last, whatever its state; null where there has been none. */
  last: Alert | null;
  prediction: Prediction | null;
  state: EnrolmentState | null;
  site: string;
}

export interface OpeningWords {
  /** Whose it is; absent = of who opens it. */
  assignee?: string;
  note?: string;
}

/**
 * The alert, acknowledged from the start: somebody has it already. Neither a mute nor the 14 days after a contact keep a person
 * from opening one, since both are about what rings by itself; a mute that still holds goes on in it.
 *
 * It opens now, and at least a millisecond after the one before: so no two alerts of an enrolment have the same id.
 */
export function openedByPerson(
  { last, prediction, state, site }: OpenedEnrolment,
  { assignee, note }: OpeningWords,
  actor: string,
  now_ms: number,
): Alert | Refusal {
  if (last !== null && isUnresolved(last)) return { refused: `There is one that is ${last.state}: ${last.alert_id}.` };
  if (state !== 'active') return { refused: 'The student is not active in this course.' };
  const score = prediction?.score ?? null;
  if (score === null) return { refused: 'The student has no score in this course.' };
  const opened_ms = Math.max(now_ms, (last?.opened_ms ?? Number.NEGATIVE_INFINITY) + 1);
  const muted_until_ms = (last?.muted_until_ms ?? 0) > now_ms ? last!.muted_until_ms : null;
  const blank: Alert = { ...untouched(site, score, opened_ms), muted_until_ms, opened_by: actor.trim() };
  const noted: AlertStep[] = note === undefined ? [] : [{ do: 'note', text: note }];
  return onPerson(blank, [{ do: 'acknowledge', assignee }, ...noted], actor, now_ms);
}

/**
 * What people do to alerts: take one, hand it to somebody, mute, resolve, note. What may not be done is refused as a value with
 * a sentence for the person who tried; nothing is thrown.
 */
import { type Alert, PERSON_OUTCOMES, type PersonOutcome } from '../domain.js';
import { isUnresolved, written } from './lifecycle.js';

/** Names of staff and notes are for people to read: longer ones are a mistake in a script. */
export const ASSIGNEE_CHARS_MAX = 200;
export const NOTE_CHARS_MAX = 2_000;

export type AlertStep =
  /** Somebody takes it: `assignee`, else whom it is assigned to already, else the one who asks. */
  | { do: 'acknowledge'; assignee?: string }
  /** Hands it to somebody; null takes it from them, while it is open. The state stays: being named is not yet taking it. */
  | { do: 'assign'; assignee: string | null }
  /** No new alert for this enrolment before then (exclusive); null ends it. Also on a closed alert: the mute outlives it. */
  | { do: 'mute'; until_ms: number | null }
  | { do: 'resolve'; outcome: PersonOutcome }
  /** Replaces the note; null removes it. Also on a closed alert. */
  | { do: 'note'; text: string | null };

/** One step, or several that are written together as one revision: all of them or none. */
export type AlertAction = AlertStep | AlertStep[];
/** A sentence for the person who tried. */
export interface Refusal {
  refused: string;
}

/**
 * `actor` is who asks (`local` without a login); `now_ms` is the store's clock. Steps are taken in their order:
 * `[{ do: 'note', text: 'rang, will come back' }, { do: 'resolve', outcome: 'contacted' }]`.
 *
 * | step        | open           | acknowledged        | resolved, expired |
 * | ----------- | -------------- | ------------------- | ----------------- |
 * | acknowledge | → acknowledged | by the same person  | refused           |
 * | assign      | stays open     | never to nobody     | refused           |
 * | resolve     | → resolved     | → resolved          | refused           |
 * | mute, note  | yes            | yes                 | yes               |
 */
export function onPerson(alert: Alert, action: AlertAction, actor: string, now_ms: number): Alert | Refusal {
  const steps = Array.isArray(action) ? action : [action];
  if (steps.length === 0) return refused('Nothing was asked for: give a state, an assignee, a mute, an outcome or a note.');
  if (!isName(actor)) return refused('It must be known who does this.');
  let next = alert;
  for (const step of steps) {
    const change = changeBy(next, step, actor, now_ms);
    if (typeof change === 'string') return refused(change);
    next = { ...next, ...change };
  }
  // A replayed store's clock may stand before what a live one wrote: a touch never moves back.
  return written(next, { touched_ms: Math.max(alert.touched_ms, now_ms) });
}

/** What changes, or the sentence that refuses it. */
function changeBy(alert: Alert, step: AlertStep, actor: string, now_ms: number): Partial<Alert> | string {
  switch (step.do) {
    case 'acknowledge':
      return acknowledged(alert, step.assignee ?? alert.assignee ?? actor);
    case 'assign':
      return assigned(alert, step.assignee);
    case 'mute':
      return muted(step.until_ms, now_ms);
    case 'resolve':
      return resolved(alert, step.outcome, now_ms);
    case 'note':
      return noted(step.text);
  }
}

function acknowledged(alert: Alert, assignee: string): Partial<Alert> | string {
  if (!isUnresolved(alert)) return `The alert is ${alert.state}: there is nothing left to acknowledge.`;
  if (!isName(assignee)) return NAME_FAULT;
  const taken = alert.state === 'acknowledged' && alert.assignee !== assignee.trim();
  return taken
    ? 'Somebody has already taken this alert: assign it to change who it is.'
    : { state: 'acknowledged', assignee: assignee.trim() };
}

function assigned(alert: Alert, assignee: string | null): Partial<Alert> | string {
  if (!isUnresolved(alert)) return `The alert is ${alert.state}: it cannot be assigned any more.`;
  if (assignee === null) {
    return alert.state === 'open' ? { assignee } : 'An acknowledged alert is always somebody’s: assign it to another person.';
  }
  return isName(assignee) ? { assignee: assignee.trim() } : NAME_FAULT;
}

function muted(until_ms: number | null, now_ms: number): Partial<Alert> | string {
  if (until_ms === null) return { muted_until_ms: null };
  if (Number.isNaN(new Date(until_ms).getTime()) || !Number.isInteger(until_ms))
    return 'Mute until a time, in milliseconds since 1970.';
  return until_ms > now_ms ? { muted_until_ms: until_ms } : 'Mute until a time that is still to come.';
}

function resolved(alert: Alert, outcome: PersonOutcome, now_ms: number): Partial<Alert> | string {
  if (!isUnresolved(alert)) return `The alert is ${alert.state} already.`;
  // Checked here too: the outcome may come from a command line.
  if (!PERSON_OUTCOMES.includes(outcome)) return `The outcome is one of ${PERSON_OUTCOMES.join(', ')}.`;
  return { state: 'resolved', outcome, closed_ms: Math.max(alert.opened_ms, now_ms) };
}

function noted(text: string | null): Partial<Alert> | string {
  const note = text?.trim() || null;
  return note !== null && note.length > NOTE_CHARS_MAX ? `A note has at most ${NOTE_CHARS_MAX} characters.` : { note };
}

const NAME_FAULT = `An assignee is a name of 1 to ${ASSIGNEE_CHARS_MAX} characters.`;

function isName(text: string): boolean {
  const length = text.trim().length;
  return length > 0 && length <= ASSIGNEE_CHARS_MAX;
}

function refused(reason: string): Refusal {
  return { refused: reason };
}

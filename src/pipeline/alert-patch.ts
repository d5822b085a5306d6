/** An edit of an alert as REST and the command line write it, as steps that the alert's lifecycle knows. */
import type { AlertStep } from '../alerts/person.js';
import type { PersonOutcome } from '../domain.js';

export interface AlertPatch {
  state?: 'acknowledged' | 'resolved';
  assignee?: string | null;
  muted_until_ms?: number | null;
  outcome?: PersonOutcome;
  note?: string | null;
}

/** Example: `{ state: 'resolved', outcome: 'contacted', note: 'rang' }` → note, then resolve. Or the sentence that refuses it. */
export function stepsOf({ state, assignee, muted_until_ms, outcome, note }: AlertPatch): AlertStep[] | string {
  if (state === 'resolved' && outcome === undefined) return 'To resolve an alert say with what outcome.';
  if (outcome !== undefined && state !== 'resolved') return 'An outcome goes with the state "resolved".';
  if (state === 'resolved' && assignee !== undefined) return 'A resolved alert is nobody’s any more: leave the assignee out.';
  const steps: AlertStep[] = [];
  if (note !== undefined) steps.push({ do: 'note', text: note });
  if (muted_until_ms !== undefined) steps.push({ do: 'mute', until_ms: muted_until_ms });
  if (state === 'acknowledged') steps.push({ do: 'acknowledge', assignee: assignee ?? undefined });
  else if (assignee !== undefined) steps.push({ do: 'assign', assignee });
  if (state === 'resolved') steps.push({ do: 'resolve', outcome: outcome! });
  return steps;
}

/** What a person's change made of an alert, for the record: who, when, from what to what. */
import type { Alert } from '../domain.js';

const FIELDS = ['state', 'assignee', 'muted_until_ms', 'outcome'] as const;
type Fields = Partial<Pick<Alert, (typeof FIELDS)[number]>> & { note?: boolean };

/**
 * The fields that differ, before and after. The note is about a person's circumstances: that it changed is recorded, not its words.
 *
 *     open, nobody → acknowledged, Ana     { from: { state: 'open', assignee: null }, to: { state: 'acknowledged', assignee: 'Ana' } }
 */
export function differences(before: Alert, after: Alert): { from: Fields; to: Fields } {
  const changed = FIELDS.filter((field) => before[field] !== after[field]);
  const note = before.note === after.note ? {} : { note: true };
  const of = (alert: Alert): Fields => ({ ...Object.fromEntries(changed.map((field) => [field, alert[field]])), ...note });
  return { from: of(before), to: of(after) };
}

/** The tables that the contract asks for, of recorded lines, by the naive oracles. */
import { clockOf, countedOf } from './activity.js';
import { enrolmentsOf } from './enrolments.js';
import { changesOf } from './recorded.js';
import { type NaiveTables, tablesOf } from './tables.js';

export function naiveTables(lines: readonly string[], zone = 'UTC'): NaiveTables {
  const changes = changesOf(lines);
  const counted = countedOf(changes);
  return tablesOf(counted, enrolmentsOf(changes, clockOf(counted)), zone);
}

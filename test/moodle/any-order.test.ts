/** Topics of different tables arrive in any relation to each other; who asks for one student must hear the same as who asks for all. */
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Change, Enrolment, EnrolmentChange, ReferenceRow } from '../../src/domain.js';
import { deriveEnrolments, type EnrolmentRows } from '../../src/moodle/enrolments.js';
import { interpret } from '../../src/moodle/interpret.js';
import { changesOf, Kept } from './kept.js';

const END_MS = 1_795_400_000_000;
const RUNS = process.env.HOLDFAST_LONG === '1' ? 200 : 5;
/** The tables that enrolments are derived from. */
const USED = new Set([
  'user',
  'course',
  'enrol',
  'user_enrolments',
  'role',
  'role_assignments',
  'context',
  'course_completions',
  'logstore_standard_log',
]);

let changes: Change[];
let references: EnrolmentChange[];
let rows: EnrolmentRows;
let expected: Enrolment[];

beforeAll(() => {
  changes = changesOf('site-history').filter((change) => USED.has(change.table));
  references = changes.flatMap((change) => interpret(change, { count_anonymous: false }).references);
  rows = keptOf(references).enrolmentRows();
  expected = deriveEnrolments(rows, END_MS);
});

function keptOf(all: readonly EnrolmentChange[]): Kept {
  const kept = new Kept();
  for (const change of all) kept.apply(change);
  return kept;
}

function keyOf(change: EnrolmentChange): string {
  return change.op === 'truncate' ? change.table : `${change.reference.table} ${change.reference.id}`;
}

describe('enrolments', () => {
  it('are the same however tables and rows are mixed, the order of each row kept', () => {
    const seeds = fc.integer({ min: 1, max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(seeds, (seed) => {
        expect(deriveEnrolments(keptOf(interleaved(references, seed)).enrolmentRows(), END_MS)).toEqual(expected);
      }),
      { seed: 4, numRuns: RUNS },
    );
  });

  it('are the same when everything is delivered twice, and when old rows come again at the end', () => {
    const again = references.filter((_, i) => i % 3 === 0);
    expect(deriveEnrolments(keptOf([...references, ...references, ...again]).enrolmentRows(), END_MS)).toEqual(expected);
  });

  it('are the same for one student alone, and for one course alone', () => {
    const of = (wanted: (row: ReferenceRow) => boolean): EnrolmentRows => {
      const { users, userEnrolments, roleAssignments, completions, events } = rows;
      const part = { users, userEnrolments, roleAssignments, completions };
      const kept = Object.fromEntries(Object.entries(part).map(([name, list]) => [name, list.filter(wanted)]));
      return { ...rows, ...kept, events: events.filter((e) => e.user_id === null || wanted(e)) };
    };
    for (const user_id of [8, 19, 28, 43, 52, 97, 118, 129, 3]) {
      expect(
        deriveEnrolments(
          of((row) => row.user_id === user_id),
          END_MS,
        ),
      ).toEqual(expected.filter((e) => e.user_id === user_id));
    }
    const methods = new Set(rows.enrols.filter((enrol) => enrol.parent_id === 6).map((enrol) => enrol.id));
    const members = new Set(rows.userEnrolments.filter((ue) => methods.has(ue.parent_id!)).map((ue) => ue.user_id));
    const course = deriveEnrolments(
      of((row) => members.has(row.user_id)),
      END_MS,
    ).filter((e) => e.course_id === 6);
    expect(course).toEqual(expected.filter((e) => e.course_id === 6));
  });

  it('of a snapshot of what is left and the log are those of the whole history', () => {
    const snapshot = deriveEnrolments(Kept.of(changesOf('debezium-b-json')).enrolmentRows(), END_MS);
    // Students 43 and 44 are those whose rows were changed by hand after the snapshot.
    const untouched = (e: Enrolment) => e.user_id !== 43 && e.user_id !== 44;
    expect(snapshot.filter(untouched)).toEqual(expected.filter(untouched));
    expect(snapshot.find((e) => e.user_id === 44)).toMatchObject({
      state: 'withdrawn',
      reason: 'role-removed',
      enrolled_ms: 1_795_350_100_000,
    });
  });
});

/** A random mixture that keeps the order of the changes of each row. */
function interleaved(all: readonly EnrolmentChange[], seed: number): EnrolmentChange[] {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const slots = all.map((change) => ({ key: keyOf(change), at: random() })).sort((a, b) => a.at - b.at);
  const queues = new Map<string, EnrolmentChange[]>();
  for (const change of all) {
    const queue = queues.get(keyOf(change));
    if (queue) queue.push(change);
    else queues.set(keyOf(change), [change]);
  }
  for (const queue of queues.values()) queue.reverse();
  return slots.map(({ key }) => queues.get(key)!.pop()!);
}

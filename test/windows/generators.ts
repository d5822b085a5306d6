/** Random tables, events and runs for the properties of the windows engine. Small numbers, so that everything collides. */
import fc from 'fast-check';
import type { WindowTable } from '../../src/domain.js';
import {
  count,
  defineTable,
  hopping,
  type LatePolicy,
  last,
  max,
  min,
  session,
  sum,
  type TableDeclaration,
  tumbling,
} from '../../src/windows/declaration.js';
import { WindowEngine } from '../../src/windows/engine.js';
import type { KeyPart } from '../../src/windows/keys.js';
import type { FakeStore } from './fake-store.js';
import type { Event } from './oracle.js';

/** HOLDFAST_LONG=1 runs fifty times as many cases. */
export const runs = (normal: number) => ({ numRuns: process.env.HOLDFAST_LONG === '1' ? normal * 50 : normal, seed: 20_260_712 });

const TABLE: WindowTable = {
  name: 'things',
  key: ['who', 'where'],
  start: 'start',
  end: 'end',
  values: ['events', 'total', 'least', 'most', 'latest', 'latest_at'],
};
const WINDOWS = [session(10), session(1), tumbling(10), hopping(12, 5), hopping(10, 5)];

export const declarations = (late: LatePolicy, graces = [0, 7, 20, 100]) =>
  fc
    .record({ window: fc.constantFrom(...WINDOWS), grace: fc.constantFrom(...graces), hasEnd: fc.boolean() })
    .map(({ window, grace, hasEnd }) =>
      defineTable({
        table: { ...TABLE, end: hasEnd || window.kind === 'session' ? 'end' : null },
        window,
        aggregates: [count(), sum('bytes'), min('bytes'), max('bytes'), last('bytes')],
        grace,
        late,
      }),
    );

const keys: fc.Arbitrary<KeyPart[]> = fc.constantFrom<KeyPart[]>(
  [0, -1],
  [-1, 0],
  [7, 101],
  ['ann', 7],
  ['7', 7],
  [null, 7],
  [2 ** 40, 0.5],
);

export const events: fc.Arbitrary<Event[]> = fc.array(
  fc.record({
    key: keys,
    time: fc.integer({ min: -60, max: 120 }),
    inputs: fc.tuple(
      fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -5, max: 5 }) }, { weight: 1, arbitrary: fc.constant(Number.NaN) }),
    ),
  }),
  // The default size would stop at ten events, which hardly ever meet.
  { maxLength: 60, size: 'max' },
);

/** Arrival in an order that stays inside grace: nothing comes when something more than grace younger has come. */
export function insideGrace(given: readonly Event[], delays: readonly number[], grace: number): Event[] {
  const arrival = given.map((event, i) => ({ event, at: event.time + (delays[i % delays.length] % (grace + 1)) }));
  return arrival.sort((a, b) => a.at - b.at).map(({ event }) => event);
}

export function chunks<T>(items: readonly T[], sizes: readonly number[]): T[][] {
  const parts: T[][] = [];
  for (let at = 0, i = 0; at < items.length; i++) {
    const size = sizes[i % sizes.length];
    parts.push(items.slice(at, at + size));
    at += size;
  }
  return parts;
}

export const newEngine = (declaration: TableDeclaration) => new WindowEngine<KeyPart>(declaration);

export function addEvent(engine: WindowEngine<KeyPart>, { key, time, inputs }: Event): string {
  const numbers = Float64Array.from(inputs);
  return key.length === 1 ? engine.add1(key[0], time, numbers) : engine.add2(key[0], key[1], time, numbers);
}

/** Loads what a batch needs from the store, as the pipeline does before it adds the batch. */
export function loadNeighbours(engine: WindowEngine<KeyPart>, store: FakeStore, batch: readonly Event[]): void {
  engine.load(store.near(batch.filter(({ time }) => engine.needsLoading(time)).map(({ key, time }) => engine.near(key, time))));
}

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WindowRow } from '../../src/domain.js';
import { count, defineTable, max, session, sum, type TableDeclaration, tumbling } from '../../src/windows/declaration.js';
import { shown } from '../../src/windows/having.js';
import type { KeyPart } from '../../src/windows/keys.js';
import { FakeStore } from './fake-store.js';
import { addEvent, chunks, declarations, events, insideGrace, loadNeighbours, newEngine, runs } from './generators.js';
import { type Event, expectedRows, sortRows } from './oracle.js';

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 });
const watermarks = fc.array(fc.integer({ min: -80, max: 400 }), { minLength: 1, maxLength: 8 });

/** Runs batches through an engine and a store, as the pipeline does. The watermark is set before each event. */
function run(declaration: TableDeclaration, batches: Event[][], watermark: (event: Event, seen: number) => number) {
  const engine = newEngine(declaration);
  const store = new FakeStore();
  let seen = Number.NEGATIVE_INFINITY;
  for (const batch of batches) {
    loadNeighbours(engine, store, batch);
    for (const event of batch) {
      seen = Math.max(seen, event.time);
      engine.advance(watermark(event, seen));
      addEvent(engine, event);
    }
    store.apply(engine.drain());
  }
  return { engine, store };
}

describe('the windows engine, against all events sorted and grouped by hand', () => {
  it('gives the same rows in any order of arrival, whatever leaves memory in between', () => {
    fc.assert(
      fc.property(declarations('merge'), events, sizes, watermarks, (declaration, given, batchSizes, marks) => {
        let i = 0;
        const { store } = run(declaration, chunks(given, batchSizes), () => marks[i++ % marks.length]);
        expect(store.rows()).toEqual(expectedRows(declaration, given));
      }),
      runs(200),
    );
  });

  it('gives the same rows when the process is restarted from its store between any two batches', () => {
    fc.assert(
      fc.property(declarations('merge'), events, sizes, (declaration, given, batchSizes) => {
        const store = new FakeStore();
        let clock = Number.NEGATIVE_INFINITY;
        for (const batch of chunks(given, batchSizes)) {
          const engine = newEngine(declaration);
          engine.resume(clock, store.held(engine.heldFrom(clock)));
          loadNeighbours(engine, store, batch);
          for (const event of batch) addEvent(engine, event);
          clock = batch.reduce((latest, { time }) => Math.max(latest, time), clock);
          engine.advance(clock);
          store.apply(engine.drain());
        }
        expect(store.rows()).toEqual(expectedRows(declaration, given));
      }),
      runs(100),
    );
  });

  it('loses nothing that comes within grace, in whatever order it comes', () => {
    fc.assert(
      fc.property(
        declarations('drop'),
        events,
        sizes,
        fc.array(fc.nat(), { minLength: 1 }),
        (declaration, given, batchSizes, delays) => {
          const arrival = insideGrace(given, delays, declaration.grace);
          const { engine, store } = run(declaration, chunks(arrival, batchSizes), (_, seen) => seen);
          expect(engine.late).toBe(0);
          expect(store.rows()).toEqual(expectedRows(declaration, given));
        },
      ),
      runs(100),
    );
  });

  it('drops what is later than grace as Kafka Streams does, with everything it ever saw at hand', () => {
    fc.assert(
      fc.property(declarations('drop', [0, 7, 20]), events, sizes, (declaration, given, batchSizes) => {
        const { engine, store } = run(declaration, chunks(given, batchSizes), (_, seen) => seen);
        const { accepted, late } = acceptedEvents(declaration, given);
        expect(engine.late).toBe(late);
        if (declaration.window.kind === 'session') expect(store.rows()).toEqual(expectedRows(declaration, accepted));
      }),
      runs(120),
    );
  });

  it('says the same wherever the batches are cut', () => {
    fc.assert(
      fc.property(declarations('drop', [0, 7, 20]), events, sizes, sizes, (declaration, given, one, other) => {
        const first = run(declaration, chunks(given, one), (_, seen) => seen);
        const second = run(declaration, chunks(given, other), (_, seen) => seen);
        expect(second.store.rows()).toEqual(first.store.rows());
        expect(second.engine.late).toBe(first.engine.late);
      }),
      runs(80),
    );
  });

  it('continues from a snapshot taken anywhere as if nothing had happened', () => {
    fc.assert(
      fc.property(declarations('merge'), events, fc.nat(60), fc.nat(60), (declaration, given, drainAt, cutAt) => {
        const engine = newEngine(declaration);
        const store = new FakeStore();
        given.slice(0, cutAt).forEach((event, i) => {
          if (i === drainAt) store.apply(engine.drain());
          addEvent(engine, event);
        });
        const restored = newEngine(declaration);
        restored.restore(JSON.parse(JSON.stringify(engine.snapshot()), (_, value) => (value === null ? Number.NaN : value)));
        for (const event of given.slice(cutAt)) {
          addEvent(engine, event);
          addEvent(restored, event);
        }
        const [expected, actual] = [engine.drain(), restored.drain()];
        expect(sortRows(actual.upserts)).toEqual(sortRows(expected.upserts));
        expect(sortKeys(actual.deletes)).toEqual(sortKeys(expected.deletes));
        store.apply(actual);
        expect(store.rows()).toEqual(expectedRows(declaration, given));
      }),
      runs(100),
    );
  });

  it('shows after every batch just the rows that pass HAVING then, and takes back those that fail again', () => {
    const odd = (values: readonly number[]) => values[0] > 1 && values[1] % 2 === 0;
    fc.assert(
      fc.property(declarations('merge', [1000]), events, sizes, (declaration, given, batchSizes) => {
        const engine = newEngine(declaration);
        const store = new FakeStore();
        const seen: Event[] = [];
        for (const batch of chunks(given, batchSizes)) {
          for (const event of batch) addEvent(engine, event);
          seen.push(...batch);
          const told = shown(engine.drain(), odd);
          const there = new Set(store.rows().map(({ key, start }) => JSON.stringify([key, start])));
          store.apply({ ...told, deletes: told.deletes.filter(({ key, start }) => there.has(JSON.stringify([key, start]))) });
          expect(store.rows()).toEqual(expectedRows(declaration, seen).filter((row) => odd(row.values)));
        }
      }),
      runs(80),
    );
  });

  it('hands out only rows that are new or changed', () => {
    fc.assert(
      fc.property(declarations('merge', [1000]), events, sizes, (declaration, given, batchSizes) => {
        const engine = newEngine(declaration);
        const store = new FakeStore();
        for (const batch of chunks(given, batchSizes)) {
          const before = new Set(store.rows().map((row) => JSON.stringify(row)));
          for (const event of batch) addEvent(engine, event);
          const changes = engine.drain();
          for (const row of sortRows(changes.upserts)) expect(before).not.toContain(JSON.stringify(row));
          store.apply(changes);
        }
        expect(engine.drain()).toMatchObject({ deletes: [], upserts: [] });
      }),
      runs(40),
    );
  });
});

describe('memory', () => {
  const SESSIONS = { name: 'sessions', key: ['who'], start: 'start', end: 'end', values: ['events', 'bytes', 'most'] };
  const aggregates = [count(), sum('bytes'), max('bytes')];
  const one = Float64Array.of(1);

  it.each([session(10), tumbling(10)])('is given back when everything has left: %o', (window) => {
    const engine = newEngine(defineTable({ table: SESSIONS, window, aggregates, grace: 100, late: 'merge' }));
    engine.add1(1, 0, one);
    engine.drain();
    const small = engine.memoryBytes;
    for (let user = 0; user < 20_000; user++) engine.add1(user, user / 40, one);
    engine.drain();
    expect(engine.memoryBytes).toBeGreaterThan(5 * small);
    engine.advance(10_000);
    engine.drain();
    expect(engine.size).toBe(0);
    expect(engine.memoryBytes).toBeLessThanOrEqual(2 * small);
  });

  it.each([session(10), tumbling(10)])('stays where it is while users come and go: %o', (window) => {
    const engine = newEngine(defineTable({ table: SESSIONS, window, aggregates, grace: 100, late: 'merge' }));
    let peak = 0;
    for (let time = 0; time < 30_000; time++) {
      engine.add1(time * 7, time, one);
      engine.add1(`name ${time}`, time, one);
      engine.advance(time);
      if (time % 50 === 0) engine.drain();
      if (time === 5_000) peak = engine.memoryBytes;
    }
    expect(engine.size).toBeLessThan(500);
    expect(engine.memoryBytes).toBe(peak);
  });

  it('takes one event from a broken clock, far in the future or the past, without harm to the others', () => {
    const engine = newEngine(defineTable({ table: SESSIONS, window: session(10), aggregates, grace: 100, late: 'merge' }));
    engine.add1(1, 8.64e15, one);
    engine.add1(1, -8.64e15, one);
    engine.add1(1, 5, one);
    engine.advance(200);
    expect(engine.drain().upserts.map(({ start }) => start)).toEqual([8.64e15, -8.64e15, 5]);
    expect([...engine.rows()].map(({ start }) => start)).toEqual([8.64e15]);
  });
});

/** Kafka Streams' own rule, event by event, nothing ever forgotten. */
function acceptedEvents(declaration: TableDeclaration, given: readonly Event[]) {
  const { window, grace } = declaration;
  const accepted: Event[] = [];
  let late = 0;
  let streamTime = Number.NEGATIVE_INFINITY;
  for (const event of given) {
    streamTime = Math.max(streamTime, event.time);
    if (event.key.includes(null)) continue;
    const alone = expectedRows(declaration, [...accepted.filter((other) => sameKey(other, event)), event]);
    const own = alone.filter((row) => covers(row, event, window.kind === 'session'));
    const closeTime = streamTime - grace;
    const ends = own.map((row) => (window.kind === 'fixed' ? row.start + window.size : row.end));
    const passes = ends.some((end) => (window.kind === 'session' ? end >= closeTime : end > closeTime));
    if (passes) accepted.push(event);
    else late++;
  }
  return { accepted, late };
}

const sameKey = (a: Event, b: Event) => JSON.stringify(a.key) === JSON.stringify(b.key);
const covers = (row: WindowRow<KeyPart>, event: Event, isSession: boolean) =>
  isSession ? row.start <= event.time && event.time <= row.end : row.start <= event.time;
const sortKeys = (deletes: readonly { key: readonly KeyPart[]; start: number }[]) =>
  deletes.map((d) => JSON.stringify([d.key, d.start + 0])).sort();

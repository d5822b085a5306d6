/** When the running service looks up how far its scores have proved themselves. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import type { ChildFailed } from '../../src/app/child-run.js';
import type { TrustWord } from '../../src/app/trust-child.js';
import { TrustSchedule } from '../../src/app/trust-schedule.js';
import { standing } from '../contracts/store-samples.js';

const DAY_MS = 86_400_000;
let store: MemoryStore;
let tick_ms: number | null;
let asked: number;
let said: string[];
let word: TrustWord | ChildFailed;
let version: string;
/** In place of `word` at once. */
let answer: Promise<TrustWord | ChildFailed> | null;

function schedule(method: 'model' | 'heuristic' = 'model'): TrustSchedule {
  return new TrustSchedule({
    store,
    clock: () => ({ last_tick_ms: tick_ms }),
    model: () => ({ version, method }),
    holder: 'test',
    ask: () => {
      asked++;
      return { answer: answer ?? Promise.resolve(word), stop: async () => undefined };
    },
    say: (message) => said.push(message),
  });
}

beforeEach(async () => {
  store = new MemoryStore();
  await store.open({ site: 's', time_zone: 'UTC', day: (ms) => Math.floor(ms / DAY_MS) });
  [tick_ms, asked, said, version, answer] = [null, 0, [], 'm1', null];
  word = { kind: 'done', standings: [standing({ checked_ms: 100 * DAY_MS })] };
});

describe('the look at the courses', () => {
  it('waits for a scoring, and while scorings follow one another', async () => {
    const looks = schedule();
    await looks.look();
    tick_ms = 99 * DAY_MS;
    await looks.look();
    tick_ms = 100 * DAY_MS;
    await looks.look();
    expect(asked).toBe(0);
    await looks.look();
    expect(await store.standings()).toEqual([standing({ checked_ms: 100 * DAY_MS })]);
  });

  it('comes again after a week, after a restart too, and at once for another model', async () => {
    tick_ms = 100 * DAY_MS;
    const first = schedule();
    await first.look();
    await first.look();
    expect(asked).toBe(1);
    for (const [days, model, times] of [
      [6, 'm1', 1],
      [7, 'm1', 2],
      [7, 'm2', 3],
    ] as const) {
      tick_ms = (100 + days) * DAY_MS;
      version = model;
      const restarted = schedule();
      await restarted.look();
      await restarted.look();
      await restarted.look();
      expect([days, model, asked]).toEqual([days, model, times]);
    }
  });

  it('comes at once when another model scores from now on, and never for a heuristic', async () => {
    tick_ms = 100 * DAY_MS;
    const looks = schedule();
    await looks.look();
    await looks.look();
    version = 'm2';
    await looks.look();
    await looks.look();
    expect(asked).toBe(2);
    const heuristic = schedule('heuristic');
    for (let i = 0; i < 3; i++) await heuristic.look();
    expect(asked).toBe(2);
  });

  it('says what failed, keeps what it knew, and leaves it for a week', async () => {
    await store.commit({ standings: [standing()] });
    word = { kind: 'failed', message: 'The store is gone.' };
    tick_ms = 100 * DAY_MS;
    const looks = schedule();
    for (let i = 0; i < 4; i++) await looks.look();
    expect([asked, said]).toEqual([1, ['The courses’ standings could not be looked up: The store is gone.']]);
    expect(await store.standings()).toEqual([standing()]);
    expect([looks.state, looks.looked_ms]).toEqual(['failed', 100 * DAY_MS]);
  });

  it('is known to run while it does, to wait when it is through, and to have failed when its process died', async () => {
    tick_ms = 100 * DAY_MS;
    const looks = schedule();
    await looks.look();
    let answered: (word: TrustWord) => void = () => undefined;
    answer = new Promise((resolve) => {
      answered = resolve;
    });
    const through = looks.look();
    await new Promise(setImmediate);
    expect(looks.state).toBe('running');
    answered(word as TrustWord);
    await through;
    expect(looks.state).toBe('waiting');
    tick_ms = 107 * DAY_MS;
    answer = Promise.reject(new Error('killed'));
    await looks.look();
    await expect(looks.look()).rejects.toThrow('killed');
    expect(looks.state).toBe('failed');
  });

  it('is left to another process that has begun', async () => {
    tick_ms = 100 * DAY_MS;
    await store.lease('trust', 'another', DAY_MS);
    const looks = schedule();
    await looks.look();
    await looks.look();
    expect(asked).toBe(0);
  });
});

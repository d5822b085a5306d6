/** How sinks and channels stand, as every process of a site sees it. */
import { beforeEach, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { sinkStates } from '../../src/app/sink-look.js';
import { StateKeeper } from '../../src/app/sink-states.js';
import { SITE } from '../contracts/store-samples.js';
import { configOf } from '../journey/site.js';

const config = configOf({
  HOLDFAST_WEBHOOK: 'https://hook.example',
  HOLDFAST_WEBHOOK_SECRET: 'a long secret of this test',
  HOLDFAST_SMTP: 'smtp://mail.example',
  HOLDFAST_MAIL_FROM: 'holdfast@example.org',
  HOLDFAST_PAGE: 'https://holdfast.example',
});
let store: MemoryStore;
let now_ms: number;
const one = (name = 'mail') => new StateKeeper(store, name, () => now_ms);
const look = () => sinkStates(config, store);

beforeEach(async () => {
  store = new MemoryStore();
  await store.open(SITE);
  now_ms = 1_000_000;
});

it('what one process cannot tell, the others see as down, since when, and with what waits', async () => {
  const fresh = { up: true, since_ms: null, waiting: 0, refused: 0 };
  expect(await look()).toEqual([
    { name: 'webhook', ...fresh },
    { name: 'mail', ...fresh },
  ]);
  await one().note({ up: false, waiting: 3, refused: 0 });
  expect((await look())[1]).toEqual({ name: 'mail', up: false, since_ms: 1_000_000, waiting: 3, refused: 0 });

  // The process ended; another one tells, and was not asked yet.
  now_ms += 60_000;
  const other = one();
  await other.note({ up: null, waiting: 3, refused: 0 });
  expect((await look())[1]).toMatchObject({ up: false, since_ms: 1_000_000 });
  await other.note({ up: true, waiting: 0, refused: 2 });
  expect((await look())[1]).toEqual({ name: 'mail', up: true, since_ms: 1_060_000, waiting: 0, refused: 2 });
  now_ms += 60_000;
  await other.note({ up: true, waiting: 0, refused: 1 });
  expect((await look())[1]).toMatchObject({ since_ms: 1_060_000, refused: 3 });
});

it('a process that tells again after another was away there says that it is up', async () => {
  const [mine, theirs] = [one('webhook'), one('webhook')];
  await mine.note({ up: true, waiting: 0, refused: 0 });
  await theirs.note({ up: false, waiting: 0, refused: 0 });
  now_ms += 10_000;
  await mine.note({ up: true, waiting: 0, refused: 0 });
  expect((await look())[0]).toMatchObject({ up: true, since_ms: 1_010_000 });
});

it('a count that changes with every round is kept once a minute, and its end at once', async () => {
  const keeper = one();
  const revisions: number[] = [];
  for (const waiting of [9, 8, 7, 6, 5, 4, 3, 0]) {
    await keeper.note({ up: true, waiting, refused: 0 });
    revisions.push((await look())[1]!.waiting);
    now_ms += 15_000;
  }
  expect(revisions).toEqual([9, 9, 9, 9, 5, 5, 5, 0]);
});

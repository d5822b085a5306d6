/** What counting hands to the commit about log rows that were counted. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { type Activity, SEEN_PAGE_IDS } from '../../src/domain.js';
import { Counting } from '../../src/pipeline/counting.js';
import { StaleState } from '../../src/ports.js';
import { Calendar } from '../../src/windows/calendar.js';
import { SITE } from '../contracts/store-samples.js';

const GAP_MS = 900_000;
const NOW_MS = 1_000_000_000;

let store: MemoryStore;
beforeEach(async () => {
  store = new MemoryStore();
  await store.open(SITE);
});

function activity(id: number): Activity {
  return { id, user_id: 1, course_id: 2, time_ms: NOW_MS, group: 'content' };
}

async function counted(counting: Counting, ...ids: number[]): Promise<void> {
  const activities = ids.map(activity);
  await counting.prepare(activities);
  for (const each of activities) if (!counting.hasCounted(each.id)) counting.count(each);
}

const counting = () => new Counting(store, new Calendar('UTC'), GAP_MS);

/** Ids in pages of bits. */
function idsIn(pages: { page: number; bits: Uint8Array }[]): number[] {
  return pages.flatMap(({ page, bits }) =>
    Array.from({ length: SEEN_PAGE_IDS }, (_, bit) => bit)
      .filter((bit) => (bits[bit >> 3]! & (1 << (bit & 7))) !== 0)
      .map((bit) => page * SEEN_PAGE_IDS + bit),
  );
}

describe('counted log rows', () => {
  it('are handed over once: each commit names the rows that are new in it, and no others', async () => {
    const one = counting();
    await counted(one, 5, 8191, 8192);
    const first = one.drain(NOW_MS);
    expect(idsIn(first.seen)).toEqual([5, 8191, 8192]);
    await store.commit(first);
    await counted(one, 5, 6, 8192);
    const second = one.drain(NOW_MS);
    expect(idsIn(second.seen)).toEqual([6]);
    await store.commit(second);
    expect(one.drain(NOW_MS).seen).toEqual([]);
    expect(idsIn(await store.seenPages([0, 1]))).toEqual([5, 6, 8191, 8192]);
  });

  it('are known after a restart, and not handed over again', async () => {
    const one = counting();
    await counted(one, 5);
    await store.commit(one.drain(NOW_MS));
    const next = counting();
    await counted(next, 5, 7);
    expect(idsIn(next.drain(NOW_MS).seen)).toEqual([7]);
  });

  it('are refused by the store when somebody else has counted them meanwhile', async () => {
    const [one, other] = [counting(), counting()];
    await counted(one, 5);
    await counted(other, 4, 5);
    await store.commit(one.drain(NOW_MS));
    await expect(store.commit(other.drain(NOW_MS))).rejects.toBeInstanceOf(StaleState);
    expect((await store.sessions({}, { limit: 9 })).map((row) => row.activities)).toEqual([1]);
  });
});

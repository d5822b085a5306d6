/** Every click table, against a naive computation over the same clicks: in any order inside grace, cut anywhere, with restarts. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import type { Click, ClickRecord, ClickReference, JoinedClick } from '../../src/click-ports.js';
import { clickTables } from '../../src/clickstream/tables.js';
import { ClickPipeline } from '../../src/pipeline/click-pipeline.js';
import { CLICK_TABLES } from '../../src/reading/click-table-infos.js';
import { ClickTables } from '../../src/reading/click-tables.js';
import { inOrder, NAIVE, type NaiveRow } from './naive-tables.js';

const T0 = Date.UTC(2020, 2, 20, 2, 5, 52);
const SETTINGS = {
  tables: clickTables(),
  sinks: [],
  locate: () => null,
  describe: () => ({ browser: null, os: null, bot: false }),
};
const REFERENCES: ClickReference[] = [
  ...['ann', 'ben', 'ann', 'eve'].map((username, i) => ({
    table: 'users' as const,
    key: i + 1,
    valid_from_ms: 0,
    row: { username, city: i === 3 ? null : 'London', level: i === 0 ? 'Platinum' : 'Gold' },
  })),
  { table: 'codes', key: 200, valid_from_ms: 0, row: { definition: 'Successful' } },
  { table: 'codes', key: 404, valid_from_ms: 0, row: { definition: 'Page not found' } },
];

/** Few values, so that keys meet; times on a grid, so that boundaries and exact gaps are common. */
const click = fc.record({
  time_ms: fc.oneof(fc.nat(60), fc.nat(1_000)).map((n) => T0 - (T0 % 60_000) + n * 5_000),
  user_id: fc.constantFrom(-1, 0, 1, 2, 3, 4, 'ann', null),
  ip: fc.constantFrom('203.0.113.1', '203.0.113.2', '2001:db8::1', null),
  request: fc.constantFrom('GET /index.html HTTP/1.1', 'GET /images/track.png HTTP/1.1', 'GET /A.HTML HTTP/1.1', null),
  status: fc.constantFrom(200, 400, 401, 404, 407, null),
  bytes: fc.constantFrom(278, 14_096, 50 * 1_024, null),
});
const clicks = fc.array(click, { minLength: 1, maxLength: 120 });

function recordsOf(given: readonly Pick<Click, 'time_ms' | 'user_id' | 'ip' | 'request' | 'status' | 'bytes'>[]): ClickRecord[] {
  return given.map((some, i) => ({
    kind: 'click',
    id: `test#${i}`,
    click: { ...some, id: null, referrer: null, agent: null, session_id: null, city: null, country: null, extra: {} },
  }));
}

async function tableOf(store: MemoryClickStore, name: string): Promise<NaiveRow[]> {
  const rows: NaiveRow[] = [];
  for await (const row of new ClickTables(store, SETTINGS.tables).rows(name, {})) rows.push(row as NaiveRow);
  return rows;
}

describe('every click table, against a naive computation', () => {
  it('is the same in any order inside grace, cut into any batches, with a restart between any two', async () => {
    await fc.assert(
      fc.asyncProperty(clicks, fc.integer({ min: 1, max: 50 }), fc.boolean(), async (given, size, restarts) => {
        const store = new MemoryClickStore();
        await store.open();
        let pipeline = new ClickPipeline(store, SETTINGS, () => T0);
        await pipeline.open();
        const references = REFERENCES.map((reference) => ({ kind: 'reference' as const, reference }));
        await pipeline.process({ records: references, rejected: [], live: false });
        const records = recordsOf(given);
        for (let i = 0; i < records.length; i += size) {
          await pipeline.process({ records: records.slice(i, i + size), rejected: [], live: false });
          if (!restarts) continue;
          pipeline = new ClickPipeline(store, SETTINGS, () => T0);
          await pipeline.open();
        }
        const joined = (await store.clicks({}, { limit: 1_000 })) as JoinedClick[];
        expect(joined).toHaveLength(given.length);
        for (const [name, naive] of Object.entries(NAIVE)) {
          const { key } = CLICK_TABLES.find((table) => table.name === name)!;
          expect({ name, rows: await tableOf(store, name) }).toEqual({ name, rows: inOrder(naive(joined), key) });
        }
      }),
      { numRuns: 60, seed: 20_261_123 },
    );
  });
});

/** Under which ids people are known to whoever reads the index or the topics. */
import { describe, expect, it } from '@jest/globals';
import { Pseudonyms } from '../../src/access/pseudonym.js';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { formOf, leavingIds, rebuilt, rebuiltIds } from '../../src/app/outside-ids.js';
import { type Config, readConfig } from '../../src/config.js';
import { messageOf } from '../../src/indexing/cloud-events.js';
import { documentOf } from '../../src/indexing/documents.js';
import { PUBLISHED_TABLES, type Publication } from '../../src/ports.js';
import { TABLES } from '../../src/reading/table-infos.js';

const KEY = 'ab'.repeat(32);
const OTHER_KEY = 'cd'.repeat(32);
const NAMES = new Pseudonyms(Buffer.from(KEY, 'hex'));
const USER = 424_242;
const ALERT = '00f1e2d3c4b5a697';
const ELSEWHERE = { HOLDFAST_ELASTICSEARCH: 'http://u:p@search.example:9200', HOLDFAST_STORE: 'memory:' };

function configOf(env: Record<string, string>): Config {
  const result = readConfig(env);
  if (!result.ok) throw new Error(result.faults.join());
  return result.config;
}

async function opened(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await store.open({ site: 'moodle', time_zone: 'UTC', day: () => 0 });
  return store;
}

/** A row of every published table, about one person. */
const ROWS: Publication[] = PUBLISHED_TABLES.map((table) => {
  const { columns, key } = TABLES.find(({ name }) => name === table)!;
  const value = (name: string) =>
    ({ user_id: USER, alert_id: ALERT, assignee: 'Ana Lyst', opened_by: 'Ana Lyst', day: '2026-11-20', reasons: [] })[name] ?? 7;
  const row = Object.fromEntries(columns.map(({ name }) => [name, value(name)]));
  return { table, row, key: key.map((name) => value(name) as number | string), time_ms: 1_000 };
});
const told = (rows: Publication[]) =>
  JSON.stringify(rows.map((row) => [documentOf(row, 1), documentOf({ ...row, row: null }, 2), messageOf('site', row, 1)]));

describe('ids outside', () => {
  it('are plain while page, index and topics are on this machine, else pseudonyms, unless somebody chose', () => {
    const form = (env: Record<string, string>) => formOf(configOf(env));
    const here = { HOLDFAST_ELASTICSEARCH: 'http://localhost:9200' };
    const topics = { HOLDFAST_KAFKA_TOPICS: 'true' };
    expect(form({})).toBe('plain');
    expect(form(here)).toBe('plain');
    expect(form({ ...topics, HOLDFAST_KAFKA_BROKERS: '127.0.0.1:9092,[::1]:9093' })).toBe('plain');
    expect(form(ELSEWHERE)).toBe('pseudonyms');
    expect(form({ ...topics, HOLDFAST_KAFKA_BROKERS: 'localhost:9092,kafka-2:9092' })).toBe('pseudonyms');
    expect(form({ ...topics, HOLDFAST_KAFKA_BROKERS: 'sasl_ssl://u:p@kafka:9092?mechanism=plain' })).toBe('pseudonyms');
    const keys = { ...here, HOLDFAST_API_KEYS: 'keys.json' };
    expect(form({ ...keys, HOLDFAST_HOSTS: 'localhost:3000', HOLDFAST_KIBANA: 'http://[::1]:5601' })).toBe('plain');
    // Others come to this machine, by a proxy, a name, Moodle or Kibana.
    expect(form({ ...keys, HOLDFAST_PROXY: '127.0.0.1' })).toBe('pseudonyms');
    expect(form({ ...keys, HOLDFAST_HOSTS: 'holdfast.example' })).toBe('pseudonyms');
    expect(form({ ...here, HOLDFAST_LTI: 'lti.json' })).toBe('pseudonyms');
    expect(form({ ...keys, HOLDFAST_KIBANA: 'http://kibana.example:5601' })).toBe('pseudonyms');
    expect(form({ ...here, HOLDFAST_PSEUDONYM_KEY: KEY })).toBe('pseudonyms');
    expect(form({ ...here, HOLDFAST_PLAIN_IDS: 'false' })).toBe('pseudonyms');
    expect(form({ ...ELSEWHERE, HOLDFAST_PLAIN_IDS: 'true' })).toBe('plain-by-choice');
  });

  it('as pseudonyms give nobody away, in no table, key or deletion, nor do an alert’s id and its keeper', async () => {
    expect(told(ROWS)).toMatch(/424242.*Ana Lyst/);
    const leaving = await leavingIds(configOf({ ...ELSEWHERE, HOLDFAST_PSEUDONYM_KEY: KEY }), await opened(), 1, () => {});
    const outside = told(ROWS.map(leaving));
    expect(outside).not.toMatch(/424242|00f1e2d3c4b5a697|Ana/);
    const session = ROWS.map(leaving).find(({ table }) => table === 'sessions')!;
    expect(session.key).toEqual([NAMES.number(USER), 7]);
    expect(session.row!.user_id).toBe(NAMES.number(USER));
    const alert = ROWS.map(leaving).find(({ table }) => table === 'alerts')!;
    expect(alert.key[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(alert.key[0]).toBe(alert.row!.alert_id);
  });

  it('that are plain by choice are said at the start and stand on record, once', async () => {
    const store = await opened();
    const said: string[] = [];
    const config = configOf({ ...ELSEWHERE, HOLDFAST_PLAIN_IDS: 'true' });
    for (const now_ms of [1, 2]) await leavingIds(config, store, now_ms, (message) => said.push(message));
    expect(said).toEqual(Array(2).fill("Documents and topics carry Moodle's own ids, by HOLDFAST_PLAIN_IDS=true."));
    expect(await store.changes(0, 10)).toEqual([{ at_ms: 1, by: 'settings', by_user_id: null, what: 'ids', detail: said[0] }]);
  });

  it('never change in silence: what was told plain is told again first, and its keys are taken back', async () => {
    const store = await opened();
    await store.commit({ position: { source: 'publish:elasticsearch', from: null, to: '{}' } });
    const config = configOf({ ...ELSEWHERE, HOLDFAST_PSEUDONYM_KEY: KEY });
    await expect(leavingIds(config, store, 1, () => {})).rejects.toThrow(/own ids so far.*`holdfast index rebuild`/);
    const { leaving, before } = await rebuiltIds(config, store, false);
    const day = ROWS.find(({ table }) => table === 'sessions')!;
    expect(before!(day)).toEqual({ ...day, row: null });
    expect(leaving(day).key[0]).toBe(NAMES.number(USER));
    await rebuilt(config, store, false, 5);
    await expect(leavingIds(config, store, 6, () => {})).resolves.toBeDefined();
  });

  it('are written down once by processes that start together, and all of them start', async () => {
    for (const chosen of [{ HOLDFAST_PLAIN_IDS: 'true' }, { HOLDFAST_PSEUDONYM_KEY: KEY }] as Record<string, string>[]) {
      const store = await opened();
      const config = configOf({ ...ELSEWHERE, ...chosen });
      await Promise.all([1, 2, 3].map((now_ms) => leavingIds(config, store, now_ms, () => {})));
      expect((await store.changes(0, 10)).map(({ what }) => what)).toEqual(['ids']);
    }
  });

  it('are held to one form, and to one key, where processes of other settings start together', async () => {
    const plain = { HOLDFAST_PLAIN_IDS: 'true' };
    for (const [one, other] of [
      [plain, { HOLDFAST_PSEUDONYM_KEY: KEY }],
      [{ HOLDFAST_PSEUDONYM_KEY: KEY }, { HOLDFAST_PSEUDONYM_KEY: OTHER_KEY }],
    ] as Record<string, string>[][]) {
      const store = await opened();
      const starts = [one, other].map((env) => leavingIds(configOf({ ...ELSEWHERE, ...env }), store, 1, () => {}));
      expect((await Promise.allSettled(starts)).map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    }
  });

  it('are refused under another key, until a rebuild with it', async () => {
    const store = await opened();
    await leavingIds(configOf({ ...ELSEWHERE, HOLDFAST_PSEUDONYM_KEY: KEY }), store, 1, () => {});
    const other = configOf({ ...ELSEWHERE, HOLDFAST_PSEUDONYM_KEY: OTHER_KEY });
    await expect(leavingIds(other, store, 2, () => {})).rejects.toThrow(/index rebuild --new-key/);
    await expect(rebuiltIds(other, store, false)).rejects.toThrow(/--new-key/);
    await rebuiltIds(other, store, true);
    await rebuilt(other, store, true, 3);
    await leavingIds(other, store, 4, () => {});
    expect((await store.changes(2, 10)).map(({ what }) => what)).toEqual(['key']);
  });
});

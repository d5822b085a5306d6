/**
 * What the panels show, asked of a real Elasticsearch that our own indexing has filled: the worked example's numbers, and those of our
 * own tables. The queries are those of Kibana's Lens as its documents describe them; Kibana itself was not at hand.
 */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ElasticsearchSink } from '../../src/adapters/elasticsearch/elasticsearch-sink.js';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { clickDocument, clickIndices } from '../../src/app/click-sinks.js';
import { kibanaFiles } from '../../src/app/kibana-files.js';
import type { ClickRecord } from '../../src/click-ports.js';
import { Agents } from '../../src/clickstream/agents.js';
import { decodeLine } from '../../src/clickstream/decode-record.js';
import { GENERATORS, type GeneratedKind } from '../../src/clickstream/generate/generators.js';
import { clickTables } from '../../src/clickstream/tables.js';
import { documentOf, indexSpecs } from '../../src/indexing/documents.js';
import { ClickPipeline } from '../../src/pipeline/click-pipeline.js';
import { ClickPublications } from '../../src/pipeline/click-publications.js';
import { ClickPublisher } from '../../src/pipeline/click-publisher.js';
import { ClickTables } from '../../src/reading/click-tables.js';
import { TABLES } from '../../src/reading/table-infos.js';
import { HISTORY, openSite, replay } from '../journey/site.js';
import { drain, MONTHLY, publisherOf } from '../pipeline/telling.js';
import { Elasticsearch, elasticsearchMissing } from '../servers/elasticsearch.js';
import { needsServer } from '../servers/needed.js';
import { type Row, rowsOf, type Shown, searchOf } from './lens-query.js';
import { objectsOf, panelsOf } from './objects.js';

jest.setTimeout(300_000);

const T0 = 1561975200000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const EXAMPLE: Shown = { from_ms: T0, to_ms: T0 + DAY_MS, auto: '1h' };
/** Twenty minutes of the demo's clicks; the last fifteen of them are looked at. */
const CLICKS_FROM_MS = Date.UTC(2020, 2, 20, 9);
const CLICKS = 24_000;
const CLICKS_PER_S = 20;
const LAST_15_MIN: Shown = { from_ms: CLICKS_FROM_MS + 300_000, to_ms: CLICKS_FROM_MS + 1_200_000, auto: '30s' };

needsServer('the panels of the dashboards in Elasticsearch', elasticsearchMissing(), () => {
  let node: Elasticsearch;
  beforeAll(async () => {
    node = await Elasticsearch.start();
  });
  afterAll(() => node.stop());

  /** What a panel of a dashboard draws. */
  const drawn = async (dashboard: string, title: string, shown: Shown): Promise<Row[]> => {
    const objects = objectsOf(kibanaFiles().find((file) => file.dashboard.title === dashboard)!.text);
    const panel = panelsOf(objects).find((one) => one.title === title)!;
    const { index, layer, body } = searchOf(panel, objects, shown);
    await node.ask('POST', `/${index}/_refresh`);
    return rowsOf(layer, await node.ask('POST', `/${index}/_search`, body));
  };

  describe('Predictive Analytics', () => {
    /** A site of its own in the index, in place of the one before. */
    const indexed = async (files: string[], env: Record<string, string> = {}) => {
      for (const { index } of indexSpecs(TABLES)) await node.ask('DELETE', `/${index}?ignore_unavailable=true`);
      const sink = new ElasticsearchSink({ url: node.url, retry_ms_max: 30_000 }, indexSpecs(TABLES), documentOf);
      const { service, config } = await openSite({ ...env, HOLDFAST_ELASTICSEARCH: node.url });
      const publisher = publisherOf(service, sink);
      await sink.open();
      for (const file of files) {
        await replay(service, config, [file]);
        await drain(publisher);
      }
      await sink.close();
      return service;
    };
    const of = (title: string, shown: Shown) => drawn('Predictive Analytics', title, shown);

    describe('over the worked example', () => {
      beforeAll(async () => {
        // Twice, in two shapes: what is told again changes nothing.
        const service = await indexed(
          ['without-schema', 'flattened'].map((shape) => `test/fixtures/worked-example/${shape}.ndjson`),
        );
        await service.close();
      });

      it('shows 8 sessions, 87.5 s and 1.25 activities on average', async () => {
        expect(await of('Sessions count', EXAMPLE)).toEqual([{ count: 8 }]);
        expect(await of('Average session duration', EXAMPLE)).toEqual([{ average_duration_s: 87.5 }]);
        expect(await of('Average activities per session', EXAMPLE)).toEqual([{ average_activities: 1.25 }]);
      });

      it('shows three sessions in the first hour and one in each of the next five', async () => {
        expect(await of('Sessions over time', EXAMPLE)).toEqual(
          [3, 1, 1, 1, 1, 1].map((count, i) => ({ time: T0 + i * HOUR_MS, count })),
        );
      });

      it('shows what began in the time that is looked at, and nobody in risk', async () => {
        expect(await of('Sessions count', { ...EXAMPLE, from_ms: T0 + 1 })).toEqual([{ count: 5 }]);
        expect(await of('Students in risk count', EXAMPLE)).toEqual([{ unique_count_user_id: 0 }]);
        expect(await of('Students in risk over time', EXAMPLE)).toEqual([]);
      });
    });

    it('counts each student in risk once a day, and once in all, over the sample site', async () => {
      const service = await indexed([HISTORY], MONTHLY);
      const days = new Map<number, Set<number>>();
      for await (const row of service.tables.rows('in_risk')) {
        const { user_id, created_ms } = row as { user_id: number; created_ms: number };
        const day = Math.floor(created_ms / DAY_MS) * DAY_MS;
        days.set(day, (days.get(day) ?? new Set()).add(user_id));
      }
      await service.close();
      const everybody = new Set([...days.values()].flatMap((users) => [...users]));
      expect(everybody.size).toBeGreaterThan(0);
      const whole = { from_ms: 0, to_ms: Date.UTC(2030, 0), auto: '1d' };
      expect(await of('Students in risk count', whole)).toEqual([{ unique_count_user_id: everybody.size }]);
      expect(await of('Students in risk over time', whole)).toEqual(
        [...days].sort(([a], [b]) => a - b).map(([time, users]) => ({ time, unique_count_user_id: users.size })),
      );
    });
  });

  describe('Click Stream Analysis', () => {
    let tables: ClickTables;
    const texts = (kind: GeneratedKind, count: number = GENERATORS[kind].count!) =>
      [...GENERATORS[kind].generate(1, { start_ms: CLICKS_FROM_MS, rate_per_s: CLICKS_PER_S, count })].map(({ text }) => text);
    const of = (title: string) => drawn('Click Stream Analysis', title, LAST_15_MIN);

    beforeAll(async () => {
      const store = new MemoryClickStore();
      const declared = clickTables();
      const settings = { tables: declared, sinks: ['elasticsearch'], locate: () => null, describe: new Agents().describe };
      const pipeline = new ClickPipeline(store, settings, Date.now);
      await pipeline.open();
      const record = (kind: GeneratedKind) => (text: string, i: number) =>
        decodeLine(kind, text, { source: kind, position: String(i), received_ms: Date.now() }) as ClickRecord;
      const kinds = ['users', 'codes'] as const;
      for (const kind of kinds) await pipeline.process({ records: texts(kind).map(record(kind)), rejected: [], live: false });
      await pipeline.process({ records: texts('clicks', CLICKS).map(record('clicks')), rejected: [], live: false });
      const sink = new ElasticsearchSink({ url: node.url, retry_ms_max: 30_000 }, clickIndices(7 * DAY_MS), clickDocument);
      await sink.open();
      const rows = new ClickPublications(store, declared, () => CLICKS_FROM_MS);
      await drain(new ClickPublisher(store, sink, rows, { holder: 'a' }));
      await sink.close();
      tables = new ClickTables(store, declared);
    });

    /** Rows of an export whose time is looked at. */
    const exported = async (table: string, time = 'window_start_ms') => {
      const rows: Row[] = [];
      for await (const row of tables.rows(table, {})) rows.push(row as Row);
      const looked = rows.filter((row) => Number(row[time]) >= LAST_15_MIN.from_ms && Number(row[time]) <= LAST_15_MIN.to_ms);
      expect(looked.length).toBeGreaterThan(0);
      return looked.map((row) => ({ ...row, time: Math.floor(Number(row[time]) / 30_000) * 30_000 }) as Row);
    };
    /** The values of a column by those of others: `{ '7|1584694800000': [3, 5] }`. */
    const by = (rows: readonly Row[], keys: readonly string[], column: string) => {
      const groups: Record<string, number[]> = {};
      for (const row of rows) {
        const name = keys.map((key) => row[key]).join('|');
        groups[name] = [...(groups[name] ?? []), Number(row[column])];
      }
      return groups;
    };
    const each = (groups: Record<string, number[]>, fold: (values: number[]) => number) =>
      Object.fromEntries(Object.entries(groups).map(([name, values]) => [name, fold(values)]));
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    const max = (values: number[]) => Math.max(...values);
    const min = (values: number[]) => Math.min(...values);
    /** What a panel draws, in the same form. */
    const shown = (rows: readonly Row[], keys: readonly string[], column: string) => each(by(rows, keys, column), sum);

    it('shows all events of each user by the minute, each click once', async () => {
      const expected = each(by(await exported('events_per_min'), ['userid', 'time'], 'events'), sum);
      const rows = await of('All events per user');
      expect(shown(rows, ['by_userid', 'time'], 'sum_events')).toEqual(expected);
      // Nobody's clicks (−1) are a user of this table too: all clicks of 15 minutes are there.
      expect(sum(Object.values(expected))).toBe(15 * 60 * CLICKS_PER_S);
    });

    it('shows the most pages a minute of each user', async () => {
      const expected = each(by(await exported('pages_per_min'), ['userid', 'time'], 'pages'), max);
      expect(shown(await of('Page views'), ['by_userid', 'time'], 'max_pages')).toEqual(expected);
    });

    it('shows the errors a minute of each status, which are all above 400', async () => {
      const expected = each(by(await exported('errors_per_min'), ['status', 'time'], 'errors'), max);
      const rows = await of('Errors per minute');
      expect(shown(rows, ['by_status', 'time'], 'max_errors')).toEqual(expected);
      expect([...new Set(rows.map((row) => row.by_status))].sort()).toEqual([404, 405, 406, 407]);
    });

    it('shows each window of the error alert as a point of its own', async () => {
      const windows = await exported('errors_per_min_alert');
      const expected = Object.fromEntries(windows.map((row) => [`${row.status}|${row.window_start_ms}`, row.errors]));
      const rows = await of('400 error alert');
      expect(shown(rows, ['by_status', 'time'], 'max_errors')).toEqual(expected);
      expect(rows).toHaveLength(windows.length);
    });

    it('shows the clicks of user sessions where they end', async () => {
      const expected = each(by(await exported('click_user_sessions', 'window_end_ms'), ['username', 'time'], 'events'), sum);
      expect(shown(await of('User sessions'), ['by_username', 'time'], 'sum_events')).toEqual(expected);
    });

    it('shows what each code means, and how often it came', async () => {
      const expected = each(by(await exported('enriched_error_codes_count'), ['code', 'definition'], 'count'), sum);
      expect(shown(await of('Error codes with definitions'), ['by_code', 'by_definition'], 'sum_count')).toEqual(expected);
      expect(Object.keys(expected)).toContain('404|Page not found');
    });

    it('shows hits by address, user name and city, the greatest address first', async () => {
      const table = await exported('user_ip_activity');
      const rows = await of('User–IP activity');
      expect(shown(rows, ['by_ip', 'by_username', 'by_city'], 'sum_count')).toEqual(
        each(by(table, ['ip', 'username', 'city'], 'count'), sum),
      );
      const addresses = each(by(table, ['ip'], 'count'), sum);
      expect(addresses[String(rows[0]!.by_ip)]).toBe(max(Object.values(addresses)));
    });

    it('shows who drew more than 50 kbytes from an address, and in how many sessions', async () => {
      const groups = by(await exported('malicious_user_sessions', 'window_end_ms'), ['username', 'ip'], 'kbytes');
      const rows = await of('Malicious user sessions');
      expect(shown(rows, ['by_username', 'by_ip'], 'count')).toEqual(each(groups, ({ length }) => length));
      const drew = shown(rows, ['by_username', 'by_ip'], 'sum_kbytes');
      expect(Object.keys(drew).length).toBeGreaterThan(0);
      for (const [name, kbytes] of Object.entries(each(groups, sum))) expect(drew[name]).toBeCloseTo(kbytes, 6);
    });

    it('shows the least, the most and the mean of clicks a minute', async () => {
      const table = await exported('events_per_min_max_avg');
      const rows = await of('Events per minute: min, max, average');
      expect(shown(rows, ['time'], 'min_min')).toEqual(each(by(table, ['time'], 'min'), min));
      expect(shown(rows, ['time'], 'max_max')).toEqual(each(by(table, ['time'], 'max'), max));
      const mean = each(by(table, ['time'], 'avg'), (values) => sum(values) / values.length);
      for (const [time, avg] of Object.entries(shown(rows, ['time'], 'average_avg'))) expect(avg).toBeCloseTo(mean[time]!, 9);
    });
  });
});

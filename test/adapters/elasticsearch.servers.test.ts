/** The search index on a real node: what is told late does not replace what is newer, and a node that fails loses nothing. */
import { afterAll, beforeAll, beforeEach, expect, it, jest } from '@jest/globals';
import { ElasticsearchSink } from '../../src/adapters/elasticsearch/elasticsearch-sink.js';
import { documentOf, indexSpecs } from '../../src/indexing/documents.js';
import { OUTSIDE_NAMES } from '../../src/indexing/names.js';
import { rebuild } from '../../src/pipeline/rebuild.js';
import { PUBLISHED_TABLES, type Publication, type PublishedTable, SinkUnavailable } from '../../src/ports.js';
import { TABLES } from '../../src/reading/table-infos.js';
import { HISTORY, openSite, replay, TempFolder } from '../journey/site.js';
import { drain, MONTHLY, publicationsOf, publisherOf, type Rows, storedRows } from '../pipeline/telling.js';
import { Elasticsearch, elasticsearchMissing } from '../servers/elasticsearch.js';
import { needsServer } from '../servers/needed.js';

jest.setTimeout(300_000);

interface Hit {
  _id: string;
  _source: Record<string, unknown> & { holdfast: { round: number } };
}

const START_MS = Date.parse('2026-11-20T09:00:00Z');
const session = (user: number, activities: number | string): Publication => ({
  table: 'sessions',
  key: [user, START_MS],
  row: { user_id: user, start_ms: START_MS, end_ms: START_MS + 60_000, activities, duration_s: 60, closed: true },
  time_ms: START_MS,
});
const score = (value: number): Publication => ({
  table: 'scores',
  key: [43, 7, START_MS],
  row: {
    user_id: 43,
    course_id: 7,
    as_of_ms: START_MS,
    score: value,
    band: 'high',
    reasons: [{ feature: 'x', text: 'Silent for 9 days' }],
  },
  time_ms: START_MS,
});
const gone = (publication: Publication): Publication => ({ ...publication, row: null });

needsServer('a search index in Elasticsearch', elasticsearchMissing(), () => {
  let node: Elasticsearch;
  let sink: ElasticsearchSink;
  let round = 1_000;

  const sinkWith = (retry_ms_max: number) =>
    new ElasticsearchSink({ url: node.url, retry_ms_max }, indexSpecs(TABLES), documentOf);
  const hits = async (table: PublishedTable, query: unknown = { match_all: {} }) => {
    const { index } = OUTSIDE_NAMES[table];
    await node.ask('POST', `/${index}/_refresh`);
    const found = (await node.ask('POST', `/${index}/_search`, { query, size: 10_000 })) as { hits: { hits: Hit[] } };
    return found.hits.hits;
  };
  const activities = async (user: number) =>
    (await hits('sessions', { term: { user_id: user } })).map(({ _source }) => _source.activities);

  beforeAll(async () => {
    node = await Elasticsearch.prepare();
    sink = sinkWith(30_000);
    await expect(sinkWith(500).open()).rejects.toThrow(SinkUnavailable);
    await node.launch();
    await sink.open();
  });
  afterAll(async () => {
    await sink.close();
    await node.stop();
  });
  beforeEach(() => {
    round += 10;
  });

  it('a node that is down says where to look, without a password', async () => {
    const away = new ElasticsearchSink(
      { url: 'http://elastic:geheim@127.0.0.1:9', retry_ms_max: 300 },
      indexSpecs(TABLES),
      documentOf,
    );
    const error = await away.send([session(1, 1)], round).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SinkUnavailable);
    expect(String(error)).toMatch(/http:\/\/127\.0\.0\.1:9: no answer .*HOLDFAST_ELASTICSEARCH/);
    expect(String(error)).not.toContain('geheim');
    await away.close();
  });

  it('opening again changes nothing, and every table has its index from the start', async () => {
    await sink.open();
    for (const table of PUBLISHED_TABLES)
      expect(await node.ask('GET', `/${OUTSIDE_NAMES[table].index}/_count`)).toMatchObject({ count: expect.any(Number) });
    const mapping = (await node.ask('GET', '/moodle-activity-days/_mapping')) as Record<string, { mappings: object }>;
    expect(mapping['moodle-activity-days']!.mappings).toMatchObject({
      dynamic: 'false',
      properties: { day: { type: 'date' }, '@timestamp': { type: 'date' } },
    });
  });

  it('a correction that comes later wins, what an older round brings late does not', async () => {
    await sink.send([session(1, 5)], round);
    await sink.send([session(1, 6)], round + 2);
    expect(await sink.send([session(1, 5)], round + 1)).toEqual({ refused: [] });
    expect(await activities(1)).toEqual([6]);
    expect((await hits('sessions', { term: { user_id: 1 } }))[0]).toMatchObject({
      _id: `1|${START_MS}`,
      _source: { '@timestamp': '2026-11-20T09:00:00.000Z', duration_s: 60, holdfast: { round: round + 2 } },
    });
  });

  it('a row that is no more goes, and no older round brings it back', async () => {
    await sink.send([session(2, 5)], round);
    await sink.send([gone(session(2, 5)), gone(session(3, 1))], round + 2);
    await sink.send([session(2, 5)], round + 1);
    expect(await activities(2)).toEqual([]);
    await sink.send([session(2, 1), gone(session(2, 1)), session(2, 9)], round + 3);
    expect(await activities(2)).toEqual([9]);
  });

  it('a score stays as it was issued, and its sentences can be searched', async () => {
    await sink.send([score(0.8)], round);
    await sink.send([score(0.9)], round + 1);
    const found = await hits('scores', { match: { 'reasons.text': 'silent' } });
    expect(found.map(({ _source }) => _source.score)).toEqual([0.8]);
    await sink.replace([score(0.9)], round + 2);
    expect((await hits('scores')).map(({ _source }) => _source.score)).toEqual([0.9]);
  });

  it('a row that is refused does not hold up the others, and its content is not told', async () => {
    const { refused } = await sink.send([session(4, 1), session(5, 'streng geheim'), session(6, 1)], round);
    expect(refused).toEqual([{ publication: session(5, 'streng geheim'), why: expect.stringMatching(/^400 .* in activities$/) }]);
    expect(JSON.stringify(refused[0]!.why)).not.toContain('geheim');
    expect([await activities(4), await activities(5), await activities(6)]).toEqual([[1], [], [1]]);
  });

  it.each(['write', 'read_only_allow_delete'])(
    'an index that is blocked (%s) is waited for, and told when it is free',
    async (block) => {
      const settings = (on: boolean | null) => node.ask('PUT', '/moodle-sessions/_settings', { [`index.blocks.${block}`]: on });
      await settings(true);
      const quick = sinkWith(300);
      await expect(quick.send([session(7, 1)], round)).rejects.toThrow(/cluster_block_exception.*blocked/);
      const waiting = sink.send([session(7, 2)], round + 1);
      await settings(null);
      expect(await waiting).toEqual({ refused: [] });
      expect(await activities(7)).toEqual([2]);
      await quick.close();
    },
  );

  it('a node that is killed and starts again has what was confirmed, and takes the rest', async () => {
    await sink.send([session(8, 1)], round);
    await node.kill();
    const quick = sinkWith(300);
    await expect(quick.send([session(8, 2)], round + 1)).rejects.toThrow(SinkUnavailable);
    await quick.close();
    await node.launch();
    expect(await activities(8)).toEqual([1]);
    await sink.send([session(8, 2)], round + 2);
    expect(await activities(8)).toEqual([2]);
  });

  it('a site is told while it is read, and a rebuild sets right what was tampered with', async () => {
    const folder = new TempFolder();
    const { service, config } = await openSite({
      ...MONTHLY,
      HOLDFAST_ELASTICSEARCH: node.url,
      HOLDFAST_STORE: `sqlite:${folder.file('site.db')}`,
    });
    const documents = async (): Promise<Rows> => {
      const rows: Rows = {};
      for (const table of PUBLISHED_TABLES) rows[table] = await all(table);
      return rows;
    };
    const all = async (table: PublishedTable) => {
      const { columns } = TABLES.find(({ name }) => name === table)!;
      const rows: Record<string, unknown> = {};
      await node.ask('POST', `/${OUTSIDE_NAMES[table].index}/_refresh`);
      for (let after: unknown; ; ) {
        const page = (await node.ask('POST', `/${OUTSIDE_NAMES[table].index}/_search`, {
          size: 5_000,
          sort: ['_doc'],
          search_after: after,
        })) as { hits: { hits: (Hit & { sort: unknown })[] } };
        for (const { _id, _source } of page.hits.hits)
          rows[_id] = Object.fromEntries(columns.map(({ name }) => [name, _source[name]]));
        if (page.hits.hits.length === 0) return rows;
        after = page.hits.hits.at(-1)!.sort;
      }
    };
    try {
      // The tests above wrote under rounds of their own: newer than those of this store.
      await node.ask('DELETE', `/${PUBLISHED_TABLES.map((table) => OUTSIDE_NAMES[table].index).join(',')}`);
      const publisher = publisherOf(service, sink);
      await replay(service, config, [HISTORY]);
      await sink.open();
      await drain(publisher);
      await service.store.release('publish:elasticsearch', 'a');
      const stored = await storedRows(service);
      expect(await documents()).toEqual(stored);

      await node.ask('PUT', '/moodle-sessions/_doc/999%7C1', { '@timestamp': '2026-01-01T00:00:00Z', user_id: 999 });
      await node.ask('PUT', '/moodle-scores/_doc/999%7C1%7C1?version=1&version_type=external', {
        user_id: 999,
        holdfast: { round: 1 },
      });
      await node.ask('POST', `/moodle-alerts/_update/${Object.keys(stored.alerts!)[0]}`, { doc: { state: 'expired' } });
      const done = await rebuild(service.store, sink, publicationsOf(service), service.pipeline.now_ms(), { holder: 'rebuild' });
      expect(done).toMatchObject({ removed: 2, refused: [] });
      expect(await documents()).toEqual(stored);
    } finally {
      await service.close();
      folder.remove();
    }
  });
});

/** Clicks in a real search index: a document a row, each click once in a data stream, also where there are none. */
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { ElasticsearchSink } from '../../src/adapters/elasticsearch/elasticsearch-sink.js';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { clickDocument, clickIndices } from '../../src/app/click-sinks.js';
import type { JoinedClick } from '../../src/click-ports.js';
import { clickTables, EVENT_COUNTS } from '../../src/clickstream/tables.js';
import { CLICKS, ClickPublications } from '../../src/pipeline/click-publications.js';
import { ClickPublisher } from '../../src/pipeline/click-publisher.js';
import { rebuildClicks } from '../../src/pipeline/rebuild.js';
import type { Publication } from '../../src/ports.js';
import { clickAt } from '../clickstream/joined.js';
import { drain } from '../pipeline/telling.js';
import { Elasticsearch, elasticsearchMissing } from '../servers/elasticsearch.js';
import { freePort } from '../servers/java.js';
import { needsServer } from '../servers/needed.js';

jest.setTimeout(300_000);

interface Hit {
  _id: string;
  _index: string;
  _source: Record<string, unknown>;
}

const T0 = Date.parse('2020-03-20T02:05:00.000Z');
const WEEK_MS = 7 * 86_400_000;
const STREAM = 'logs-clickstream.access-default';

needsServer('clicks in Elasticsearch', elasticsearchMissing(), () => {
  let node: Elasticsearch;
  let sink: ElasticsearchSink;
  let round = 100;
  const stops: (() => Promise<void>)[] = [];

  const sinkAt = (url = node.url) => new ElasticsearchSink({ url, retry_ms_max: 30_000 }, clickIndices(WEEK_MS), clickDocument);
  const hits = async (index: string, query: unknown = { match_all: {} }) => {
    await node.ask('POST', `/${index}/_refresh`);
    const found = (await node.ask('POST', `/${index}/_search`, { query, size: 1_000 })) as { hits: { hits: Hit[] } };
    return found.hits.hits;
  };
  const told = (click: JoinedClick): Publication => ({
    table: CLICKS,
    key: [click.time_ms, click.id],
    row: { ...click },
    time_ms: click.time_ms,
  });
  const window = (pages: number): Publication => ({
    table: 'pages_per_min',
    key: [7, T0],
    row: { userid: 7, window_start_ms: T0, window_end_ms: T0 + 60_000, pages },
    time_ms: T0,
  });

  beforeAll(async () => {
    node = await Elasticsearch.start();
    sink = sinkAt();
    await sink.open();
  });
  afterAll(async () => {
    for (const stop of stops.reverse()) await stop();
    await sink.close();
    await node.stop();
  });

  it('every click table has its index from the start, names as keywords and times as dates; opening again changes nothing', async () => {
    await sink.open();
    const mapping = (await node.ask('GET', '/clickstream-*/_mapping')) as Record<string, { mappings: { properties: object } }>;
    expect(Object.keys(mapping).sort()).toEqual(
      ['events_per_min_max_avg', EVENT_COUNTS.table.name, ...clickTables().map(({ name }) => name)]
        .map((name) => `clickstream-${name}`)
        .sort(),
    );
    expect(mapping['clickstream-user_ip_activity']!.mappings.properties).toMatchObject({
      username: { type: 'keyword' },
      city: { type: 'keyword' },
      window_start_ms: { type: 'date', format: 'epoch_millis' },
      count: { type: 'long' },
    });
    expect(mapping['clickstream-per_user_kbytes']!.mappings.properties).toMatchObject({ kbytes: { type: 'double' } });
  });

  it('a window is one document, corrected by newer rounds and by no older one, and gone when it is taken back', async () => {
    await sink.send([window(2)], 10);
    await sink.send([window(5)], 12);
    await sink.send([window(3)], 11);
    expect(await hits('clickstream-pages_per_min')).toMatchObject([
      { _id: `7|${T0}`, _source: { '@timestamp': '2020-03-20T02:05:00.000Z', userid: 7, pages: 5, holdfast: { round: 12 } } },
    ]);
    await sink.send([{ ...window(5), row: null }], 13);
    expect(await hits('clickstream-pages_per_min')).toEqual([]);
  });

  it('a click is a document in the Elastic Common Schema, found by address, path, status and label', async () => {
    const click = clickAt(T0 + 52, {
      id: 'ecs',
      request: 'GET /site/login.html?next=%2F HTTP/1.1',
      status: 404,
      definition: 'Page not found',
      agent: 'Mozilla/5.0',
      browser: 'Chrome',
      os: 'Windows',
      referrer: 'https://example.test/',
      session_id: 's1',
      extra: { page_type: 'login' },
    });
    await sink.send([told(click)], round++);
    const [found] = await hits(STREAM, {
      bool: {
        filter: [
          { term: { 'source.ip': '203.0.113.0/24' } },
          { term: { 'url.path': '/site/login.html' } },
          { range: { 'http.response.status_code': { gt: 400 } } },
          { term: { 'labels.page_type': 'login' } },
        ],
      },
    });
    expect(found!._source).toEqual({
      '@timestamp': '2020-03-20T02:05:00.052Z',
      ecs: { version: '8.17.0' },
      event: { kind: 'event', category: ['web'], type: ['access'], dataset: 'clickstream.access', id: 'ecs', outcome: 'failure' },
      data_stream: { type: 'logs', dataset: 'clickstream.access', namespace: 'default' },
      url: { original: '/site/login.html?next=%2F', path: '/site/login.html', query: 'next=%2F' },
      http: {
        version: '1.1',
        request: { method: 'GET', referrer: 'https://example.test/' },
        response: { status_code: 404, body: { bytes: 2048 } },
      },
      source: { address: '203.0.113.7', ip: '203.0.113.7', geo: { city_name: 'London', country_iso_code: 'GB' } },
      user: { id: '7', name: 'ann', full_name: 'Ann Lee' },
      user_agent: { original: 'Mozilla/5.0', name: 'Chrome', os: { name: 'Windows' } },
      session: { id: 's1' },
      labels: { page_type: 'login', level: 'Gold', definition: 'Page not found' },
    });
  });

  it('a click whose address has a number above 255 is kept', async () => {
    const click = clickAt(T0, { id: 'demo', ip: '233.168.257.122', request: 'https://shop.example.test/p?id=7' });
    expect(await sink.send([told(click)], round++)).toEqual({ refused: [] });
    const [found] = await hits(STREAM, { term: { 'source.address': '233.168.257.122' } });
    expect(found!._source.url).toMatchObject({
      full: 'https://shop.example.test/p?id=7',
      domain: 'shop.example.test',
      path: '/p',
    });
  });

  it('clicks that are sent again are there once, also after the stream has rolled over', async () => {
    const clicks = Array.from({ length: 1_100 }, (_, i) => told(clickAt(T0 + i, { id: `again#${i}`, user_id: 'again' })));
    const count = async () => {
      await node.ask('POST', `/${STREAM}/_refresh`);
      return node.ask('POST', `/${STREAM}/_count`, { query: { term: { 'user.id': 'again' } } });
    };
    await sink.send(clicks, round++);
    await sink.send(clicks, round++);
    expect(await count()).toMatchObject({ count: 1_100 });
    await node.ask('POST', `/${STREAM}/_rollover`);
    const restarted = sinkAt();
    await restarted.open();
    expect(await restarted.send(clicks, round++)).toEqual({ refused: [] });
    await restarted.close();
    expect(await count()).toMatchObject({ count: 1_100 });
  });

  it('the template comes before Elastic’s own for logs', async () => {
    const { index_templates } = (await node.ask('GET', '/_index_template/holdfast-logs-*')) as {
      index_templates: { index_template: { priority: number; index_patterns: string[]; data_stream: object } }[];
    };
    expect(index_templates).toMatchObject([{ index_template: { index_patterns: [STREAM], data_stream: {} } }]);
    expect(index_templates[0]!.index_template.priority).toBeGreaterThan(100);
  });

  it('where the server has no data streams, clicks go into an index a day', async () => {
    const old = await withoutDataStreams(node.url);
    const dated = sinkAt(old.url);
    stops.push(
      async () => void old.server.close(),
      () => dated.close(),
    );
    await dated.open();
    const clicks = [clickAt(T0, { id: 'day 1' }), clickAt(T0 + 86_400_000, { id: 'day 2' })].map(told);
    await dated.send(clicks, round++);
    await dated.send(clicks, round++);
    const found = await hits('clickstream-access-*');
    expect(found.map(({ _index }) => _index).sort()).toEqual(['clickstream-access-2020.03.20', 'clickstream-access-2020.03.21']);
    const mapping = await node.ask('GET', '/clickstream-access-2020.03.20/_mapping/field/source.ip');
    expect(JSON.stringify(mapping)).toContain('"type":"ip"');
  });

  it('a rebuild sets right what was tampered with, and leaves each click once', async () => {
    const store = new MemoryClickStore();
    const rows = new ClickPublications(store, clickTables(), () => T0);
    const clicks = [1, 2, 3].map((i) => clickAt(T0 + i, { id: `rebuilt#${i}`, user_id: 'rebuilt' }));
    const upserts = [{ key: ['purchase'], start: 0, end: 0, values: [3] }];
    await store.commit({ clicks, windows: [{ table: EVENT_COUNTS.table, deletes: [], upserts }], sinks: ['elasticsearch'] });
    await drain(new ClickPublisher(store, sink, rows, { holder: 'a' }));
    await store.release('publish-clicks:elasticsearch', 'a');
    await node.ask('PUT', '/clickstream-event_counts/_doc/stray', { event_name: 'stray', count: 1 });
    await node.ask('POST', '/clickstream-event_counts/_update/purchase', { doc: { count: 99 } });
    const done = await rebuildClicks(store, sink, rows, { holder: 'rebuild' });
    expect(done).toMatchObject({ removed: 1, refused: [] });
    expect((await hits('clickstream-event_counts')).map(({ _id, _source }) => [_id, _source.count])).toEqual([['purchase', 3]]);
    expect(await hits(STREAM, { term: { 'user.id': 'rebuilt' } })).toHaveLength(3);
  });
});

/** The same node as one of before data streams: it refuses a template that has the word. */
async function withoutDataStreams(url: string): Promise<{ url: string; server: Server }> {
  const port = await freePort();
  const server = createServer((request, response) => {
    const pass = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      if (request.url!.startsWith('/_index_template/') && body.includes('"data_stream":{}')) {
        response.writeHead(400, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch' });
        response.end('{"error":{"type":"x_content_parse_exception","reason":"unknown field [data_stream]"},"status":400}');
        return;
      }
      const headers = Object.entries(request.headers).filter(
        ([name]) => !['host', 'connection', 'content-length'].includes(name),
      );
      const answer = await fetch(url + request.url, {
        method: request.method,
        headers: Object.fromEntries(headers) as Record<string, string>,
        body: body.length > 0 ? body : undefined,
      });
      const kept = [...answer.headers].filter(
        ([name]) => !['content-encoding', 'content-length', 'transfer-encoding'].includes(name),
      );
      response.writeHead(answer.status, Object.fromEntries(kept));
      response.end(Buffer.from(await answer.arrayBuffer()));
    };
    void pass();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${port}`, server };
}

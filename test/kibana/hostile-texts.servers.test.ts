/** Hostile user names, addresses and agents in a real search index: documents and the panels' queries give back the same texts. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { ElasticsearchSink } from '../../src/adapters/elasticsearch/elasticsearch-sink.js';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { clickDocument, clickIndices } from '../../src/app/click-sinks.js';
import { kibanaFiles } from '../../src/app/kibana-files.js';
import { Agents } from '../../src/clickstream/agents.js';
import { clickTables } from '../../src/clickstream/tables.js';
import { clickStreamSpec } from '../../src/indexing/click-stream.js';
import { ClickPipeline } from '../../src/pipeline/click-pipeline.js';
import { CLICKS, ClickPublications } from '../../src/pipeline/click-publications.js';
import { ClickPublisher } from '../../src/pipeline/click-publisher.js';
import { HOSTILE_TEXTS, mendedOf } from '../fixtures/hostile-texts.js';
import { HOSTILE_FROM_MS, hostileClicks } from '../journey/hostile-clicks.js';
import { drain } from '../pipeline/telling.js';
import { Elasticsearch, elasticsearchMissing } from '../servers/elasticsearch.js';
import { needsServer } from '../servers/needed.js';
import { rowsOf, searchOf } from './lens-query.js';
import { objectsOf, panelsOf } from './objects.js';

jest.setTimeout(300_000);

const KEPT_MS = 3650 * 86_400_000;
const SHOWN = { from_ms: HOSTILE_FROM_MS - 600_000, to_ms: HOSTILE_FROM_MS + 600_000, auto: '30s' };
/** Two of the texts differ in a control alone, and are one then. */
const mended = [...new Set(HOSTILE_TEXTS.map(mendedOf))].sort();

interface Document {
  user: { name: string; full_name: string };
  url: { original: string };
  user_agent: { original: string };
  http: { request: { referrer: string } };
}

needsServer('hostile texts in Elasticsearch', elasticsearchMissing(), () => {
  let node: Elasticsearch;
  beforeAll(async () => {
    node = await Elasticsearch.start();
    const store = new MemoryClickStore();
    const tables = clickTables();
    const settings = { tables, sinks: ['elasticsearch'], locate: () => null, describe: new Agents().describe };
    const pipeline = new ClickPipeline(store, settings, Date.now);
    await pipeline.open();
    await hostileClicks(pipeline);
    const sink = new ElasticsearchSink({ url: node.url, retry_ms_max: 30_000 }, clickIndices(KEPT_MS), clickDocument);
    await sink.open();
    await drain(new ClickPublisher(store, sink, new ClickPublications(store, tables, () => HOSTILE_FROM_MS), { holder: 'a' }));
    await sink.close();
  });
  afterAll(() => node.stop());

  const found = async (index: string, query: object) => {
    await node.ask('POST', `/${index}/_refresh`);
    const { hits } = (await node.ask('POST', `/${index}/_search`, { query, size: 1_000 })) as {
      hits: { hits: { _source: Document }[] };
    };
    return hits.hits.map(({ _source }) => _source);
  };

  it('are in the documents as they came, and each is found by asking for exactly it', async () => {
    const { index } = clickStreamSpec(CLICKS, KEPT_MS);
    const documents = await found(index, { match_all: {} });
    const texts = (read: (document: Document) => string) => [...new Set(documents.map(read))].sort();
    expect(texts(({ user }) => user.name)).toEqual(mended);
    expect(texts(({ user_agent }) => user_agent.original)).toEqual(mended);
    expect(texts(({ http }) => http.request.referrer)).toEqual(mended);
    expect(texts(({ url }) => url.original)).toEqual(mended.map((text) => `/${text}`).sort());
    for (const text of mended) {
      const asked = await found(index, { term: { 'user.name': text } });
      expect([text, [...new Set(asked.map(({ user }) => user.name))]]).toEqual([text, [text]]);
    }
  });

  it.each([
    ['User sessions', 'by_username'],
    ['User–IP activity', 'by_username'],
    ['Malicious user sessions', 'by_username'],
  ])('come back in the panel %s as the same texts', async (title, column) => {
    const objects = objectsOf(kibanaFiles().find((file) => file.dashboard.title === 'Click Stream Analysis')!.text);
    const panel = panelsOf(objects).find((one) => one.title === title)!;
    const { index, layer, body } = searchOf(panel, objects, SHOWN);
    await node.ask('POST', `/${index}/_refresh`);
    const shown = [...new Set(rowsOf(layer, await node.ask('POST', `/${index}/_search`, body)).map((row) => row[column]))];
    expect(shown.length).toBeGreaterThan(4);
    expect(shown.filter((text) => !mended.includes(String(text)))).toEqual([]);
  });
});

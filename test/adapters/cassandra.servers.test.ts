/** Clicks by user on a real Cassandra node: all of them, once, whatever fails on the way. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import cassandra, { type Client } from 'cassandra-driver';
import { CassandraSink } from '../../src/adapters/cassandra/cassandra-sink.js';
import type { JoinedClick } from '../../src/click-ports.js';
import { userClick } from '../../src/clickstream/user-click.js';
import { CLICKS, clickOf } from '../../src/pipeline/click-publications.js';
import { type Publication, SinkUnavailable } from '../../src/ports.js';
import { clickAt } from '../clickstream/joined.js';
import { LONG } from '../journey/site.js';
import { Cassandra, cassandraMissing } from '../servers/cassandra.js';
import { needsServer } from '../servers/needed.js';

jest.setTimeout(300_000);

const TIME_MS = Date.parse('2019-10-21T08:03:42.000Z');
const told = (click: JoinedClick): Publication => ({
  table: CLICKS,
  key: [click.time_ms, click.id],
  row: { ...click },
  time_ms: click.time_ms,
});
const click = (id: string, changes: Partial<JoinedClick> = {}) => told(clickAt(TIME_MS, { id, user_id: 'u7', ...changes }));

needsServer('clicks by user in Cassandra', cassandraMissing(), () => {
  let node: Cassandra;
  let sink: CassandraSink;
  let client: Client;

  const sinkWith = (retry_ms_max: number, url = node.url) =>
    new CassandraSink({ url, retry_ms_max }, [CLICKS], (publication) => userClick(clickOf(publication)));
  const rowsOf = async (user: string) =>
    (await client.execute('SELECT * FROM ms.clickstream WHERE user_id = ?', [user], { prepare: true })).rows;

  beforeAll(async () => {
    node = await Cassandra.prepare();
    await expect(sinkWith(300).open()).rejects.toThrow(SinkUnavailable);
    await node.launch();
    sink = sinkWith(30_000);
    await sink.open();
    client = new cassandra.Client({ contactPoints: [`127.0.0.1:${node.port}`], localDataCenter: 'datacenter1' });
    await client.connect();
  });
  afterAll(async () => {
    await sink.close();
    await client.shutdown();
    await node.stop();
  });

  it('two clicks of one user in one second both stay', async () => {
    await sink.send([click('a', { request: 'https://example.test/1' }), click('b', { request: 'https://example.test/2' })]);
    expect((await rowsOf('u7')).map((row) => row.get('current_url') as string)).toEqual([
      'https://example.test/1',
      'https://example.test/2',
    ]);
  });

  it('a click that is sent again is there once', async () => {
    await sink.send([click('again', { user_id: 'u8' })]);
    await sink.send([click('again', { user_id: 'u8' })]);
    await sink.open();
    expect(await rowsOf('u8')).toHaveLength(1);
  });

  it('a row has the columns of the record, and what a web server adds', async () => {
    const extra = { partner_name: 'Bank', page_type: 'product', init_session: true, language: 'en' };
    await sink.send([
      click('x', {
        user_id: 9,
        session_id: 's1',
        extra,
        request: 'GET /index.html?q=1 HTTP/1.1',
        status: 404,
        bytes: 2 ** 40,
        ip: '203.0.113.7',
        agent: 'Mozilla/5.0',
        city: 'Singapore',
        referrer: 'https://example.test/',
      }),
    ]);
    const [row] = await rowsOf('9');
    expect({ ...row, bytes: Number(row!.bytes) }).toEqual({
      user_id: '9',
      date: new Date(TIME_MS),
      event_id: 'x',
      session_id: 's1',
      partner_name: 'Bank',
      page_type: 'product',
      init_session: 'true',
      user_agent: 'Mozilla/5.0',
      city: 'Singapore',
      current_url: '/index.html?q=1',
      referrer: 'https://example.test/',
      language: 'en',
      ip: '203.0.113.7',
      status: 404,
      bytes: 2 ** 40,
    });
  });

  it('a click of nobody is left out, and holds up no others', async () => {
    expect(await sink.send([click('n', { user_id: null }), click('m', { user_id: 'u10' })])).toEqual({ refused: [] });
    expect(await rowsOf('u10')).toHaveLength(1);
  });

  it('a node that hangs is waited for, said where to look, and written to when it is back', async () => {
    const hanging = Array.from({ length: 300 }, (_, i) => click(`h${i}`, { user_id: 'u11' }));
    node.signal('SIGSTOP');
    const sending = sink.send(hanging);
    const quick = sinkWith(300);
    const error = await quick.send(hanging).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(SinkUnavailable);
    expect(String(error)).toMatch(/Cassandra at 127\.0\.0\.1:\d+: no answer.*HOLDFAST_CASSANDRA/);
    node.signal('SIGCONT');
    expect(await sending).toEqual({ refused: [] });
    expect(await rowsOf('u11')).toHaveLength(300);
    await quick.close();
  });

  it('a data centre that is none is named as the thing to mend, and no password is shown', async () => {
    const url = node.url.replace('//', '//holdfast:geheim@').replace('datacenter1', 'north');
    const elsewhere = sinkWith(300, url);
    const error = String(await elsewhere.open().catch((thrown: unknown) => thrown));
    expect(error).toMatch(/no such data centre, only datacenter1\. Set \?datacenter= in HOLDFAST_CASSANDRA/);
    expect(error).not.toContain('geheim');
    await elsewhere.close();
  });

  it('a table of that name that is another one is not written to', async () => {
    const other = sinkWith(300);
    await client.execute('ALTER TABLE ms.clickstream DROP language');
    await expect(other.open()).rejects.toThrow(/it has no language\. Rename or drop it/);
    await client.execute('ALTER TABLE ms.clickstream ADD language text');
    await other.close();
  });

  (LONG ? it : it.skip)('HOLDFAST_LONG=1: a node that is killed and starts again has what was confirmed', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) => click(`k${i}`, { user_id: `k${i % 7}` }));
    await sink.send(many);
    await node.kill();
    await node.launch();
    await sink.send([click('last', { user_id: 'k0' })]);
    let found = 0;
    for (let i = 0; i < 7; i++) found += (await rowsOf(`k${i}`)).length;
    expect(found).toBe(many.length + 1);
  });
});

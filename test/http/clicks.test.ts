/** What sites send by HTTP: counted when it is answered with 202, and the sender is told which records were of no use. */
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { StalePosition } from '../../src/ports.js';
import { ClickSite } from './clicks-site.js';
import { NOW_MS } from './fakes.js';

let site: ClickSite;
beforeEach(async () => {
  site = await ClickSite.start();
});
afterEach(() => site.close());

const NDJSON = { 'content-type': 'application/x-ndjson' };
const TEXT = { 'content-type': 'text/plain; charset=utf-8' };
const GZIP = { 'content-encoding': 'gzip' };

const click = (userid: number | string, more: Record<string, unknown> = {}) => ({ userid, _time: NOW_MS - 1_000, ...more });
const json = (value: unknown) => JSON.stringify(value);
const users = async () => (await site.stored()).map(({ user_id }) => user_id).sort();
const gzip = (text: string) => new Uint8Array(gzipSync(text));

describe('clicks that are sent', () => {
  it('are stored when they are answered: one object, or an array', async () => {
    const one = await site.post('clicks', json(click(1)));
    expect([one.status, one.json]).toEqual([202, { accepted: 1, refused: 0, errors: [] }]);
    expect(await users()).toEqual([1]);
    expect((await site.post('clicks', json([click(2), click(3)]))).json.accepted).toBe(2);
    expect(await users()).toEqual([1, 2, 3]);
  });

  it('may be lines, whatever ends them', async () => {
    const lines = `\ufeff${json(click(1))}\r\n\n  \n${json(click(2))}\n${json(click(3))}`;
    expect((await site.post('clicks', lines, NDJSON)).json).toEqual({ accepted: 3, refused: 0, errors: [] });
    expect(await users()).toEqual([1, 2, 3]);
  });

  it('may be log lines of a web server', async () => {
    const line = '203.0.113.7 - zoe [20/Nov/2025:09:20:00 +0000] "GET /index.html HTTP/1.1" 200 14096 "-" "Mozilla/5.0"';
    const answer = await site.post('clicks', `${line}\nnothing of the kind\n${json(click('ann'))}\n`, TEXT);
    expect(answer.json).toMatchObject({ accepted: 2, refused: 1, errors: [{ line: 2, reason: 'unknown-shape' }] });
    expect((await site.stored()).map(({ user_id, status }) => [user_id, status])).toEqual([
      ['zoe', 200],
      ['ann', null],
    ]);
  });

  it('may be compressed, in every type', async () => {
    expect((await site.post('clicks', gzip(json([click(1)])), GZIP)).status).toBe(202);
    expect((await site.post('clicks', gzip(`${json(click(2))}\n`), { ...NDJSON, ...GZIP })).status).toBe(202);
    expect((await site.post('clicks', gzip(`${json(click(3))}\n`), { ...TEXT, 'content-encoding': 'x-gzip' })).status).toBe(202);
    expect(await users()).toEqual([1, 2, 3]);
  });

  it('may come in pieces, cut anywhere', async () => {
    const bytes = new TextEncoder().encode(`${json(click('Zoë'))}\n${json(click('Ådám'))}\n`);
    const pieces = new ReadableStream({
      start(stream) {
        for (const byte of bytes) stream.enqueue(Uint8Array.of(byte));
        stream.close();
      },
    });
    expect((await site.post('clicks', pieces, NDJSON)).json.accepted).toBe(2);
    expect(await users()).toEqual(['Zoë', 'Ådám']);
  });

  it('count once with an id of their own, and as often as they are sent without', async () => {
    for (let i = 0; i < 3; i++) {
      const answer = await site.post('clicks', json([click(1, { id: 'a' }), click(2)]));
      expect(answer.json).toEqual({ accepted: 2, refused: 0, errors: [] });
    }
    expect(await users()).toEqual([1, 2, 2, 2]);
  });

  it('at once by many senders share commits', async () => {
    const release = site.store.hold();
    const first = site.post('clicks', json(click(0)));
    await until(() => site.intake.waiting === 1);
    const others = Array.from({ length: 40 }, (_, i) => site.post('clicks', json([click(i + 1), click(i + 1)])));
    await until(() => site.intake.waiting === 81);
    release();
    for (const answer of await Promise.all([first, ...others])) expect(answer.status).toBe(202);
    expect(await site.stored()).toHaveLength(81);
    expect(site.store.commits).toBe(2);
  });
});

describe('users, codes and events that are sent', () => {
  it('are joined to clicks from then on, and counted', async () => {
    expect((await site.post('users', json([{ user_id: 7, username: 'ann', level: 'Gold' }]))).status).toBe(202);
    expect((await site.post('codes', json({ code: 404, definition: 'Page not found' }))).status).toBe(202);
    const event = { date: '2025-11-20T09:00:00Z', eventName: 'purchase', productId: '4pq', userId: 'ur0' };
    expect((await site.post('events', `${json(event)}\n${json(event)}`, NDJSON)).json.accepted).toBe(2);
    await site.post('clicks', json(click(7, { status: '404' })));
    expect(await site.stored()).toMatchObject([{ username: 'ann', level: 'Gold', definition: 'Page not found' }]);
  });
});

describe('records of no use', () => {
  it('are named by line, do not hold up the others, and are kept without their content', async () => {
    const body = json([click(1), { userid: 2, _time: 'secret' }, 'secret', null, click(3), { userid: 4 }]);
    const { status, json: answer, text } = await site.post('clicks', body);
    expect(status).toBe(202);
    expect([answer.accepted, answer.refused]).toEqual([2, 4]);
    expect(answer.errors.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'bad-value'],
      [3, 'unknown-shape'],
      [4, 'unknown-shape'],
      [6, 'missing-column'],
    ]);
    expect(text).not.toContain('secret');
    expect(await users()).toEqual([1, 3]);
    const kept = await site.rejected();
    expect(kept.map(({ source, reason }) => [source, reason]).sort()).toEqual([
      ['http', 'bad-value'],
      ['http', 'missing-column'],
      ['http', 'unknown-shape'],
      ['http', 'unknown-shape'],
    ]);
    expect(json(kept)).not.toContain('secret');
  });

  it('may be no text at all', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${json(click(1))}\n{"userid":"`),
      Buffer.from([0xff, 0xfe, 0x00, 0xc3]),
      Buffer.from(`"}\n${json(click(2))}\n`),
    ]);
    const { status, json: answer } = await site.post('clicks', new Uint8Array(bytes), NDJSON);
    expect([status, answer.accepted, answer.errors]).toEqual([
      202,
      2,
      [{ line: 2, reason: 'not-utf8', detail: 'the line is not UTF-8' }],
    ]);
  });

  it('from tomorrow are refused, and the sender is told', async () => {
    const { json: answer } = await site.post('clicks', json([click(1), { userid: 2, _time: NOW_MS + 2 * 86_400_000 }]));
    expect(answer).toMatchObject({ accepted: 1, refused: 1, errors: [{ line: 2, reason: 'future' }] });
  });

  it('are told up to a hundred, and all of them counted', async () => {
    const lines = `${json(click(1))}\n${'nonsense\n'.repeat(250)}`;
    const { json: answer } = await site.post('clicks', lines, NDJSON);
    expect([answer.accepted, answer.refused, answer.errors.length, answer.errors.at(-1)!.line]).toEqual([1, 250, 100, 101]);
  });

  it.each([
    ['broken JSON', '{"userid":1', {}, '/0', 'not-json'],
    ['JSON of another kind', '5', {}, '/0', 'unknown-shape'],
    ['records that are all of no use', '[{},{}]', {}, '/1', 'missing-column'],
    ['lines that are all of no use', '\nnonsense', NDJSON, '/1', 'not-json'],
  ])('alone are a problem: %s', async (_, body, headers, pointer, rule) => {
    const { status, type, json: answer } = await site.post('clicks', body, headers);
    expect([status, type]).toEqual([400, 'application/problem+json']);
    expect(answer.errors.at(-1)).toMatchObject({ pointer, rule });
    expect(await site.rejected()).toHaveLength(answer.refused);
  });

  it.each([
    ['[]', {}],
    ['\n\n', NDJSON],
  ])('there may be none, nor any other record: %p', async (body, headers) => {
    const { status, json: answer } = await site.post('clicks', body, headers);
    expect([status, answer.detail]).toEqual([400, 'The body holds no record.']);
  });
});

describe('a process that does not count clicks', () => {
  it('says so, and when to ask again', async () => {
    const elsewhere = await ClickSite.start({}, () => null);
    const answer = await elsewhere.post('clicks', json(click(1)));
    expect([answer.status, answer.retry, answer.type]).toEqual([503, '30', 'application/problem+json']);
    await elsewhere.close();
  });

  it('says so too when another one took over in this very moment', async () => {
    const taken_over = () => Promise.reject(new StalePosition('another process counts'));
    const standing_by = await ClickSite.start({}, () => ({ take: taken_over }));
    const answer = await standing_by.post('clicks', json(click(1)));
    expect([answer.status, answer.retry]).toEqual([503, '30']);
    expect(standing_by.parts.log.entries).toEqual([]);
    await standing_by.close();
  });
});

/** Looks again and again, after whatever else is to be done. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

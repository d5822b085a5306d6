/** Senders of clicks who send too much, or the wrong thing: they are told, and nothing of it counts. */
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { InHand, RECORDS_MAX } from '../../src/http/click-reader.js';
import { ClickSite } from './clicks-site.js';
import { NOW_MS } from './fakes.js';

const NDJSON = { 'content-type': 'application/x-ndjson' };
const GZIP = { 'content-encoding': 'gzip' };
const MEBIBYTE = 1_048_576;
/** Cheaper to store than a click. */
const CODE = JSON.stringify({ code: 404, definition: 'Page not found' });
const CLICK = JSON.stringify({ userid: 1, _time: NOW_MS });

let site: ClickSite;
beforeAll(async () => {
  site = await ClickSite.start();
});
afterAll(() => site.close());

async function expectProblem(answer: Awaited<ReturnType<ClickSite['post']>>, status: number, detail: string): Promise<void> {
  expect([answer.status, answer.type]).toEqual([status, 'application/problem+json']);
  expect(answer.json.detail).toContain(detail);
}

/** Works on while others do. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

describe('too much', () => {
  it('in one line costs that line only, though it is 10 MB', async () => {
    const body = `${CLICK}\n{"a":"${'x'.repeat(10 * MEBIBYTE - 200)}"}\n${CLICK}\n`;
    const { status, json } = await site.post('clicks', body, NDJSON);
    expect([status, json.accepted, json.errors]).toEqual([
      202,
      2,
      [{ line: 2, reason: 'too-long', detail: 'the line is longer than 65536 bytes' }],
    ]);
  });

  it('in one body is refused, told before or met on the way, and nothing of it counts', async () => {
    const before = (await site.stored()).length;
    const large = `${CLICK}\n`.repeat((10 * MEBIBYTE) / 4 / (CLICK.length + 1));
    await expectProblem(await site.post('clicks', large.repeat(5), NDJSON), 413, 'larger than 10 MiB');
    await expectProblem(await site.post('clicks', `[${large.repeat(5)}]`), 413, 'larger than 10 MiB');
    const blanks = new TextEncoder().encode(' '.repeat(MEBIBYTE));
    // Not without an end: a fetch that is answered early reads the rest of its own body, in a loop that lets nothing else run.
    const streamed = () => ReadableStream.from(Array<Uint8Array>(64).fill(blanks));
    await expectProblem(await site.post('clicks', streamed(), NDJSON), 413, 'larger than 10 MiB');
    await expectProblem(await site.post('clicks', streamed()), 413, 'larger than');
    expect(await site.stored()).toHaveLength(before);
  });

  it('packed into little is not unpacked', async () => {
    const bomb = new Uint8Array(gzipSync(`${'x'.repeat(60_000)}\n`.repeat(1_500)));
    const before_bytes = process.memoryUsage().rss;
    await expectProblem(await site.post('clicks', bomb, { ...NDJSON, ...GZIP }), 413, 'larger than 64 MiB when it is inflated');
    await expectProblem(await site.post('clicks', bomb, GZIP), 413, 'larger than 10 MiB when it is inflated');
    expect(process.memoryUsage().rss - before_bytes).toBeLessThan(150 * MEBIBYTE);
  });

  it('in number is refused; as many as may be are stored together', async () => {
    const commits = site.store.commits;
    const many = `${CODE}\n`.repeat(RECORDS_MAX);
    await expectProblem(await site.post('codes', `${many}${CODE}\n`, NDJSON), 413, 'more than 50000 records');
    const array = `[${`${CODE},`.repeat(RECORDS_MAX)}${CODE}]`;
    await expectProblem(await site.post('codes', array), 413, 'more than 50000 records');
    expect((await site.post('codes', many, NDJSON)).json.accepted).toBe(RECORDS_MAX);
    expect(site.store.commits).toBe(commits + 1);
  });

  it('at once is sent away with a time to come again, and what was taken is stored', async () => {
    const before = (await site.stored()).length;
    const release = site.store.hold();
    const first = site.post('codes', `${CODE}\n`.repeat(30_000), NDJSON);
    await until(() => site.intake.waiting === 30_000);
    const second = await site.post('codes', `${CODE}\n`.repeat(30_000), NDJSON);
    await expectProblem(second, 503, 'send again');
    expect(second.retry).toBe('1');
    const third = site.post('clicks', CLICK);
    await until(() => site.intake.waiting === 30_001);
    release();
    expect([(await first).json.accepted, (await third).json.accepted]).toEqual([30_000, 1]);
    expect(await site.stored()).toHaveLength(before + 1);
  });

  it('in the memory of all requests together is sent away too', () => {
    const hand = new InHand(10_000);
    const one = hand.open();
    const other = hand.open();
    one.weigh(6_000, 0);
    expect(() => other.weigh(3_000, 2)).toThrow('Too much is being sent at once');
    one.weigh(8_000, 0);
    one.release();
    expect(() => other.weigh(3_000, 2)).not.toThrow();
  });
});

describe('the wrong thing', () => {
  it.each([
    ['clicks', 'application/xml'],
    ['clicks', 'multipart/form-data; boundary=x'],
    ['clicks', 'nonsense'],
    ['events', 'text/plain'],
    ['users', 'text/csv'],
    ['predictions/score', 'application/x-ndjson'],
    ['predictions/score', 'text/plain'],
  ])('to %s of the type %s is refused', async (route, type) => {
    await expectProblem(await site.post(route, CLICK, { 'content-type': type }), 415, 'Send the body as application/json');
  });

  it('in another packing is refused', async () => {
    await expectProblem(await site.post('clicks', CLICK, { 'content-encoding': 'br' }), 415, 'gzip');
    await expectProblem(await site.post('clicks', CLICK, { 'content-encoding': 'gzip, gzip' }), 415, 'gzip');
  });

  it('said to be gzip, or cut short, is refused as a whole', async () => {
    const before = (await site.stored()).length;
    const packed = new Uint8Array(gzipSync(`${CLICK}\n`.repeat(5_000)));
    await expectProblem(await site.post('clicks', CLICK, GZIP), 400, 'not valid gzip');
    await expectProblem(await site.post('clicks', packed.slice(0, -20), { ...NDJSON, ...GZIP }), 400, 'not valid gzip');
    await expectProblem(await site.post('clicks', packed.slice(0, 40), GZIP), 400, 'not valid gzip');
    expect(await site.stored()).toHaveLength(before);
  });

  it('from the page of another site is refused', async () => {
    const answer = await site.post('clicks', CLICK, { origin: 'https://evil.example' });
    await expectProblem(answer, 403, 'another site');
  });

  it('where there is nothing, or of another method, is answered as anywhere', async () => {
    await expectProblem(await site.post('clicks/5', CLICK, NDJSON), 404, 'There is no');
    expect((await fetch(`${site.address}/api/v1/clicks`)).status).toBe(405);
  });
});

/** Alerts as signed requests, received by a real HTTP server. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { WebhookSink } from '../../src/adapters/webhook/webhook-sink.js';
import { type Publication, SinkUnavailable } from '../../src/ports.js';

const NOW_MS = Date.UTC(2025, 10, 20, 9, 30);
const SECRET = 'a long secret of this test';
const received: { headers: IncomingHttpHeaders; body: string }[] = [];
/** Answers in their order; 204 when there are no more. */
let answers: number[] = [];
let server: Server;
/** What the store has kept of it. */
let kept: string | null;
let url: string;

beforeEach(async () => {
  received.length = 0;
  answers = [];
  kept = null;
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
      response.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

const memory = {
  read: async () => kept,
  keep: async (_: string | null, to: string) => {
    kept = to;
  },
};
const sink = (studies = true) =>
  new WebhookSink({
    url,
    secret: SECRET,
    site: 'moodle',
    studies: async () => studies,
    memory,
    clock: () => NOW_MS,
    pause_ms: 1,
    spacing_ms: 0,
  });

function alert(state = 'open', alert_id = '0123456789abcdef'): Publication {
  const row = { alert_id, user_id: 4711, course_id: 3, state, opened_ms: NOW_MS, score: 0.83125 };
  return { table: 'alerts', key: [alert_id], row, time_ms: NOW_MS };
}

describe('the webhook', () => {
  it('is signed over time and body, and says which alert it is but not whose', async () => {
    expect(await sink().send([alert()])).toEqual({ refused: [] });
    const [{ headers, body }] = received as [(typeof received)[0]];
    const timestamp = String(NOW_MS / 1000);
    expect(headers['holdfast-timestamp']).toBe(timestamp);
    const expected = createHmac('sha256', SECRET).update(`${timestamp}.${body}`).digest('hex');
    expect(headers['holdfast-signature']).toBe(`sha256=${expected}`);
    expect(JSON.parse(body)).toMatchObject({ alert_id: '0123456789abcdef', course_id: 3, type: 'alert.opened' });
    expect(body).not.toMatch(/4711|0\.83/);
  });

  it('tells an open alert once, after a restart too, though each scoring writes it again', async () => {
    await sink().send([alert()]);
    for (let restart = 0; restart < 3; restart++) await sink().send([alert(), alert('acknowledged')]);
    await sink().send([alert('resolved')]);
    expect(received.map(({ body }) => JSON.parse(body).type)).toEqual(['alert.opened', 'alert.closed']);
    expect(kept).toBe('[]');

    await sink().send([alert('open', 'fedcba9876543210')]);
    await sink().send([{ ...alert('open', 'fedcba9876543210'), row: null }]);
    expect(kept).toBe('[]');
  });

  it('is repeated with the same id after a crash, and news has another', async () => {
    const told = sink();
    await told.send([alert()]);
    // The request was sent, and the process ended before that was kept.
    kept = null;
    await sink().send([alert()]);
    await told.send([alert('resolved')]);
    expect(received).toHaveLength(3);
    const [first, again, news] = received.map(({ headers }) => headers['holdfast-id']);
    expect(again).toBe(first);
    expect(news).not.toBe(first);
  });

  it('is tried again after an answer that means not now', async () => {
    answers = [503, 429];
    expect(await sink().send([alert()])).toEqual({ refused: [] });
    expect(received).toHaveLength(3);
  });

  it('waits, and confirms nothing, when the receiver stays away', async () => {
    answers = [503, 503, 503];
    await expect(sink().send([alert()])).rejects.toThrow(SinkUnavailable);
  });

  it('goes on with the next when one is refused for good', async () => {
    answers = [422];
    const { refused } = await sink().send([alert(), alert('open', 'fedcba9876543210')]);
    expect(refused.map(({ why }) => why)).toEqual(['it answered 422']);
    expect(received).toHaveLength(2);
  });

  it('is not asked faster than ten times a second, whatever opens at once', async () => {
    const many = [1, 2, 3, 4].map((n) => alert('open', `000000000000000${n}`));
    // Each request takes 30 ms of this timer, and nothing else takes any.
    let now_ms = 0;
    const waited_ms: number[] = [];
    const timer = {
      now_ms: () => now_ms,
      sleep: async (ms: number) => {
        waited_ms.push(ms);
        now_ms += ms;
      },
    };
    const studies = async () => {
      now_ms += 30;
      return true;
    };
    await new WebhookSink({ url, secret: SECRET, site: 'moodle', studies, memory, timer }).send(many);
    expect(received).toHaveLength(many.length);
    expect(waited_ms).toEqual([70, 70, 70]);
  });

  it('says nothing about a student who left', async () => {
    await sink(false).send([alert()]);
    expect(received).toEqual([]);
  });
});

/** Senders of clicks who begin and do not go on: they are cut off after a while, leave nothing behind, and nobody else notices. */
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ClickSite } from './clicks-site.js';
import { NOW_MS } from './fakes.js';

/** Instead of half a minute. */
const TIMEOUT_MS = 1_500;
const CLICK = JSON.stringify({ userid: 1, _time: NOW_MS });
const NDJSON = { 'content-type': 'application/x-ndjson' };

let site: ClickSite;
beforeEach(async () => {
  site = await ClickSite.start({ request_timeout_ms: TIMEOUT_MS });
});
afterEach(() => site.close());

const reached = () => once(site.http.app.getHttpServer(), 'request');

function begun(type: string): string {
  const { host } = new URL(site.address);
  return `POST /api/v1/clicks HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}\r\nContent-Length: 5000\r\n\r\n${CLICK}\n`;
}

describe('a sender who does not go on', () => {
  it.each(['application/json', 'application/x-ndjson'])(
    'in the middle of %s is cut off, while others are served',
    async (type) => {
      const stalled = site.raw(begun(type));
      expect((await site.post('clicks', CLICK)).status).toBe(202);
      expect(await stalled).toMatch(/^HTTP\/1\.1 408 /);
      expect(await site.stored()).toHaveLength(1);
      expect(site.parts.log.entries).toEqual([]);
    },
  );

  it('because he is gone leaves nothing behind', async () => {
    const abort = new AbortController();
    const body = new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode(`${CLICK}\n`)) });
    const arrived = reached();
    const options = { method: 'POST', body, headers: NDJSON, duplex: 'half', signal: abort.signal } as const;
    const sent = fetch(`${site.address}/api/v1/clicks`, options);
    await arrived;
    abort.abort();
    await expect(sent).rejects.toThrow();
    expect((await site.post('clicks', CLICK)).status).toBe(202);
    expect(await site.stored()).toHaveLength(1);
    expect(site.parts.log.entries).toEqual([]);
  });
});

describe('stopping', () => {
  it('does not wait for ever for a sender who does not go on', async () => {
    const patient = await ClickSite.start();
    const arrived = once(patient.http.app.getHttpServer(), 'request');
    const cut_off = patient.raw(begun('application/x-ndjson').replace(/Host: .*?\r/, `Host: ${new URL(patient.address).host}\r`));
    cut_off.catch(() => undefined);
    await arrived;
    const before_ms = performance.now();
    await patient.close();
    expect(performance.now() - before_ms).toBeLessThan(15_000);
  });
});

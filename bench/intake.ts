/**
 * Clicks sent to a running service, by HTTP and by UDP, into all click tables and onto the disk: how many a second without loss, and
 * what becomes of those above it.
 *
 *     npm run bench -- intake [SECONDS]      5 s for each rate unless told otherwise
 *
 * The service is a process of its own on the same machine as the sender, which takes its part of the two cores.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { GENERATORS } from '../src/clickstream/generate/generators.js';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const UDP_PORT = 20_514;
const UDP_RATES = [1_000, 2_000, 5_000, 10_000, 20_000, 40_000];
/** As a log shipper sends them. */
const LINES_A_REQUEST = 1_000;
const SENDERS = 4;
/** A sender's own timer: datagrams leave in bursts of this length. */
const BURST_MS = 10;
/** What the service still has in hand is counted by then. */
const SETTLE_MS = 3_000;
const FIGURES = {
  counted: 'holdfast_clicks_records_total{kind="click"}',
  dropped: 'holdfast_clicks_udp_datagrams_total{outcome="dropped"}',
  kernel: 'holdfast_clicks_udp_kernel_dropped_datagrams',
};
type Figures = Record<keyof typeof FIGURES, number>;

async function started(store: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const env = { ...process.env, HOLDFAST_STORE: `sqlite:${store}`, HOLDFAST_UDP: String(UDP_PORT), HOLDFAST_LOG_LEVEL: 'silent' };
  const child = spawn(process.execPath, [CLI, 'serve', '--listen', '127.0.0.1:0'], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let said = '';
  for await (const part of child.stderr) {
    said += String(part);
    const url = /Holdfast is at (http:\S+)/.exec(said)?.[1];
    if (url === undefined) continue;
    const stop = async () => {
      child.kill('SIGTERM');
      await ended;
    };
    return { url, stop };
  }
  throw new Error(`the service did not start: ${said}`);
}

async function figures(url: string): Promise<Figures> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  const of = (name: string) => Number(lines.find((line) => line.startsWith(`${name} `))?.split(' ')[1] ?? 0);
  return { counted: of(FIGURES.counted), dropped: of(FIGURES.dropped), kernel: of(FIGURES.kernel) };
}

function texts(count: number): string[] {
  const generated = GENERATORS.clicks.generate(1, { start_ms: Date.now() - 3_600_000, rate_per_s: 100, count });
  return Array.from(generated, ({ text }) => text);
}

/** As fast as the service answers, from several senders at once. */
async function byHttp(url: string, seconds: number): Promise<void> {
  const bodies = Array.from({ length: 20 }, () => texts(LINES_A_REQUEST).join('\n'));
  const until = performance.now() + seconds * 1000;
  let accepted = 0;
  let busy = 0;
  const begun = performance.now();
  const sender = async (first: number) => {
    for (let i = first; performance.now() < until; i++) {
      const headers = { 'content-type': 'application/x-ndjson' };
      const answer = await fetch(`${url}/api/v1/clicks`, { method: 'POST', headers, body: bodies[i % bodies.length]! });
      const body = (await answer.json()) as { accepted?: number };
      if (answer.status === 202) accepted += body.accepted!;
      else busy++;
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, (_, i) => sender(i * 5)));
  const rate = accepted / ((performance.now() - begun) / 1000);
  const { counted } = await figures(url);
  console.log(
    `http, ${SENDERS} senders of ${LINES_A_REQUEST} lines: ${Math.round(rate)} clicks/s stored and answered 202, ` +
      `${busy} requests asked to come again, ${counted === accepted ? 'each accepted click counted' : `${accepted} accepted, ${counted} counted`}`,
  );
}

async function byUdp(url: string, rate: number, seconds: number): Promise<void> {
  const datagrams = texts(Math.min(rate, 10_000)).map((text) => Buffer.from(text));
  const socket = createSocket('udp4');
  const before = await figures(url);
  const begun = performance.now();
  let sent = 0;
  while (sent < rate * seconds) {
    const due = Math.min(Math.floor(((performance.now() - begun) / 1000) * rate), rate * seconds);
    const left: Promise<void>[] = [];
    for (; sent < due; sent++) {
      const datagram = datagrams[sent % datagrams.length]!;
      left.push(new Promise((resolve) => socket.send(datagram, UDP_PORT, '127.0.0.1', () => resolve())));
    }
    await Promise.all(left);
    await sleep(BURST_MS);
  }
  const took_s = (performance.now() - begun) / 1000;
  socket.close();
  await settled(url);
  const after = await figures(url);
  const of = (name: keyof Figures) => after[name] - before[name];
  const unknown = sent - of('counted') - of('dropped') - of('kernel');
  console.log(
    `udp, ${Math.round(sent / took_s)} a second: ${sent} sent, ${of('counted')} counted, ${of('dropped')} dropped for lack of room, ` +
      `${of('kernel')} lost in the kernel, ${unknown} nowhere`,
  );
}

/** Until nothing more is counted. */
async function settled(url: string): Promise<void> {
  for (let last = -1; ; await sleep(SETTLE_MS)) {
    const { counted } = await figures(url);
    if (counted === last) return;
    last = counted;
  }
}

async function main(): Promise<void> {
  const seconds = Number(process.argv[2] ?? 5);
  const temp = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const { url, stop } = await started(join(temp, 'site.db'));
  try {
    await byHttp(url, seconds);
    await settled(url);
    for (const rate of UDP_RATES) await byUdp(url, rate, seconds);
  } finally {
    await stop();
    rmSync(temp, { recursive: true });
  }
}

await main();

/**
 * The interface and the page over a large site: 50,000 enrolments of 25,000 students in 25 courses, in SQLite.
 *
 *     npm run bench -- rest [ENROLMENTS]
 *
 * 1. A GET of one alert and of one enrolment through all of ours (routes, guards, checks, who opted out, how far the course is believed, names)
 *    beside a bare Fastify route that reads the same row of the same file and answers with the same bytes.
 * 2. What the page of those at risk asks: the first time after a scoring, and then.
 * 3. That page in Chromium, where there is one: from the click until its rows are there, with nothing in the browser's cache.
 *
 * Ours and the bare route take turns. One process, kept connections, no logging.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Fastify from 'fastify';
import { Registry } from 'prom-client';
import { MemoryClickStore } from '../src/adapters/memory/memory-click-store.js';
import { Connection } from '../src/adapters/sqlite/connection.js';
import { changeLog } from '../src/app/change-log.js';
import { openService, type Service } from '../src/app/service.js';
import { clickTables } from '../src/clickstream/tables.js';
import { readConfig } from '../src/config.js';
import { createHttp } from '../src/http/create-http.js';
import { AllTables } from '../src/reading/all-tables.js';
import { ClickTables } from '../src/reading/click-tables.js';
import { addSite } from './site-rows.js';

const CONNECTIONS = 16;
const SECONDS = 1;
const ROUNDS = 5;
const CHROMIUM = process.env.HOLDFAST_TEST_CHROMIUM ?? '/usr/bin/chromium';
const LIST = '/api/v1/predictions?above=0.7&order=score&limit=25&trend=true';

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

/** Requests a second that come back whole, from `CONNECTIONS` that each ask again at once. Run in a process of its own. */
async function rate(port: number, path: string): Promise<number> {
  const request = `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\naccept: application/json\r\n\r\n`;
  const until = performance.now() + SECONDS * 1000;
  let answered = 0;
  const one = () =>
    new Promise<void>((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(request)).setNoDelay(true);
      let held = '';
      socket.setEncoding('latin1').on('error', reject);
      socket.on('data', (part: string) => {
        held += part;
        const head = held.indexOf('\r\n\r\n');
        const length = /content-length: (\d+)/i.exec(held)?.[1];
        if (head < 0 || length === undefined || held.length < head + 4 + Number(length)) return;
        if (!held.startsWith('HTTP/1.1 200')) return reject(new Error(held.slice(0, 300)));
        held = '';
        answered++;
        if (performance.now() < until) socket.write(request);
        else socket.end(() => resolve());
      });
    });
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return answered / SECONDS;
}

function asked(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'ask', String(port), path]);
    let told = '';
    child.stdout.on('data', (part) => {
      told += part;
    });
    child.stderr.pipe(process.stderr);
    child.once('exit', (code) =>
      code === 0 ? resolve(Number(told)) : reject(new Error(`the asking process ended with ${code}`)),
    );
  });
}

/** Reads a row by one ready statement, for each request. */
async function bareRoutes(file: string) {
  const connection = new Connection(file, 'read');
  const bare = Fastify();
  const one = connection.prepare('SELECT * FROM predictions WHERE user_id = ? AND course_id = ?');
  const alert = connection.prepare('SELECT * FROM alerts WHERE alert_id = ?');
  let answers: Record<string, object> = {};
  const like = (kind: string, row: Record<string, unknown>) => ({ ...answers[kind], as_of_ms: row.as_of_ms });
  bare.get<{ Params: { user: string; course: string } }>('/predictions/:user/:course', async ({ params }) => {
    const row = one.all([Number(params.user), Number(params.course)])[0] as Record<string, unknown>;
    return { ...like('one', row), score: JSON.parse(String(row.score)) };
  });
  bare.get<{ Params: { id: string } }>('/alerts/:id', async ({ params }) => {
    const row = alert.all([params.id])[0] as Record<string, unknown>;
    return { ...like('alert', row), ...row, reasons: JSON.parse(String(row.reasons)) };
  });
  await bare.listen({ host: '127.0.0.1', port: 0 });
  return {
    port: (bare.server.address() as AddressInfo).port,
    answersLike: (given: Record<string, object>) => {
      answers = given;
    },
    close: () => bare.close().then(() => connection.close()),
  };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

const ms = (value: number) => `${Math.round(value)} ms`.padStart(9);

async function lists(address: string, service: Service): Promise<void> {
  const paths = { 'at risk': LIST, summary: '/api/v1/summary', courses: '/api/v1/courses?limit=1000' };
  for (const [name, path] of Object.entries(paths)) {
    const get = async () => {
      const response = await fetch(address + path);
      if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
      await response.arrayBuffer();
    };
    await service.pipeline.scoreNow({ user_id: 1_000 });
    const first = await timed(get);
    const then = [];
    for (let i = 0; i < 9; i++) then.push(await timed(get));
    console.log(`${name.padEnd(10)} after a scoring ${ms(first)}   then ${ms(median(then))}`);
  }
}

async function inBrowser(address: string, service: Service): Promise<void> {
  if (!existsSync(CHROMIUM)) return console.log('No Chromium here: the page is left out.');
  const { chromium } = await import('playwright-core');
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
  const seconds = async () => {
    const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
    const passed = await timed(async () => {
      await page.goto(`${address}/at-risk`);
      await page.locator('#at-risk tbody tr').nth(24).waitFor();
    });
    await page.context().close();
    return passed;
  };
  await seconds();
  await service.pipeline.scoreNow({ user_id: 1_000 });
  const first = await seconds();
  const then = [];
  for (let i = 0; i < 5; i++) then.push(await seconds());
  console.log(`the page of those at risk, 25 rows: after a scoring ${ms(first)}   then ${ms(median(then))}`);
  await browser.close();
}

async function main(): Promise<void> {
  const [first = '50000', port, path] = process.argv.slice(2);
  if (first === 'ask') {
    process.stdout.write(String(await rate(Number(port), path!)));
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const file = join(folder, 'rest.db');
  const read = readConfig({ HOLDFAST_STORE: `sqlite:${file}` });
  if (!read.ok) throw new Error(read.faults.join('\n'));
  const service = await openService(read.config, { clock: 'event' });
  const { enrolments, at_risk, alert_id } = await addSite(service.store, Number(first));
  await service.pipeline.open();
  console.log(`${enrolments} enrolments, ${at_risk} above the threshold`);
  const { views, pipeline, models } = service;
  const tables = new AllTables(service.tables, new ClickTables(new MemoryClickStore(), clickTables()));
  const log = { error: (_: unknown, message: string) => console.error(message), warn: () => undefined };
  const settings = { version: '0', allowed_hosts: [] };
  const panels = { look: () => Promise.reject(new Error('not asked here')) };
  const http = await createHttp({
    views,
    tables,
    panels,
    pipeline,
    models,
    changes: changeLog(service.store),
    seen: service.seen,
    trials: service.trials,
    clicks: null,
    metrics: new Registry(),
    log,
    settings,
  });
  http.ready();
  const address = await http.listen('127.0.0.1', 0);
  const ours = Number(new URL(address).port);

  const bare = await bareRoutes(file);
  const json = async (url: string) => (await (await fetch(address + url)).json()) as object;
  const pairs = {
    'one alert': [`/api/v1/alerts/${alert_id}`, `/alerts/${alert_id}`],
    'one enrolment': ['/api/v1/predictions/1000/2', '/predictions/1000/2'],
  } as const;
  bare.answersLike({ alert: await json(pairs['one alert'][0]), one: await json(pairs['one enrolment'][0]) });
  for (const [name, [our_path, bare_path]] of Object.entries(pairs)) {
    await asked(ours, our_path);
    await asked(bare.port, bare_path);
    const rounds = [];
    for (let i = 0; i < ROUNDS; i++) rounds.push([await asked(ours, our_path), await asked(bare.port, bare_path)] as const);
    const [our, their] = [median(rounds.map(([a]) => a)), median(rounds.map(([, b]) => b))];
    const ratio = median(rounds.map(([a, b]) => a / b)).toFixed(2);
    console.log(
      `${name.padEnd(14)} ours ${Math.round(our)}/s, bare Fastify ${Math.round(their)}/s; median of ${ROUNDS} pairs: ${ratio}`,
    );
  }
  await lists(address, service);
  await inBrowser(address, service);
  await bare.close();
  await http.close();
  await service.close();
  rmSync(folder, { recursive: true });
}

await main();

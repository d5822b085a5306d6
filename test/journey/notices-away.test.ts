/** The service as people run it, with a mail server and a webhook that are not there yet: it counts, says so, and tells everything once when they come. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import type { SinkState } from '../../src/http/system-state.js';
import { MailServer } from '../adapters/mail-server.js';
import { freePort } from '../servers/java.js';
import { buildInto, holdfast, type Ran } from './built.js';
import { HISTORY, TempFolder, WEEKLY } from './site.js';

jest.setTimeout(240_000);

/** Who teaches on the sample site. */
const TEACHERS = [166, 167, 168];
const STEP_MS = 250;
const KNOWN_LINES = 21_000;
/** Of the last line. */
const END_MS = Date.parse('2026-11-21T21:02:13Z');

type OpenAlert = Record<'alert_id', string> & Record<'user_id' | 'course_id', number>;

const temp = new TempFolder();
const ports = { mail: 0, hook: 0 };
let cli: string;
let env: Record<string, string>;
let service: ChildProcess | undefined;
let served: Promise<Ran>;
let heard = '';
let mail: MailServer | undefined;
let hook: Server | undefined;
/** Bodies as the webhook took them. */
const posted: string[] = [];

beforeAll(async () => {
  cli = buildInto(temp.path);
  ports.mail = await freePort();
  ports.hook = await freePort();
  env = {
    ...WEEKLY,
    HOLDFAST_STORE: `sqlite:${temp.file('site.db')}`,
    HOLDFAST_MOODLE: `file:${resolve(HISTORY)}`,
    HOLDFAST_LISTEN: '127.0.0.1:0',
    HOLDFAST_WEBHOOK: `http://127.0.0.1:${ports.hook}/in`,
    HOLDFAST_WEBHOOK_SECRET: 'a long secret of this test',
    HOLDFAST_SMTP: `smtp://127.0.0.1:${ports.mail}`,
    HOLDFAST_MAIL_FROM: 'holdfast@example.org',
    HOLDFAST_PAGE: 'https://holdfast.example.org',
    HOLDFAST_NOTICES: 'immediate',
    HOLDFAST_QUIET_HOURS: 'off',
  };
  const addresses = TEACHERS.map((id) => `${id},teacher${id}@example.org`);
  writeFileSync(temp.file('addresses.csv'), `staff,address\n${addresses.join('\n')}\n`);
  await holdfast(cli, ['import', temp.file('addresses.csv')], { env, cwd: temp.path });
  // Most of the site's life is known, so that there is something to tell from the beginning.
  const lines = gunzipSync(readFileSync(HISTORY)).toString().split('\n').slice(0, KNOWN_LINES);
  await holdfast(cli, ['replay', temp.lines(lines, 'known.ndjson')], { env, cwd: temp.path });
  served = holdfast(cli, ['serve'], {
    env,
    cwd: temp.path,
    started(child) {
      service = child;
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part: Buffer) => (heard += part.toString()));
    },
  });
});
afterAll(async () => {
  service?.kill('SIGTERM');
  await served;
  await mail?.close();
  hook?.closeAllConnections();
  hook?.close();
  temp.remove();
});

async function until<T>(what: string, look: () => Promise<T | null | false> | T | null | false): Promise<T> {
  for (let tries = 0; tries < 150_000 / STEP_MS; tries++) {
    const found = await look();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
  throw new Error(`waited in vain for ${what}: ${heard}`);
}

function hookAt(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      if (request.method === 'POST') posted.push(Buffer.concat(parts).toString());
      response.writeHead(204).end();
    });
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)));
}

it('counts on while neither answers, shows both as down with what waits, and tells everything once when they are there', async () => {
  const address = await until('its address', () => /Holdfast is at (http:\S+)/.exec(heard)?.[1] ?? null);
  await until('the end of the file', () => heard.includes('Everything is read'));
  const get = async (path: string) => (await fetch(`${address}${path}`)).json();
  const sinks = async () => ((await get('/api/v1/system')) as { sinks: SinkState[] }).sinks;
  const both = async (fits: (sink: SinkState) => boolean) => (await sinks()).every(fits);

  await until('both to be down', () => both(({ up, waiting, since_ms }) => !up && waiting > 0 && since_ms !== null));
  const { clock, sinks: named } = (await get('/api/v1/system')) as { clock: { now_ms: number }; sinks: SinkState[] };
  expect([clock.now_ms, named.map(({ name }) => name)]).toEqual([END_MS, ['webhook', 'mail']]);

  mail = await MailServer.start({ port: ports.mail });
  hook = await hookAt(ports.hook);
  await until('both to have all', () => both(({ up, waiting, refused }) => up && waiting === 0 && refused === 0));
  const { items } = (await get('/api/v1/alerts?limit=1000&state=open')) as { items: OpenAlert[] };
  expect(new Set(posted).size).toBe(posted.length);
  const receivers = mail.mails.map(({ to }) => (to as { text: string }).text);
  expect(receivers.length).toBeGreaterThan(0);
  expect(new Set(receivers).size).toBe(receivers.length);

  service!.kill('SIGTERM');
  await once(service!, 'exit');
  expect(heard.match(/is back: what waited is told now/g)).toHaveLength(2);
  // Nobody is told about a student who has left meanwhile.
  const { stdout } = await holdfast(cli, ['export', 'enrolments'], { env, cwd: temp.path });
  const active = new Set(stdout.split('\n').map((line) => /^(\d+,\d+),.*\bactive\b/.exec(line)?.[1]));
  const due = items.filter(({ user_id, course_id }) => active.has(`${user_id},${course_id}`)).map(({ alert_id }) => alert_id);
  const opened = posted.map((body) => JSON.parse(body) as { type: string; alert_id: string });
  const told = opened.filter(({ type }) => type === 'alert.opened').map(({ alert_id }) => alert_id);
  expect([told.length > 0, told.sort()]).toEqual([true, due.sort()]);
});

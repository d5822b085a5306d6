/**
 * A day of a site, after two to come to rest in, in minutes: the real program with its clock made faster, following a MariaDB that is
 * written to, scoring and telling, with clicks sent to it and its pages read. At the end it holds what it held a day before, and every
 * session is that which SQL finds in Moodle's log.
 *
 *     npm run test:servers -- hardening/soak                       three days in a minute and a half
 *     HOLDFAST_LONG=1 npm run test:servers -- hardening/soak       in 22 minutes: with fifteen times as much written and read
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MailServer } from '../../adapters/mail-server.js';
import { buildInto, holdfast } from '../../journey/built.js';
import { SESSIONS_SQL } from '../../journey/oracle/queries.js';
import { LONG, TempFolder } from '../../journey/site.js';
import { Mariadb, mariadbMissing } from '../../servers/mariadb.js';
import { needsServer } from '../../servers/needed.js';

const DUMP = 'test/fixtures/moodle-4.5-site.sql.gz';
const HOUR_MS = 3_600_000;
const MEBIBYTE = 1_048_576;
const FACTOR = LONG ? 200 : 3_000;
/** Windows stay for a day, those of clicks for two: after them there are as many at the end of a day as at its beginning. */
const REST_HOURS = 50;
const HOURS = REST_HOURS + 24;
const MARK_HOURS = 3;
const STEP_MS = 200;
const ROWS_A_STEP = 200;
const CLICKS_A_STEP = 40;
const ALERTS_A_VISIT = 3;
const START_MS_MAX = 60_000;
const CATCH_UP_MS_MAX = 120_000;
const TEST_MS_MAX = LONG ? 2 * HOUR_MS : 600_000;
/** What V8 leaves after a collection differs by one or two from one time to the next. */
const HEAP_GROWTH_MIB_MAX = 4;
const BUFFERS_GROWTH_MIB_MAX = 2;
/** A heap that is not asked to collect takes what the machine has, up to a point. */
const RSS_GROWTH_MIB_MAX = 64;
/** Connections that happen to be open. */
const HANDLES_GROWTH_MAX = 4;
/** SQLite's log of what is not yet in the store's file, before it begins again. */
const WAL_BYTES_MAX = 64 * MEBIBYTE;

const SESSIONS_MIN = 5_000;
/** In a line of `export sessions`. */
const ACTIVITIES = 3;

interface Held {
  now_ms: number;
  heap: number;
  buffers: number;
  rss: number;
  waiting: number;
  files: number;
}

needsServer('three days of a service in minutes', mariadbMissing(), () => {
  const temp = new TempFolder();
  let db: Mariadb;
  let mail: MailServer;
  let hook: Server;
  let told = 0;
  let service: ChildProcess;
  let url: string;
  let said = '';
  let cli: string;
  let begun_ms: number;
  let start_ms: number;
  const store = () => `sqlite:${temp.file('store.db')}`;
  const now = () => start_ms + (Date.now() - begun_ms) * FACTOR;

  beforeAll(async () => {
    db = await Mariadb.start();
    await db.load(DUMP);
    mail = await MailServer.start();
    hook = createServer((request, response) => {
      told++;
      request.resume().on('end', () => response.writeHead(204).end());
    });
    await new Promise<void>((done) => hook.listen(0, '127.0.0.1', done));
    start_ms = Number(await db.sql('SELECT MAX(timecreated) FROM mdl_logstore_standard_log', 'moodle')) * 1000 + HOUR_MS;
    cli = buildInto(temp.file('program'));
    const env = {
      PATH: process.env.PATH,
      HOLDFAST_STORE: store(),
      HOLDFAST_MOODLE: db.url(),
      HOLDFAST_ALERT_THRESHOLD: '0.3',
      HOLDFAST_SCORE_CRON: '0 3 * * *',
      HOLDFAST_WEBHOOK: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
      HOLDFAST_WEBHOOK_SECRET: 'a long secret of this test',
      HOLDFAST_SMTP: `smtp://${mail.at}`,
      HOLDFAST_MAIL_FROM: 'holdfast@example.org',
      HOLDFAST_NOTICES: 'immediate',
      HOLDFAST_QUIET_HOURS: 'off',
      HOLDFAST_PAGE: 'https://holdfast.example.org',
      HOLDFAST_CLICK_RETENTION: '2d',
    };
    const teachers = await db.sql('SELECT DISTINCT userid FROM mdl_role_assignments WHERE roleid IN (3, 4)', 'moodle');
    const addresses = teachers
      .trim()
      .split('\n')
      .map((id) => `${id},teacher${id}@example.org`);
    writeFileSync(temp.file('addresses.csv'), `staff,address\n${addresses.join('\n')}\n`);
    await holdfast(cli, ['import', temp.file('addresses.csv')], { env: { HOLDFAST_STORE: store() }, cwd: temp.path });
    begun_ms = Date.now();
    const faster = pathToFileURL(resolve('test/hardening/soak/compressed-time.mjs')).href;
    service = spawn(process.execPath, ['--expose-gc', '--import', faster, cli, 'serve', '--listen', '127.0.0.1:0'], {
      cwd: temp.path,
      env: { ...env, SOAK_FACTOR: String(FACTOR), SOAK_BEGUN_MS: String(begun_ms), SOAK_START_MS: String(start_ms) },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    service.stderr!.on('data', (part) => {
      said = (said + part).slice(-20_000);
    });
    const until = Date.now() + START_MS_MAX;
    while (!/Holdfast is at (\S+)/.test(said)) {
      if (Date.now() > until || service.exitCode !== null) throw new Error(`the service did not start: ${said}`);
      await sleep(100);
    }
    url = /Holdfast is at (http:\/\/[^\s/]+)/.exec(said)![1]!;
  });
  afterAll(async () => {
    service?.kill('SIGKILL');
    await db?.stop();
    await mail?.close();
    hook?.close();
    temp.remove();
  });

  const ask = async (path: string, init?: RequestInit) => {
    const answer = await fetch(`${url}${path}`, init);
    return { status: answer.status, text: await answer.text() };
  };

  async function held(): Promise<Held> {
    const answer = once(service, 'message');
    service.send('held');
    return ((await answer) as [Held])[0];
  }

  const activities = async () => JSON.parse((await ask('/api/v1/summary')).text).activities as number;

  /** Lines of sessions without their last field: whether one is over depends on when one looks. */
  const withoutOver = (lines: string) =>
    lines
      .trim()
      .split('\n')
      .map((line) => line.slice(0, line.lastIndexOf(',')));

  /** Nothing more is written now. */
  async function caughtUp(): Promise<void> {
    const wanted = (await db.sql(SESSIONS_SQL, 'moodle'))
      .trim()
      .split('\n')
      .reduce((sum, line) => sum + Number(line.split(',')[ACTIVITIES]), 0);
    const until = Date.now() + CATCH_UP_MS_MAX;
    while ((await activities()) !== wanted) {
      if (Date.now() > until) throw new Error(`${await activities()} activities of ${wanted} counted`);
      await sleep(200);
    }
  }

  /** Every step other rows of the history again, as if they were done now. */
  async function write(step: number): Promise<void> {
    const columns =
      'eventname, component, action, target, objecttable, objectid, crud, edulevel, contextid, contextlevel, contextinstanceid, userid, courseid, relateduserid, anonymous, other, origin, ip, realuserid';
    await db.sql(
      `INSERT INTO mdl_logstore_standard_log (${columns}, timecreated)
       SELECT ${columns}, ${Math.floor(now() / 1000)} FROM mdl_logstore_standard_log
       WHERE id <= 10000 AND courseid > 1 AND crud = 'r' ORDER BY RAND(${step}) LIMIT ${ROWS_A_STEP}`,
      'moodle',
    );
  }

  async function click(step: number): Promise<void> {
    const clicks = Array.from({ length: CLICKS_A_STEP }, (_, i) => ({
      _time: now(),
      time: new Date(now()).toISOString(),
      ip: `10.0.${step % 8}.${i}`,
      userid: i,
      remote_user: '-',
      request: 'GET /index.html HTTP/1.1',
      status: '200',
      bytes: '300',
      referrer: '-',
      agent: 'Mozilla/5.0',
    }));
    await ask('/api/v1/clicks', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(clicks),
    });
  }

  const PAGES = [
    '/',
    '/api/v1/summary',
    '/api/v1/early',
    '/api/v1/alerts',
    '/api/v1/cases',
    '/api/v1/courses',
    '/api/v1/tables/sessions',
    '/metrics',
  ];

  /** A tutor's visit: the lists, a student, an alert taken and given back, the live page opened and left. */
  async function visit(): Promise<void> {
    const gone = new AbortController();
    const live = await fetch(`${url}/api/v1/live?page=students`, { signal: gone.signal });
    for (const page of PAGES) await ask(page);
    const { items } = JSON.parse((await ask('/api/v1/alerts?state=open,acknowledged')).text) as {
      items: { alert_id: string; user_id: number; state: string; revision: number }[];
    };
    for (const { alert_id, user_id, state, revision } of items.slice(0, ALERTS_A_VISIT)) {
      await ask(`/api/v1/students/${user_id}`);
      await ask(`/api/v1/students/${user_id}/timeline`);
      await ask(`/api/v1/alerts/${alert_id}`, {
        method: 'PATCH',
        headers: { 'content-type': 'application/json', 'if-match': `"${revision}"` },
        body: JSON.stringify(state === 'open' ? { state: 'acknowledged' } : { note: `seen at revision ${revision}` }),
      });
    }
    gone.abort();
    await live.body?.cancel().catch(() => undefined);
  }

  it(
    'holds no more at the end of a day than at its beginning, and has lost nothing',
    async () => {
      const marks: Held[] = [];
      for (let step = 0; now() < start_ms + HOURS * HOUR_MS; step++) {
        const next_ms = Date.now() + STEP_MS;
        await Promise.all([write(step), click(step), visit()]);
        if (service.exitCode !== null) throw new Error(`the service ended by itself: ${said}`);
        const hour = (now() - start_ms) / HOUR_MS;
        if (hour >= REST_HOURS + marks.length * MARK_HOURS) marks.push(await held());
        await sleep(Math.max(0, next_ms - Date.now()));
      }
      await caughtUp();
      const [first, last] = [marks[0]!, marks.at(-1)!];
      const grown = (what: 'heap' | 'buffers' | 'rss') => (last[what] - first[what]) / MEBIBYTE;
      expect(last.now_ms - first.now_ms).toBeGreaterThan(20 * HOUR_MS);
      expect(grown('heap')).toBeLessThan(HEAP_GROWTH_MIB_MAX);
      expect(grown('buffers')).toBeLessThan(BUFFERS_GROWTH_MIB_MAX);
      expect(grown('rss')).toBeLessThan(RSS_GROWTH_MIB_MAX);
      expect(last.files - first.files).toBeLessThanOrEqual(HANDLES_GROWTH_MAX);
      expect(last.waiting - first.waiting).toBeLessThanOrEqual(HANDLES_GROWTH_MAX);
      expect(statSync(temp.file('store.db-wal')).size).toBeLessThan(WAL_BYTES_MAX);
      const { clock, waiting, sinks } = JSON.parse((await ask('/api/v1/system')).text);
      expect([waiting, sinks.map(({ name }: { name: string }) => name), clock.last_tick_ms > first.now_ms]).toEqual([
        [],
        ['webhook', 'mail'],
        true,
      ]);
      expect([told > 0, mail.mails.length > 0]).toEqual([true, true]);

      service.kill('SIGTERM');
      await once(service, 'exit');
      const { stdout } = await holdfast(cli, ['export', 'sessions'], { env: { HOLDFAST_STORE: store() }, cwd: temp.path });
      const expected = await db.sql(SESSIONS_SQL, 'moodle');
      expect(expected.split('\n').length).toBeGreaterThan(SESSIONS_MIN);
      expect(withoutOver(stdout).slice(1)).toEqual(withoutOver(expected));
    },
    TEST_MS_MAX,
  );
});

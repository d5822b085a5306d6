/**
 * Nothing personal gets out beside the pages that are made to show it: a whole run of the program on input in which every private
 * thing carries a mark, sound and broken, and then a search through all that was said: log at its loudest, metrics, problems,
 * rejected rows, state of the system, and what commands print.
 */
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openService } from '../../src/app/service.js';
import { StudentVoice } from '../../src/pipeline/student-voice.js';
import { buildInto, holdfast, type Ran } from './built.js';
import { configOf, TempFolder } from './site.js';

const MARKS = {
  name: 'Zyxwina Quartermark',
  email: 'zyxwina.mark@students.example.org',
  ip: '203.0.113.77',
  token: 'tokenmark8f3a',
  note: 'notemark is pregnant',
  password: 'passwordmark77',
  user_number: '7654321',
};
const PARTS = ['Zyxwina', 'Quartermark', 'zyxwina.mark', MARKS.ip, MARKS.token, 'notemark', MARKS.password];
const PRIVATE = `${MARKS.name} ${MARKS.email} ${MARKS.ip} https://h.example/x?token=${MARKS.token} ${MARKS.note}`;
const USER = Number(MARKS.user_number);
const T = 1_790_000_000;
const ALERT = '0123456789abcdef';

type Cells = Record<string, unknown>;
const change = (table: string, after: Cells) =>
  JSON.stringify({ before: null, after, source: { table: `mdl_${table}`, ts_ms: T * 1000 }, op: 'c' });
const logRow = (id: number, cells: Cells = {}) =>
  change('logstore_standard_log', {
    ...{ id, eventname: '\\core\\event\\course_viewed', component: 'core', action: 'viewed', target: 'course' },
    ...{ crud: 'r', edulevel: 2, contextid: 249, contextlevel: 50, contextinstanceid: 7, userid: USER, courseid: 7 },
    ...{ anonymous: 0, other: PRIVATE, timecreated: T + id * 60, origin: 'web', ip: MARKS.ip, realuserid: null, ...cells },
  });
const person = { id: USER, username: MARKS.email, firstname: 'Zyxwina', lastname: 'Quartermark', email: MARKS.email };

const CHANGES = [
  change('course', { id: 7, category: 1, fullname: 'Biology', shortname: 'BIO', startdate: T - 9e6, enddate: 0, visible: 1 }),
  change('user', { ...person, deleted: 0, suspended: 0, timemodified: T }),
  change('user', { ...person, id: PRIVATE, deleted: 0 }),
  change('user', { ...person, id: USER + 1, deleted: PRIVATE }),
  change('context', { id: 249, contextlevel: 50, instanceid: 7 }),
  change('role', { id: 5, shortname: 'student', archetype: 'student' }),
  change('enrol', { id: 1, enrol: 'manual', status: 0, courseid: 7 }),
  change('user_enrolments', {
    id: 1,
    status: 0,
    enrolid: 1,
    userid: USER,
    timestart: 0,
    timeend: 0,
    timecreated: T,
    timemodified: T,
  }),
  change('role_assignments', { id: 1, roleid: 5, contextid: 249, userid: USER, timemodified: T, component: '', itemid: 0 }),
  ...Array.from({ length: 5 }, (_, i) => logRow(i + 1)),
  logRow(20, { userid: PRIVATE }),
  logRow(21, { timecreated: PRIVATE }),
  logRow(22, { courseid: PRIVATE, userid: undefined }),
  logRow(23).slice(0, -40),
  `{"${PRIVATE}": 1}`,
  PRIVATE,
  change(PRIVATE, { id: 3 }),
];
const CLICK = {
  _time: T * 1000,
  ip: MARKS.ip,
  userid: USER,
  remote_user: MARKS.name,
  request: `GET /x?token=${MARKS.token}`,
  status: '200',
};

const temp = new TempFolder();
let listening: Server;
afterAll(() => {
  listening?.close();
  temp.remove();
});

/** What was said, by who said it. */
const said: Record<string, string> = {};
let env: Record<string, string>;
let cli: string;

interface Asked {
  method?: string;
  body?: string;
  type?: string;
  headers?: Record<string, string>;
}

async function ask(address: string, path: string, { method = 'GET', body, type, headers = {} }: Asked = {}): Promise<number> {
  const typed = body === undefined ? headers : { 'content-type': type ?? 'application/json', ...headers };
  const answer = await fetch(`${address}${path}`, { method, body, headers: typed });
  // A problem repeats the path that it is about, to the one who asked for it.
  const text = (await answer.text()).replace(/"instance":"[^"]*"/, '');
  said[`${method} ${path.split('?')[0]!.replace(/Zyx.*|%.*/, '…')} ${answer.status} ${Object.keys(said).length}`] = text;
  return answer.status;
}

/** Somebody hears of alerts; what they are told is searched too. */
async function hook(): Promise<number> {
  said.webhook = '';
  listening = createServer((request, response) => {
    request.on('data', (part: Buffer) => {
      said.webhook += part.toString();
    });
    request.on('end', () => response.end());
  });
  await new Promise<void>((done) => listening.listen(0, '127.0.0.1', done));
  return (listening.address() as AddressInfo).port;
}

/** The student has an alert and wrote something, as a scoring and their own page leave them. */
async function alerted(env: Record<string, string>): Promise<void> {
  const service = await openService(configOf({ ...env, HOLDFAST_MOODLE: '' }), { clock: 'event' });
  const made = {
    state: 'open',
    opened_ms: T * 1000,
    score: 0.9,
    assignee: 'Ana',
    muted_until_ms: null,
  } as const;
  const rest = {
    outcome: null,
    note: null,
    closed_ms: null,
    recovered_ticks: 0,
    touched_ms: T * 1000,
    revision: 1,
    opened_by: null,
  };
  await service.store.commit({
    alerts: [{ alert_id: ALERT, user_id: USER, course_id: 7, reasons: [], ...made, ...rest }],
    sinks: service.sinks,
  });
  await new StudentVoice(service.store, service.pipeline).say(USER, 7, 'help', PRIVATE);
  await service.close();
}

/** What the page is made to show is not searched: only that it does. */
async function acted(address: string): Promise<void> {
  const headers = { 'if-match': '*', 'content-type': 'application/json' };
  const body = JSON.stringify({ note: MARKS.note, state: 'resolved', outcome: 'contacted' });
  const noted = await fetch(`${address}/api/v1/alerts/${ALERT}`, { method: 'PATCH', body, headers });
  expect([noted.status, ((await noted.json()) as { note: string }).note]).toEqual([200, MARKS.note]);
  const student = await fetch(`${address}/api/v1/students/${USER}`);
  expect(await student.text()).toContain('Quartermark');
}

async function questions(address: string): Promise<void> {
  const coded = encodeURIComponent(PRIVATE);
  for (const path of [
    `/api/v1/predictions?text=${coded}`,
    `/api/v1/predictions?order=${coded}&above=${coded}&limit=${coded}&cursor=${coded}`,
    `/api/v1/students/${coded}`,
    `/api/v1/alerts/${coded}`,
    `/api/v1/alerts?assignee=${coded}&state=${coded}`,
    `/api/v1/tables/${coded}`,
    `/nothing/${coded}?token=${MARKS.token}`,
    '/%ff%Zyxwina',
    `/api/v1/tables/sessions?from=${coded}&user=${coded}`,
  ])
    await ask(address, path);
  const bodies = [
    PRIVATE,
    `{"note": "${PRIVATE}"`,
    `{"note": ["${PRIVATE}"], "state": "${PRIVATE}", "assignee": 7}`,
    `"${PRIVATE}"`,
  ];
  for (const body of bodies) {
    await ask(address, '/api/v1/alerts/0123456789abcdef', { method: 'PATCH', body, headers: { 'if-match': '*' } });
    await ask(address, '/api/v1/predictions/score', { method: 'POST', body });
    await ask(address, '/api/v1/thresholds/simulate', { method: 'POST', body });
    await ask(address, '/api/v1/models/retrain', { method: 'POST', body });
    for (const route of ['clicks', 'users', 'codes', 'events']) await ask(address, `/api/v1/${route}`, { method: 'POST', body });
  }
  const lines = [CLICK, { ...CLICK, _time: PRIVATE }, { ...CLICK, userid: PRIVATE }, { [PRIVATE]: 1 }].map((row) =>
    JSON.stringify(row),
  );
  const body = [...lines, PRIVATE].join('\n');
  await ask(address, '/api/v1/clicks', { method: 'POST', body, type: 'application/x-ndjson' });
  await ask(address, '/api/v1/clicks', { method: 'POST', body, type: PRIVATE.replace(/[^\x20-\x7e]/g, '') });
  await ask(address, '/api/v1/summary', { headers: { host: 'zyxwina.mark.example' } });
  await ask(address, '/api/v1/summary', { headers: { authorization: `Bearer ${MARKS.token}`, cookie: `s=${MARKS.token}` } });
  for (const path of [
    '/metrics',
    '/readyz',
    '/healthz',
    '/api/v1/system',
    '/api/v1/tables/rejected?limit=1000',
    '/api/v1/summary',
  ])
    expect([path, (await ask(address, path)) < 504]).toEqual([path, true]);
  for (const path of ['/api/v1/live', '/api/v1/models', '/api/v1/tables']) await ask(address, path);
}

beforeAll(async () => {
  cli = buildInto(temp.path);
  const changes = temp.file('changes.ndjson');
  writeFileSync(changes, `${CHANGES.join('\n')}\n`);
  env = {
    HOLDFAST_STORE: `sqlite:${temp.file('marked.db')}`,
    HOLDFAST_MOODLE: `file:${changes}`,
    HOLDFAST_LISTEN: '127.0.0.1:0',
    HOLDFAST_LOG_LEVEL: 'trace',
    HOLDFAST_ELASTICSEARCH: `http://elastic:${MARKS.password}@127.0.0.1:9`,
    HOLDFAST_WEBHOOK: `http://127.0.0.1:${await hook()}/in?token=${MARKS.token}`,
    HOLDFAST_WEBHOOK_SECRET: MARKS.password + MARKS.password,
  };
  await alerted(env);
  let running: ChildProcess | undefined;
  let heard = '';
  const served: Promise<Ran> = holdfast(cli, ['serve'], {
    env,
    cwd: temp.path,
    started(child) {
      running = child;
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (part: Buffer) => {
          heard += part.toString();
        });
    },
  });
  const until = async (found: RegExp) => {
    for (let tries = 0; tries < 600 && !found.test(heard); tries += 1) await new Promise((resolve) => setTimeout(resolve, 100));
    return found.exec(heard) ?? Promise.reject(new Error(`nobody said ${found}: ${heard}`));
  };
  try {
    const [, address] = await until(/Holdfast is at (http:\S+)/);
    await until(/Everything is read/);
    await acted(address!);
    await questions(address!);
    for (let tries = 0; tries < 300 && !said.webhook!.includes(ALERT); tries++)
      await new Promise((done) => setTimeout(done, 100));
  } finally {
    running?.kill('SIGTERM');
  }
  const { stdout, stderr } = await served;
  said.serve = stdout + stderr;
  const file = (name: string, text: string) => {
    writeFileSync(temp.file(name), text);
    return temp.file(name);
  };
  const commands: string[][] = [
    ['import', file('people.csv', `student,opted_out\n${PRIVATE.replaceAll(',', '')},yes\n${MARKS.email},${MARKS.note}\n`)],
    ['import', file('broken.csv', `${PRIVATE}\n"${PRIVATE}`)],
    ['replay', file('more.ndjson', `${PRIVATE}\n${CHANGES.join('\n')}\n`)],
    ['replay', '--format', 'clicks', file('clicks.ndjson', `${PRIVATE}\n${JSON.stringify({ ...CLICK, _time: PRIVATE })}\n`)],
    ['alerts', 'resolve', '0123456789abcdef', '--outcome', 'contacted', '--note', MARKS.note],
    ['export', 'rejected'],
    ['index', 'rebuild'],
    ['doctor'],
  ];
  for (const command of commands) {
    const ran = await holdfast(cli, command, { env: { ...env, HOLDFAST_MOODLE: '' }, cwd: temp.path });
    said[command.join(' ').replaceAll(temp.path, '')] = ran.stdout + ran.stderr;
  }
}, 240_000);

describe('a run on input full of marks', () => {
  it('met every kind of fault', () => {
    const rejected = Object.entries(said).find(([who]) => who.includes('tables/rejected'))![1];
    for (const reason of ['missing-column', 'bad-value', 'unknown-shape']) expect(rejected).toContain(reason);
    const statuses = new Set(Object.keys(said).flatMap((who) => / ([2-5]\d\d) \d+$/.exec(who)?.[1] ?? []));
    expect([...statuses].sort()).toEqual(expect.arrayContaining(['200', '202', '400', '404', '415']));
    expect(said.serve).toMatch(/elasticsearch/i);
  });

  it('told the webhook of the alert, by its number alone', () => {
    expect(said.webhook).toContain(ALERT);
  });

  it('said none of them anywhere: log, webhook, metrics, problems, rejected rows, system, commands', () => {
    const found = Object.entries(said).flatMap(([who, text]) =>
      PARTS.filter((part) => text.toLowerCase().includes(part.toLowerCase())).map((part) => {
        const at = text.toLowerCase().indexOf(part.toLowerCase());
        return `${who}: …${text.slice(Math.max(0, at - 120), at + 60)}…`;
      }),
    );
    expect(found).toEqual([]);
  });

  it('never named the student by number in the log or the metrics', () => {
    const metrics = Object.entries(said).filter(([who]) => who === 'serve' || who.includes('/metrics'));
    expect(metrics).toHaveLength(2);
    for (const [who, text] of metrics) expect([who, text.includes(MARKS.user_number)]).toEqual([who, false]);
  });
});

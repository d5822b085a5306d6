/** Clicks as their user meets them: made up, brought in by file and by HTTP, counted once whatever happens, exported. */
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildInto, holdfast } from './built.js';
import { TempFolder } from './site.js';

const temp = new TempFolder();
let cli = '';
let clicks = '';
/** The exports of the whole replay, which all others have to equal. */
let whole: Record<string, string> = {};
/** How long this machine needs to replay them. */
let replay_ms = 0;
const START = '2026-11-20T08:00:00Z';
/** Two bursts of 90 s with 35 s of silence between them, and a third begun: 300 s of event time. */
const COUNT = 4_000;
const TABLES = [
  'click_user_sessions',
  'errors_per_min',
  'user_ip_activity',
  'visitors_per_min',
  'malicious_user_sessions',
  'user_clickstream',
];
const PATIENCE_MS = 120_000;

const run = async (store: string, args: string[], more: Parameters<typeof holdfast>[2] = {}) => {
  const ran = await holdfast(cli, args, {
    cwd: temp.path,
    ...more,
    env: { HOLDFAST_STORE: `sqlite:${temp.file(store)}`, ...more.env },
  });
  if (ran.code !== 0 && ran.signal === null) throw new Error(`${args.join(' ')}: ${ran.stderr}`);
  return ran;
};
const replay = (store: string, format: string, file: string, more?: Parameters<typeof holdfast>[2]) =>
  run(store, ['replay', '--quiet', '--format', format, temp.file(file)], more);
const exported = async (store: string) => {
  const tables: Record<string, string> = {};
  for (const name of TABLES) tables[name] = (await run(store, ['export', name])).stdout;
  return tables;
};

beforeAll(async () => {
  cli = buildInto(temp.file('built'));
  for (const kind of ['users', 'codes']) writeFileSync(temp.file(kind), (await run('none.db', ['generate', kind])).stdout);
  clicks = (
    await run('none.db', ['generate', 'clicks', '--sessionize', '--rate', '20', '--count', String(COUNT), '--start', START])
  ).stdout;
  writeFileSync(temp.file('clicks'), clicks);
  await replay('whole.db', 'users', 'users');
  await replay('whole.db', 'codes', 'codes');
  const begun = performance.now();
  await replay('whole.db', 'clicks', 'clicks');
  replay_ms = performance.now() - begun;
  whole = await exported('whole.db');
}, PATIENCE_MS);
afterAll(() => temp.remove());

describe('generated clicks, replayed', () => {
  it('are distinct sessions of each user, as --sessionize makes them', async () => {
    const [head, ...lines] = whole.click_user_sessions!.trim().split('\n');
    expect(head).toBe('username,window_start_ms,window_end_ms,events');
    const sessions = new Map<string, number>();
    for (const line of lines) sessions.set(line.split(',')[0]!, (sessions.get(line.split(',')[0]!) ?? 0) + 1);
    expect(sessions.size).toBeGreaterThan(10);
    for (const [name, count] of sessions) expect([name, count]).toEqual([name, 3]);
  });

  it('are counted once: the same file again, renamed and packed, changes nothing', async () => {
    writeFileSync(temp.file('copy.gz'), gzipSync(clicks));
    const { stderr } = await run('whole.db', ['replay', '--format', 'clicks', temp.file('copy.gz')]);
    expect(stderr).toMatch(/^0 clicks/m);
    expect(await exported('whole.db')).toEqual(whole);
  });

  it('are in Parquet too', async () => {
    const { stdout } = await run('whole.db', ['export', 'visitors_per_min', '--format', 'parquet']);
    expect(stdout.startsWith('PAR1')).toBe(true);
  });

  it('refuses a filter that clicks have nothing to do with', async () => {
    const { code, stderr } = await holdfast(cli, ['export', 'events_per_min', '--user', '7'], {
      cwd: temp.path,
      env: { HOLDFAST_STORE: `sqlite:${temp.file('whole.db')}` },
    });
    expect(code).toBe(1);
    expect(stderr).toContain('know no Moodle user or course');
  });
});

it(
  'a replay that is killed again and again and begun again gives the same tables, to the byte',
  async () => {
    await replay('killed.db', 'users', 'users');
    await replay('killed.db', 'codes', 'codes');
    let kills = 0;
    // from a quarter on: a machine that is less busy than it was at the first replay is quicker
    for (let patience_ms = replay_ms * 0.25; ; patience_ms *= 1.4) {
      const started = (child: ChildProcess) => void sleep(patience_ms).then(() => child.kill('SIGKILL'));
      const { signal } = await replay('killed.db', 'clicks', 'clicks', { started });
      if (signal === null) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(0);
    expect(await exported('killed.db')).toEqual(whole);
  },
  PATIENCE_MS,
);

it(
  'by HTTP into a running service they are the same tables as by file',
  async () => {
    let url = '';
    let service: ChildProcess | null = null;
    const running = run('http.db', ['serve', '--listen', '127.0.0.1:0'], {
      started: (child) => {
        service = child;
        child.stderr!.on('data', (part: Buffer) => {
          url ||= /Holdfast is at (http:\S+)/.exec(part.toString())?.[1] ?? '';
        });
      },
    });
    while (url === '') await sleep(50);
    for (const kind of ['users', 'codes']) await run('none.db', ['generate', kind, '--quiet', '--http', url]);
    // Begun in the past, they leave at once.
    const args = ['--sessionize', '--rate', '20', '--count', String(COUNT), '--start', START, '--quiet', '--http', url];
    await run('none.db', ['generate', 'clicks', ...args]);
    const answer = await fetch(`${url}/api/v1/tables/click_user_sessions?limit=1000`);
    const { items } = (await answer.json()) as { items: object[] };
    expect(items).toHaveLength(whole.click_user_sessions!.trim().split('\n').length - 1);
    service!.kill('SIGTERM');
    await running;
    const withoutIds = (tables: Record<string, string>) => ({
      ...tables,
      user_clickstream: tables
        .user_clickstream!.replaceAll(/,[^,\n]*$/gm, '')
        .split('\n')
        .sort()
        .join('\n'),
    });
    expect(withoutIds(await exported('http.db'))).toEqual(withoutIds(whole));
  },
  PATIENCE_MS,
);

it('a line that cannot be used is named by file, line and reason, and holds nobody up', async () => {
  const lines = [clicks.split('\n')[0], '{"ip":', '{"userid":1}', '{"_time":1584669952042,"ip":"nowhere"}', 'x'.repeat(70_000)];
  writeFileSync(temp.file('bad'), `${lines.join('\n')}\n`);
  await replay('bad.db', 'clicks', 'bad');
  expect((await run('bad.db', ['export', 'user_clickstream'])).stdout.trim().split('\n')).toHaveLength(2);
  const { stdout } = await run('bad.db', ['export', 'rejected']);
  expect(stdout.split('\n').map((line) => line.split(',').slice(0, 3).join(','))).toEqual([
    'source,position,reason',
    'bad,line 2,not-json',
    'bad,line 3,missing-column',
    'bad,line 4,bad-value',
    'bad,line 5,too-long',
    '',
  ]);
  expect(stdout).not.toContain('nowhere');
});

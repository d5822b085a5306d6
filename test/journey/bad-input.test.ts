/**
 * Input as it comes from the world: cut short, in the wrong code, too long, from another version of Moodle. Each fault is a row
 * of `rejected` that names file, line and column; everything else is counted.
 */
import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildInto, holdfast } from './built.js';
import { linesOf } from './oracle/recorded.js';
import {
  differences,
  exported,
  exportedAll,
  NO_TICKS,
  ORDER_INDEPENDENT,
  openSite,
  replay,
  TempFolder,
  tablesAfter,
} from './site.js';

const temp = new TempFolder();
afterAll(() => temp.remove());

const T = 1_790_000_000;
type Cells = Record<string, unknown>;

/** A log row's change, as Debezium sends it without schema. `cells` replaces columns; undefined leaves one out. */
function logLine(id: number, cells: Cells = {}, around: Cells = {}): string {
  const row = {
    id,
    eventname: '\\core\\event\\course_viewed',
    component: 'core',
    action: 'viewed',
    target: 'course',
    objecttable: null,
    objectid: null,
    crud: 'r',
    edulevel: 2,
    contextid: 249,
    contextlevel: 50,
    contextinstanceid: 7,
    userid: 43,
    courseid: 7,
    relateduserid: null,
    anonymous: 0,
    other: 'null',
    timecreated: T + id * 60,
    origin: 'web',
    ip: '127.0.0.1',
    realuserid: null,
    ...cells,
  };
  return changeLine('logstore_standard_log', row, around);
}

function changeLine(table: string, after: Cells, around: Cells = {}): string {
  return JSON.stringify({ before: null, after, source: { table: `mdl_${table}`, ts_ms: 1795342413000 }, op: 'c', ...around });
}

/** Replays a file of these lines; what was counted, and what was rejected as `position reason detail`. */
async function read(lines: readonly (string | Buffer)[]): Promise<{ activities: number; rejected: string[]; days: string }> {
  const path = temp.file(`input-${++files}.ndjson`);
  for (const line of lines) appendFileSync(path, Buffer.concat([Buffer.from(line), Buffer.from('\n')]));
  return readFile(path);
}
let files = 0;

async function readFile(path: string): Promise<{ activities: number; rejected: string[]; days: string }> {
  const { service, config } = await openSite(NO_TICKS);
  try {
    await replay(service, config, [path]);
    const activities = (await exported(service, 'sessions'))
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((row) => Number(row.split(',')[3]));
    const rejected: string[] = [];
    for await (const row of service.tables.rows('rejected')) {
      expect(row.source).toBe(basename(path));
      rejected.push(`${row.position} ${row.reason} ${row.detail}`);
    }
    return { activities: activities.reduce((a, b) => a + b, 0), rejected, days: await exported(service, 'activity_days') };
  } finally {
    await service.close();
  }
}

describe('a line that cannot be used', () => {
  it('is rejected by its number and reason, and the lines around it are counted', async () => {
    const secret = 'zoe@example.org';
    const { activities, rejected } = await read([
      logLine(1),
      logLine(2).slice(0, 100),
      Buffer.from([...Buffer.from('{"after":{"id":3,"note":"'), 0xff, 0xfe, ...Buffer.from('"}}')]),
      `{"pad":"${'x'.repeat(1_100_000)}"}`,
      '[1,2,3]',
      '{"colour":"red"}',
      logLine(7, { userid: undefined, other: secret }),
      logLine(8, { timecreated: undefined }),
      logLine(9, { timecreated: 'yesterday', other: secret }),
      logLine(10, { userid: 4.5 }),
      logLine(11, {}, { op: 'x' }),
      logLine(12, {}, { after: null }),
      logLine(13, { id: '9'.repeat(20) }),
      changeLine('user_enrolments', { id: 5, status: 0, userid: 43, timestart: 0, timeend: 0 }),
      changeLine('user_enrolments', { id: 6, status: 'open', enrolid: 7, userid: 43, timestart: 0, timeend: 0 }),
      '',
      logLine(17),
    ]);
    expect(activities).toBe(2);
    const expected = [
      [2, 'not-json'],
      [3, 'not-utf8'],
      [4, 'too-long'],
      [5, 'unknown-shape'],
      [6, 'unknown-shape'],
      [7, 'missing-column', 'logstore_standard_log.userid'],
      [8, 'missing-column', 'logstore_standard_log.timecreated'],
      [9, 'bad-value', 'logstore_standard_log.timecreated'],
      [10, 'bad-value', 'logstore_standard_log.userid'],
      [11, 'unknown-shape', 'logstore_standard_log'],
      [12, 'unknown-shape', 'logstore_standard_log'],
      [13, 'bad-value', 'logstore_standard_log.id'],
      [14, 'missing-column', 'user_enrolments.enrolid'],
      [15, 'bad-value', 'user_enrolments.status'],
    ] as const;
    const byLine = [...rejected].sort((a, b) => Number(/\d+/.exec(a)![0]) - Number(/\d+/.exec(b)![0]));
    expect(byLine.map((row) => row.split(' ').slice(0, 3).join(' '))).toEqual(
      expected.map(([line, reason]) => `line ${line} ${reason}`),
    );
    for (const [i, [, , column]] of expected.entries()) if (column) expect(byLine[i]).toContain(column);
    // Never the content of a cell.
    expect(rejected.join()).not.toMatch(/zoe|yesterday|4\.5|red/);
  });

  it('is kept once, however often the file is read', async () => {
    const { service, config } = await openSite(NO_TICKS);
    const path = temp.lines([logLine(1), 'no json', logLine(2)], 'twice.ndjson');
    const copy = temp.lines([logLine(1), 'no json', logLine(2), logLine(3)], 'sub-twice.ndjson');
    await replay(service, config, [path, path]);
    expect((await exported(service, 'rejected')).trimEnd().split('\n')).toHaveLength(1 + 1);
    expect((await service.store.counts()).rejected).toEqual({ 'not-json': 1 });
    await replay(service, config, [copy]);
    expect(await exported(service, 'user_activity')).toBe('user_id,activities,duration_s,sessions\n43,3,120,1\n');
    await service.close();
  });
});

describe('input that is unusual but means something', () => {
  it('numbers as texts, columns that nobody knows, and columns that are missing', async () => {
    const { activities, rejected, days } = await read([
      logLine(1, { userid: '43', courseid: '7', timecreated: String(T), anonymous: '0', realuserid: '' }),
      logLine(2, { weight: 9, realip: '10.0.0.1', nested: { a: [1] } }),
      logLine(3, { origin: undefined, anonymous: undefined, realuserid: undefined, component: undefined }),
      logLine(4, { origin: null, courseid: null }),
      logLine(5, { userid: '1' }),
    ]);
    // An empty text where a number is expected is no number; the rest counts, but for the guest's row.
    expect(rejected.map((row) => row.split(' ').slice(0, 3).join(' '))).toEqual(['line 1 bad-value']);
    expect(activities).toBe(3);
    expect(days).toContain('43,7,2026-09-21,2,2,0,0,0,0,1,60\n');
  });

  it('tables that are none of Moodle’s are named once; those that are not read, not at all', async () => {
    const { activities, rejected } = await read([
      changeLine('config', { id: 1, name: 'a', value: 'b' }),
      logLine(1),
      changeLine('config', { id: 2, name: 'a', value: 'b' }),
      JSON.stringify({ before: null, after: { id: 1 }, source: { table: 'wp_posts' }, op: 'c' }),
      changeLine('zz_scratch', { id: 1, flag: 2 }),
      changeLine('zz_scratch', { id: 2, flag: 2 }),
    ]);
    expect(activities).toBe(1);
    expect(rejected).toEqual([
      expect.stringMatching(/^table wp_posts unknown-table /),
      expect.stringMatching(/^table zz_scratch unknown-table /),
    ]);
  });

  it('a table that is altered in mid-stream: rows before, with the new columns, and after', async () => {
    const ids = [900001, 900002, 900006, 900007, 900008];
    for (const sample of ['samples/debezium-a-json-schemas.ndjson.gz', 'samples/debezium-b-json.ndjson.gz']) {
      const lines = linesOf(sample).filter((line) =>
        ids.some((id) => line.includes(`\\"id\\":${id}`) && line.includes('standard_log')),
      );
      const { activities, rejected, days } = await readFile(temp.lines(lines));
      expect({ sample, rejected }).toEqual({ sample, rejected: [] });
      expect(activities).toBe(5);
      expect(days).toContain('43,7,2026-11-22,5,4,0,0,1,0,1,300\n');
    }
  });

  it('a date in the far future counts where it says, and does not carry the clock away', async () => {
    const { service, config } = await openSite();
    const lines = [logLine(1), logLine(2, { timecreated: 4_070_908_800 }), logLine(3, { userid: 44 })];
    await replay(service, config, [temp.lines(lines)]);
    expect(service.pipeline.clock).toMatchObject({
      now_ms: (T + 180) * 1000,
      ahead: [{ user_id: 43, time_ms: 4_070_908_800_000 }],
    });
    expect(await exported(service, 'sessions')).toContain('43,4070908800000,4070908800000,1,0,false\n');
    expect(await exported(service, 'scores')).toBe(
      'user_id,course_id,as_of_ms,score,early_score,band,model_version,cohort_version,method,reasons\n',
    );
    expect(await exported(service, 'rejected')).toBe('source,position,reason,detail\n');
    await service.close();
  });

  it('a compressed file that is cut short: all of it that can be read, and the line where it ends', async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => logLine(i + 1));
    const path = temp.file('cut.ndjson.gz');
    writeFileSync(path, gzipSync(`${lines.join('\n')}\n`));
    const whole = readFileSync(path).length;
    truncateSync(path, Math.floor(whole / 2));
    const { activities, rejected } = await readFile(path);
    expect(activities).toBeGreaterThan(1000);
    expect(activities).toBeLessThan(3000);
    expect(rejected).toEqual([expect.stringMatching(new RegExp(`^line ${activities + 1} truncated .*ends early`))]);
    // The whole file afterwards: what was read is known, the rest is counted.
    const again = temp.lines(lines);
    const { service, config } = await openSite(NO_TICKS);
    await replay(service, config, [path, again]);
    expect(await exported(service, 'user_activity')).toMatch(/^43,3000,/m);
    await service.close();
  });

  it('a file whose last line is cut short', async () => {
    const path = temp.file('unfinished.ndjson');
    writeFileSync(path, `${logLine(1)}\n${logLine(2).slice(0, 300)}`);
    const { activities, rejected } = await readFile(path);
    expect(activities).toBe(1);
    expect(rejected).toEqual([expect.stringMatching(/^line 2 truncated /)]);
  });

  it('a file that is empty', async () => {
    writeFileSync(temp.file('empty.ndjson'), '');
    expect(await readFile(temp.file('empty.ndjson'))).toMatchObject({ activities: 0, rejected: [] });
  });
});

describe('the command line', () => {
  let cli: string;
  beforeAll(() => {
    cli = buildInto(temp.path);
  });
  const store = (name: string) => ['--store', `sqlite:${temp.file(name)}`];

  it('says which file is missing, and where it looked', async () => {
    const ran = await holdfast(cli, ['replay', 'nowhere.ndjson', ...store('a.db')], { cwd: temp.path });
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/cannot read nowhere\.ndjson: there is no such file/);
    expect(ran.stderr).not.toMatch(/\bat .*\.js:\d+/);
  });

  it('names all faults of the configuration at once, and none of the values', async () => {
    const env = {
      HOLDFAST_ALERT_THRESHOLD: '77',
      HOLDFAST_TIME_ZONE: 'Mars/Olympus',
      HOLDFAST_MOODLE: 'mysql://holdfast:hunter2@/',
      HOLDFAST_STOER: 'memory:hunter3',
      HOLDFAST_SITE_FILE: temp.file('not-there'),
    };
    const ran = await holdfast(cli, ['export', 'sessions'], { cwd: temp.path, env });
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    for (const name of Object.keys(env)) expect(ran.stderr).toContain(name);
    expect(ran.stderr).not.toMatch(/hunter|77|Mars|not-there/);
  });

  it('refuses to write beside another process, and lets it read', async () => {
    const { service, config } = await openSite({ ...NO_TICKS, HOLDFAST_STORE: `sqlite:${temp.file('shared.db')}` });
    await replay(service, config, [temp.lines([logLine(1)])]);
    const second = await holdfast(cli, ['replay', temp.lines([logLine(2)]), ...store('shared.db')]);
    expect(second.code).toBe(1);
    expect(second.stderr).toMatch(/Another Holdfast process works on the store .*shared\.db\. Stop it first/);
    const reader = await holdfast(cli, ['export', 'user_activity', ...store('shared.db')]);
    expect(reader).toMatchObject({ code: 0, stdout: 'user_id,activities,duration_s,sessions\n43,1,0,1\n' });
    await service.close();
  });

  it('says so when the store cannot be made, or is none', async () => {
    const nowhere = await holdfast(cli, [
      'replay',
      temp.lines([logLine(1)]),
      '--store',
      `sqlite:${temp.file('no/such/folder.db')}`,
    ]);
    if (nowhere.code !== 0) expect(nowhere.stderr).toMatch(/no\/such/);
    mkdirSync(temp.file('folder.db'));
    const folder = await holdfast(cli, ['replay', temp.lines([logLine(1)]), ...store('folder.db')]);
    expect(folder).toMatchObject({ code: 1, stdout: '' });
    expect(folder.stderr).toMatch(/folder\.db/);
    writeFileSync(
      temp.file('text.db'),
      'this is a text, and a rather long one, so that it may be taken for a header of something\n'.repeat(20),
    );
    const text = await holdfast(cli, ['replay', temp.lines([logLine(1)]), ...store('text.db')]);
    expect(text).toMatchObject({ code: 1, stdout: '' });
    expect(text.stderr).toMatch(/text\.db is not a Holdfast store\. Set HOLDFAST_STORE/);
    expect(readFileSync(temp.file('text.db'), 'utf8')).toMatch(/^this is a text/);
  });

  it('stops when the disk takes no more, and goes on from there when there is space again', async () => {
    const path = temp.lines(
      Array.from({ length: 6000 }, (_, i) => logLine(i + 1, { userid: 100 + (i % 700), timecreated: T + i * 1000 })),
      'large.ndjson',
    );
    const full = await holdfast(cli, ['replay', path, ...store('full.db')], { env: NO_TICKS, file_blocks_max: 900 });
    expect(full).toMatchObject({ code: 1, stdout: '' });
    expect(full.stderr).toMatch(/full\.db.*(space|disk)/s);
    const after = await holdfast(cli, ['replay', path, '--quiet', ...store('full.db')], { env: NO_TICKS });
    expect(after).toMatchObject({ code: 0, stderr: '' });
    const { service } = await openSite({ ...NO_TICKS, HOLDFAST_STORE: `sqlite:${temp.file('full.db')}` });
    const found = await exportedAll(service, ORDER_INDEPENDENT);
    await service.close();
    expect(differences(found, await tablesAfter([path], { env: NO_TICKS, tables: ORDER_INDEPENDENT }))).toEqual([]);
  });
});

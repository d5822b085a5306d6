/** The notebook as its user meets it: clicks made up and counted by file, exported, and read by `notebooks/clickstream.ipynb`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { buildInto, holdfast } from './journey/built.js';
import {
  complaints,
  NOTEBOOK_TABLES,
  type NotebookResult,
  notebookMissing,
  numberAfter,
  printedRows,
  runNotebook,
  sizeOfPng,
} from './journey/notebook-run.js';
import { TempFolder } from './journey/site.js';
import { CACHE } from './servers/jars.js';
import { needsServer } from './servers/needed.js';

/** The first run installs some hundred MB of packages. */
jest.setTimeout(900_000);

const START = '2026-11-20T08:00:00Z';
/** Four bursts of 90 s with 35 s of silence between them: 500 s of event time. */
const CLICKS = 8_000;
const EVENTS = 500;
const MINUTE_MS = 60_000;
/** What the notebook prints of a long table. */
const ROWS_MAX = 15;

type Row = Record<string, string | number | null>;

needsServer('the notebook of clicks', notebookMissing(), () => {
  const temp = new TempFolder();
  let cli = '';
  /** The tables as the program tells them, in another format than the notebook's. */
  const tables: Record<string, Row[]> = {};
  let result: NotebookResult;

  const run = async (...args: string[]) => {
    const env = { HOLDFAST_STORE: `sqlite:${temp.file('clicks.db')}` };
    const ran = await holdfast(cli, args, { cwd: temp.path, env });
    if (ran.code !== 0) throw new Error(`${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout;
  };
  const bring = async (kind: string, ...options: string[]) => {
    writeFileSync(temp.file(kind), await run('generate', kind, '--quiet', ...options));
    await run('replay', '--quiet', '--format', kind, temp.file(kind));
  };
  const folder = (name: string) => {
    mkdirSync(temp.file(name));
    return temp.file(name);
  };
  const sumOf = (rows: Row[], column: string) => rows.reduce((sum, row) => sum + Number(row[column]), 0);
  /** Sums, or numbers of rows, by the values of a column. */
  const by = (rows: Row[], key: string, column?: string) => {
    const sums = new Map<string, number>();
    for (const row of rows) {
      if (row[key] === null) continue;
      sums.set(String(row[key]), (sums.get(String(row[key])) ?? 0) + (column === undefined ? 1 : Number(row[column])));
    }
    return sums;
  };
  const text = (ms: number) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

  beforeAll(async () => {
    cli = buildInto(temp.file('built'));
    await bring('users');
    await bring('codes');
    await bring('events', '--count', String(EVENTS), '--start', START);
    await bring('clicks', '--sessionize', '--rate', '20', '--count', String(CLICKS), '--start', START);
    const csv = folder('csv');
    for (const name of NOTEBOOK_TABLES) {
      writeFileSync(join(csv, `${name}.csv`), await run('export', name));
      tables[name] = (await run('export', name, '--format', 'ndjson'))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Row);
    }
    result = await runNotebook(csv, temp.file('result'));
    if (result.code !== 0) throw new Error(result.stderr);
  });
  afterAll(() => temp.remove());

  it('every cell ran, in order, without an error and without a warning', () => {
    expect(complaints(result)).toEqual([]);
    expect(result.cells.length).toBeGreaterThan(15);
    expect(result.cells.map(({ execution_count }) => execution_count)).toEqual(result.cells.map((_, i) => i + 1));
  });

  it('draws each plot, into a PNG of its own that is large enough to read', () => {
    expect(result.figures).toEqual([
      '01-traffic.png',
      '02-visitors.png',
      '03-users.png',
      '04-errors.png',
      '05-codes.png',
      '06-sessions.png',
      '07-data-time.png',
      '08-data-users.png',
      '09-pages.png',
      '10-places.png',
      '11-events.png',
      '12-addresses.png',
      '13-addresses.png',
    ]);
    for (const name of result.figures) {
      const { width, height } = sizeOfPng(join(result.output, name));
      expect([name, width >= 850 && height >= 150]).toEqual([name, true]);
    }
  });

  describe('prints the numbers of the export', () => {
    it('all clicks, and the busiest minutes with their visitors and data', () => {
      const minutes = tables.visitors_per_min!;
      const { totals } = result.printed;
      expect(numberAfter(totals!, 'Clicks')).toBe(CLICKS);
      expect(tables.user_clickstream).toHaveLength(CLICKS);
      expect(numberAfter(totals!, 'Most visitors in a minute')).toBe(
        Math.max(...minutes.map(({ visitors }) => Number(visitors))),
      );
      expect(numberAfter(totals!, 'Data')).toBeCloseTo(sumOf(minutes, 'kbytes'), 1);
      const busiest = minutes
        .toSorted((a, b) => Number(b.hits) - Number(a.hits))
        .map((row) => `${text(Number(row.window_start_ms))} ${row.hits} ${row.visitors} ${Number(row.kbytes).toFixed(1)}`);
      expect(printedRows(totals!, 'Busiest minutes')).toEqual(busiest.slice(0, ROWS_MAX));
    });

    it('errors by status, each once: as many as clicks with such a status', () => {
      const { errors } = result.printed;
      const failed = tables.user_clickstream!.filter(({ status }) => Number(status) > 400);
      expect(failed.length).toBeGreaterThan(0);
      expect(numberAfter(errors!, 'Errors')).toBe(failed.length);
      const whole = tables.errors_per_min!.filter(({ window_start_ms }) => Number(window_start_ms) % MINUTE_MS === 0);
      expect(sumOf(whole, 'errors')).toBe(failed.length);
      expect(printedRows(errors!, 'Errors by status')).toEqual(
        [...by(failed, 'status')].sort().map(([status, count]) => `${status} ${count}`),
      );
    });

    it("users' sessions", () => {
      const { sessions } = result.printed;
      const rows = tables.click_user_sessions!;
      expect(numberAfter(sessions!, 'Sessions')).toBe(rows.length);
      expect(numberAfter(sessions!, 'Users with sessions')).toBe(by(rows, 'username').size);
      expect(numberAfter(sessions!, 'Clicks in sessions')).toBe(sumOf(rows, 'events'));
      const printed = printedRows(sessions!, 'Sessions by user').map((line) => line.split(' '));
      const [number, clicks] = [by(rows, 'username'), by(rows, 'username', 'events')];
      expect(printed).toHaveLength(Math.min(number.size, ROWS_MAX));
      for (const [name, sessionsOf, clicksOf, longest] of printed) {
        const lengths = rows.filter(({ username }) => username === name);
        const longest_ms = Math.max(...lengths.map((row) => Number(row.window_end_ms) - Number(row.window_start_ms)));
        expect([name, sessionsOf, clicksOf]).toEqual([name, String(number.get(name!)), String(clicks.get(name!))]);
        expect(Number(longest)).toBeCloseTo(longest_ms / 1000, 0);
      }
    });

    it('sessions that drew much', () => {
      const heavy = tables.malicious_user_sessions!.toSorted((a, b) => Number(b.kbytes) - Number(a.kbytes));
      expect(heavy.length).toBeGreaterThan(ROWS_MAX);
      expect(result.printed['data-users']).toContain(`(the first ${ROWS_MAX} of ${heavy.length})`);
      const printed = printedRows(result.printed['data-users']!, 'Sessions of more than 50 kbytes');
      expect(printed.map((line) => line.split(' ').at(-1))).toEqual(
        heavy.slice(0, ROWS_MAX).map(({ kbytes }) => Number(kbytes).toFixed(1)),
      );
    });

    it('places, with their clicks and users', () => {
      const clicks = tables.user_clickstream!;
      const expected = [...by(clicks, 'city')].map(([city, count]) => {
        const users = new Set(clicks.filter((click) => click.city === city).map(({ userid }) => userid));
        return `${city} ${count} ${users.size}`;
      });
      expect(printedRows(result.printed.places!, 'Places').sort()).toEqual(expected.sort());
    });

    it('product events', () => {
      expect(numberAfter(result.printed.events!, 'Product events')).toBe(EVENTS);
      expect(sumOf(tables.event_counts!, 'count')).toBe(EVENTS);
    });

    it('and says that Cassandra is left out', () => {
      expect(result.printed.cassandra).toBe('CASSANDRA_HOST is not set: this part is left out.\n');
    });
  });

  it('an export in Parquet gives the same numbers and plots', async () => {
    const parquet = folder('parquet');
    for (const name of NOTEBOOK_TABLES) {
      const path = join(parquet, `${name}.parquet`);
      await holdfastInto(path, ['export', name, '--format', 'parquet']);
    }
    const same = await runNotebook(parquet, temp.file('same'));
    expect([same.code, complaints(same)]).toEqual([0, []]);
    expect(same.printed).toEqual(result.printed);
    expect(same.figures).toEqual(result.figures);
  });

  it('tables that are not there leave their parts out, nothing fails, and no figure of an earlier run stays', async () => {
    const none = await runNotebook(folder('empty'), temp.file('same'));
    expect([none.code, complaints(none), none.figures]).toEqual([0, [], []]);
    expect(none.printed.totals).toMatch(/^user_clickstream is not in .*: this part is left out\.$/m);
  });

  it('a file that is no such table fails the run, says in which line, and leaves nothing behind', async () => {
    const wrong = folder('wrong');
    writeFileSync(join(wrong, 'visitors_per_min.csv'), 'window_start_ms,window_end_ms\n1795161600000,1795161660000\n');
    const tmp = folder('tmp');
    const failed = await runNotebook(wrong, temp.file('failed'), { env: { TMPDIR: tmp, HOLDFAST_TEST_CACHE: CACHE } });
    expect(failed.code).toBe(1);
    expect(failed.stderr).toMatch(/KeyError: .*(hits|visitors)/);
    expect(failed.stderr).toMatch(/a cell of the notebook failed: see above/);
    expect([readdirSync(temp.file('failed')), readdirSync(tmp)]).toEqual([[], []]);
  });

  it('a folder that is not there is said before anything is installed', async () => {
    const { code, stderr } = await runNotebook(temp.file('nowhere'), temp.file('nothing'));
    expect([code, stderr]).toEqual([1, expect.stringContaining('nowhere is not there: export the tables into it first')]);
  });

  /** Parquet is bytes, and no text. */
  async function holdfastInto(path: string, args: string[]): Promise<void> {
    const shell = spawn('sh', ['-c', 'exec "$@" > "$0"', path, process.execPath, cli, ...args], {
      env: { ...process.env, HOLDFAST_STORE: `sqlite:${temp.file('clicks.db')}` },
      cwd: temp.path,
    });
    const [code] = (await once(shell, 'close')) as [number | null];
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}`);
  }
});

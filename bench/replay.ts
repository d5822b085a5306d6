/**
 * A file of Debezium lines → sessions, days and features, in one process, beside the same question put to DuckDB.
 *
 *     npm run bench -- replay [ROWS]    1,000,000 rows unless told otherwise; about 0.8 GB in the temporary folder
 *
 * Both read the same uncompressed file. Ours decodes with JSON.parse, keeps every window in SQLite with fsync, knows each row's id and
 * could be killed at any time; DuckDB answers one query from the file and keeps nothing. That is the question people would ask
 * it instead, so it is the fair one.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { FileSource } from '../src/adapters/file/file-source.js';
import { SqliteStore } from '../src/adapters/sqlite/sqlite-store.js';
import { Runner } from '../src/app/runner.js';
import { baseFeatures } from '../src/features/vector.js';
import { decodeDebezium } from '../src/moodle/debezium.js';
import { Histories } from '../src/pipeline/histories.js';
import { Pipeline } from '../src/pipeline/pipeline.js';
import { Calendar } from '../src/windows/calendar.js';
import { logLines } from './log-lines.js';

const GAP_MS = 900_000;
const RUNS = 3;

/** The lines of a term. */
async function writeLines(path: string, rows: number): Promise<void> {
  const out = createWriteStream(path);
  for (const { line } of logLines(rows)) if (!out.write(`${line}\n`)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
}

async function ours(path: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const calendar = new Calendar('UTC');
  const store = new SqliteStore(join(folder, 'bench.db'));
  await store.open({ site: 'bench', time_zone: 'UTC', day: (ms) => calendar.day(ms) });
  const settings = {
    site: 'bench',
    threshold: 0.7,
    scope: { include: [], exclude: [] },
    gap_ms: GAP_MS,
    cron: '0 3 * * *',
    time_zone: 'UTC',
    count_anonymous: false,
    shared: false,
    sinks: [],
    clock: 'event' as const,
  };
  const pipeline = new Pipeline(store, calendar, settings, null, Date.now);
  await pipeline.open();
  await new Runner(
    new FileSource(path, { decode: (text, at) => decodeDebezium(text, { prefix: 'mdl_', at }) }),
    pipeline,
    store,
  ).run();
  const histories = new Histories(store, calendar);
  const cutoff_day = calendar.day(pipeline.now_ms()) + 1;
  let vectors = 0;
  for (const { course_id, first_ms } of await store.courseActivity()) {
    const course = { course_id, shortname: '', fullname: '', category: null, start_ms: null, end_ms: null };
    const students = await store.lastActive(course_id, Number.MAX_SAFE_INTEGER);
    const enrolments = students.map(({ user_id }) => ({
      user_id,
      course_id,
      state: 'active' as const,
      reason: null,
      since_ms: null,
      enrolled_ms: null,
    }));
    for (const history of await histories.read(course, first_ms, enrolments, cutoff_day))
      vectors += baseFeatures(history, cutoff_day).length > 0 ? 1 : 0;
  }
  await store.close();
  rmSync(folder, { recursive: true });
  return `${vectors} feature vectors`;
}

async function duckdb(path: string): Promise<string> {
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
  const answer = await connection.runAndReadAll(`
    WITH log AS (
      SELECT after.userid AS u, after.courseid AS c, after.timecreated AS t
      FROM read_json('${path}', format = 'newline_delimited', columns = {after: 'STRUCT(userid BIGINT, courseid BIGINT, timecreated BIGINT, origin VARCHAR, realuserid BIGINT, anonymous INTEGER)'})
      WHERE after.origin IN ('web', 'ws') AND coalesce(after.realuserid, 0) = 0 AND after.anonymous = 0 AND after.userid > 1
    ), marked AS (
      SELECT *, CASE WHEN t - max(t) OVER (PARTITION BY u, c ORDER BY t RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) <= 900 THEN 0 ELSE 1 END AS first FROM log
    ), numbered AS (
      SELECT *, sum(first) OVER (PARTITION BY u, c ORDER BY t RANGE UNBOUNDED PRECEDING) AS s FROM marked
    ), sessions AS (
      SELECT u, c, s, min(t) AS from_t, max(t) AS to_t, count(*) AS activities FROM numbered GROUP BY u, c, s
    ), days AS (
      SELECT u, c, t // 86400 AS d, count(*) AS activities FROM log GROUP BY u, c, d
    ), last AS (SELECT max(d) + 1 AS cutoff FROM days)
    SELECT count(*) FROM (
      SELECT d.u, d.c, max(cutoff) - max(d) AS silent, count(*) FILTER (d >= cutoff - 7) AS days7, count(*) FILTER (d >= cutoff - 14) AS days14,
        count(*) FILTER (d >= cutoff - 28) AS days28, sum(activities) FILTER (d >= cutoff - 7) AS acts7, sum(activities) FILTER (d >= cutoff - 28) AS acts28,
        stddev(activities) AS spread, any_value(s.n) AS sessions, any_value(s.mean) AS duration
      FROM days d, last, (SELECT u, c, count(*) AS n, avg(to_t - from_t) AS mean FROM sessions GROUP BY u, c) s
      WHERE s.u = d.u AND s.c = d.c GROUP BY d.u, d.c)`);
  return `${answer.getRows()[0]![0]} feature vectors`;
}

interface Measured {
  seconds: number;
  mebibytes: number;
  made: string;
}

function measure(mode: string, path: string): Measured {
  const begun = performance.now();
  const child = spawnSync(process.execPath, [fileURLToPath(import.meta.url), mode, path], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`${mode} failed`);
  return { seconds: (performance.now() - begun) / 1000, ...(JSON.parse(child.stdout) as { mebibytes: number; made: string }) };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

async function main(): Promise<void> {
  const [mode = '1000000', file] = process.argv.slice(2);
  const modes: Record<string, (path: string) => Promise<string>> = { ours, duckdb };
  if (file !== undefined) {
    const made = await modes[mode]!(file);
    process.stdout.write(JSON.stringify({ made, mebibytes: process.resourceUsage().maxRSS / 1024 }));
    return;
  }
  const rows = Number(mode);
  const path = join(tmpdir(), `holdfast-bench-${rows}.ndjson`);
  if (!existsSync(path)) await writeLines(path, rows);
  const runs = Array.from({ length: RUNS }, () => ({ ours: measure('ours', path), duckdb: measure('duckdb', path) }));
  for (const name of ['ours', 'duckdb'] as const) {
    const seconds = median(runs.map((r) => r[name].seconds));
    console.log(
      `${name.padEnd(7)} ${seconds.toFixed(1)} s  ${Math.round(rows / seconds).toLocaleString('en')} rows/s  peak ${Math.round(median(runs.map((r) => r[name].mebibytes)))} MiB  ${runs[0]![name].made}`,
    );
  }
  const ratio = (of: (m: Measured) => number) => median(runs.map((r) => of(r.ours) / of(r.duckdb))).toFixed(2);
  console.log(
    `ours / DuckDB with 2 threads, median of ${RUNS} pairs: time ${ratio((m) => m.seconds)}, peak memory ${ratio((m) => m.mebibytes)}`,
  );
  rmSync(path);
}

await main();

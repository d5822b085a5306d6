/**
 * A file of click records → all click tables, in one process, beside the same tables asked of DuckDB in SQL.
 *
 *     npm run bench -- clicks [CLICKS]      1,000,000 unless told otherwise; about 250 MB in the temporary folder
 *     npm run bench -- clicks memory        a million users and a million addresses in one day
 *
 * Ours decodes each line, joins user, code, agent and address, keeps every click and every window in SQLite with fsync, and could be
 * killed at any time. DuckDB answers from the file and keeps nothing; it has one thread too. It is the question people would ask it.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { ClickFile } from '../src/adapters/file/click-file.js';
import { openGeoIp } from '../src/adapters/geoip/geoip.js';
import { SqliteClickStore } from '../src/adapters/sqlite/sqlite-click-store.js';
import type { ClickRecord } from '../src/click-ports.js';
import { Agents } from '../src/clickstream/agents.js';
import { decodeLine } from '../src/clickstream/decode-record.js';
import { GENERATORS } from '../src/clickstream/generate/generators.js';
import { clickTables } from '../src/clickstream/tables.js';
import { ClickPipeline } from '../src/pipeline/click-pipeline.js';

const RUNS = 3;
const START_MS = Date.UTC(2026, 10, 20);
/** So that a million clicks are three hours of a busy site. */
const RATE_PER_S = 100;
const MILLION = 1_000_000;
const BATCH = 5_000;

async function write(path: string, kind: 'clicks' | 'users' | 'codes', count?: number): Promise<void> {
  if (existsSync(path)) return;
  const out = createWriteStream(path);
  const { generate, count: own } = GENERATORS[kind];
  for (const { text } of generate(1, { start_ms: START_MS, rate_per_s: RATE_PER_S, count: count ?? own ?? undefined }))
    if (!out.write(`${text}\n`)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
}

const folder = (rows: string) => join(tmpdir(), `holdfast-bench-clicks-${rows}`);
const filesOf = (rows: string) => ({
  clicks: `${folder(rows)}.ndjson`,
  users: `${folder(rows)}-users.ndjson`,
  codes: `${folder(rows)}-codes.ndjson`,
});

async function opened(path: string) {
  const store = new SqliteClickStore(path);
  await store.open();
  const settings = { tables: clickTables(), sinks: [], locate: await openGeoIp(null), describe: new Agents().describe };
  const pipeline = new ClickPipeline(store, settings, Date.now);
  await pipeline.open();
  return { store, pipeline };
}

async function ours(rows: string): Promise<string> {
  const temp = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const { store, pipeline } = await opened(join(temp, 'clicks.db'));
  const files = filesOf(rows);
  for (const kind of ['users', 'codes', 'clicks'] as const) {
    const file = new ClickFile(files[kind], { decode: (text, at) => decodeLine(kind, text, at) });
    for await (const batch of file.batches(await file.identity(), null, new AbortController().signal))
      await pipeline.process(batch);
  }
  const windows = pipeline.open_windows;
  await store.close();
  rmSync(temp, { recursive: true });
  return `${windows} windows`;
}

/** Each table counted, so that all of it is computed. */
async function duckdb(rows: string): Promise<string> {
  const { clicks, users, codes } = filesOf(rows);
  const connection = await (await DuckDBInstance.create(':memory:', { threads: '1' })).connect();
  const fixed = (size: number, advance: number) =>
    `(SELECT *, unnest(generate_series((t // ${advance}) * ${advance} - ${size} + ${advance}, (t // ${advance}) * ${advance}, ${advance})) AS w FROM c)`;
  const sessions = (key: string, gap: number, value: string) => `
    (SELECT ${key}, s, ${value} FROM (SELECT *, sum(first) OVER (PARTITION BY ${key} ORDER BY t) AS s FROM
      (SELECT *, CASE WHEN t - lag(t) OVER (PARTITION BY ${key} ORDER BY t) <= ${gap} THEN 0 ELSE 1 END AS first FROM c WHERE username IS NOT NULL)) GROUP BY ${key}, s)`;
  const tables = [
    `(SELECT userid, w, count(*) FROM ${fixed(60_000, 60_000)} GROUP BY userid, w)`,
    `(SELECT userid, w, count(*) FROM ${fixed(60_000, 5_000)} WHERE request LIKE '%html%' GROUP BY userid, w)`,
    sessions('username', 30_000, 'count(*)'),
    `(SELECT status, w, count(*) FROM ${fixed(60_000, 5_000)} WHERE status > 400 GROUP BY status, w)`,
    `(SELECT status, w, count(*) FROM ${fixed(60_000, 20_000)} WHERE status > 400 GROUP BY status, w HAVING count(*) > 5)`,
    `(SELECT status, definition, w, count(*) FROM ${fixed(30_000, 30_000)} GROUP BY status, definition, w HAVING count(*) > 1)`,
    `(SELECT username, ip, city, w, count(*) FROM ${fixed(60_000, 60_000)} WHERE username IS NOT NULL GROUP BY username, ip, city, w HAVING count(*) > 1)`,
    sessions('username', 300_000, 'sum(bytes)'),
    sessions('username, ip', 300_000, 'sum(bytes)'),
    `(SELECT userid, w, count(*) FROM ${fixed(300_000, 300_000)} WHERE level = 'Platinum' AND status > 400 AND request LIKE '%html%' GROUP BY userid, w)`,
    `(SELECT w, count(*), count(DISTINCT ip), sum(bytes) FROM ${fixed(60_000, 60_000)} GROUP BY w)`,
  ];
  await connection.run(`CREATE VIEW u AS SELECT * FROM read_json('${users}', format = 'newline_delimited')`);
  await connection.run(`CREATE VIEW k AS SELECT * FROM read_json('${codes}', format = 'newline_delimited')`);
  await connection.run(`CREATE TABLE c AS SELECT x._time AS t, x.ip, x.userid, x.request, x.status::INTEGER AS status, x.bytes::BIGINT AS bytes, u.username, u.city, u.level, k.definition
    FROM read_json('${clicks}', format = 'newline_delimited', columns = {ip: 'VARCHAR', userid: 'BIGINT', _time: 'BIGINT', request: 'VARCHAR', status: 'VARCHAR', bytes: 'VARCHAR', agent: 'VARCHAR', referrer: 'VARCHAR'}) x
    LEFT JOIN u ON u.user_id = x.userid LEFT JOIN k ON k.code = x.status::INTEGER`);
  let total = 0;
  for (const table of tables) total += Number((await connection.runAndReadAll(`SELECT count(*) FROM ${table}`)).getRows()[0]![0]);
  return `${total} rows`;
}

/** A click of each of a million users from an address of their own, over a day; then a second day, when the first is let go. */
async function memory(): Promise<string> {
  const temp = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
  const { store, pipeline } = await opened(join(temp, 'clicks.db'));
  const mebibytes: number[] = [];
  for (let day = 0; day < 2; day++) {
    for (let i = 0; i < MILLION; i += BATCH) {
      const records: ClickRecord[] = [];
      for (let n = i; n < i + BATCH; n++) records.push(clickOf(day, n));
      await pipeline.process({ records, rejected: [], live: false });
    }
    globalThis.gc?.();
    const { rss } = process.memoryUsage();
    mebibytes.push(Math.round(rss / 2 ** 20));
  }
  await store.close();
  rmSync(temp, { recursive: true });
  return `${mebibytes[0]} MiB after the first day with ${MILLION} users and addresses, ${mebibytes[1]} MiB after the second`;
}

function clickOf(day: number, n: number): ClickRecord {
  const time_ms = START_MS + day * 86_400_000 + Math.floor((n * 86_400_000) / MILLION);
  const ip = `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
  const click = {
    id: null,
    time_ms,
    user_id: n,
    ip,
    request: 'GET /index.html HTTP/1.1',
    status: 200,
    bytes: 1_289,
    referrer: null,
    agent: null,
    session_id: null,
    city: null,
    country: null,
    extra: {},
  };
  return { kind: 'click', id: `bench#${day}-${n}`, click };
}

function measure(mode: string, rows: string): { seconds: number; mebibytes: number; made: string } {
  const begun = performance.now();
  const child = spawnSync(process.execPath, ['--expose-gc', fileURLToPath(import.meta.url), mode, rows], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`${mode} failed`);
  return { seconds: (performance.now() - begun) / 1000, ...(JSON.parse(child.stdout) as { mebibytes: number; made: string }) };
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;

async function main(): Promise<void> {
  const [mode = String(MILLION), given] = process.argv.slice(2);
  const modes: Record<string, (rows: string) => Promise<string>> = { ours, duckdb };
  if (mode === 'memory') return console.log(await memory());
  if (given !== undefined) {
    const made = await modes[mode]!(given);
    process.stdout.write(JSON.stringify({ made, mebibytes: process.resourceUsage().maxRSS / 1024 }));
    return;
  }
  const files = filesOf(mode);
  await write(files.clicks, 'clicks', Number(mode));
  await write(files.users, 'users');
  await write(files.codes, 'codes');
  const runs = Array.from({ length: RUNS }, () => ({ ours: measure('ours', mode), duckdb: measure('duckdb', mode) }));
  for (const name of ['ours', 'duckdb'] as const) {
    const seconds = median(runs.map((r) => r[name].seconds));
    const mebibytes = median(runs.map((r) => r[name].mebibytes));
    console.log(`${name}: ${Math.round(Number(mode) / seconds)} clicks/s, ${mebibytes.toFixed(0)} MiB, ${runs[0]![name].made}`);
  }
  const ratios = runs.map((r) => r.duckdb.seconds / r.ours.seconds);
  console.log(`ratio ours to DuckDB (pairs): ${ratios.map((r) => r.toFixed(2)).join(', ')}`);
}

await main();

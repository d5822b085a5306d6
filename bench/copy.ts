/**
 * The first copy of a large log from a real MariaDB into the embedded store, in pieces of two million rows a moment, as a service does it.
 *
 *     npm run bench -- copy [ROWS]    1,000,000 unless told otherwise; needs MariaDB
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BinlogSource } from '../src/adapters/binlog/binlog-source.js';
import { LOG_TABLE } from '../src/adapters/binlog/options.js';
import { SqliteStore } from '../src/adapters/sqlite/sqlite-store.js';
import { Pipeline } from '../src/pipeline/pipeline.js';
import { Calendar } from '../src/windows/calendar.js';
import { Mariadb } from '../test/servers/mariadb.js';

const TOLD_EVERY = 1_000_000;
/** A click every two seconds, of 10,000 users in 300 courses: ten million are eight months. */
const FILL = (rows: number) => `
  CREATE TABLE mdl_logstore_standard_log (id BIGINT PRIMARY KEY, eventname VARCHAR(255), component VARCHAR(100), userid BIGINT, courseid BIGINT, realuserid BIGINT, anonymous TINYINT NOT NULL, origin VARCHAR(10), timecreated BIGINT);
  INSERT INTO mdl_logstore_standard_log SELECT seq, '\\\\mod_page\\\\event\\\\course_module_viewed', 'mod_page', 2 + (seq DIV 6 * 7919) % 10000, 2 + (seq DIV 6) % 300, NULL, 0, 'web', 1767225600 + seq * 2 FROM seq_1_to_${rows};`;

const rows = Number(process.argv[2] ?? 1_000_000);
const db = await Mariadb.start({ 'innodb-buffer-pool-size': '512M', 'innodb-log-file-size': '512M', 'log-bin': 'binlog' });
const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
try {
  await db.sql(`SET sql_log_bin = 0; ${FILL(rows)}`, 'moodle');
  const calendar = new Calendar('UTC');
  const store = new SqliteStore(join(folder, 'bench.db'));
  await store.open({ site: 'bench', time_zone: 'UTC', day: (ms) => calendar.day(ms) });
  const settings = { site: 'bench', threshold: 0.7, scope: { include: [], exclude: [] }, gap_ms: 900_000, cron: '0 3 * * *', time_zone: 'UTC', count_anonymous: false, shared: false, sinks: [], clock: 'event' as const }; // biome-ignore format: settings
  const pipeline = new Pipeline(store, calendar, settings, null, Date.now);
  await pipeline.open();
  const source = new BinlogSource({ url: db.url(), site: 'bench', prefix: 'mdl_', tables: [LOG_TABLE], clock: Date.now });
  const abort = new AbortController();
  const begun = performance.now();
  let copied = 0;
  for await (const batch of source.batches(null, abort.signal)) {
    await pipeline.processBatch(batch, source);
    copied += batch.changes.length;
    const seconds = (performance.now() - begun) / 1000;
    if (copied % TOLD_EVERY < batch.changes.length || !batch.snapshot)
      process.stdout.write(`${copied} rows in ${seconds.toFixed(1)} s: ${Math.round(copied / seconds)} rows/s\n`);
    if (!batch.snapshot) break;
  }
  abort.abort();
  const { activities } = await store.sessionTotals(0);
  await store.close();
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(`${activities} activities counted of ${rows}; peak ${peak} MiB\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
  await db.stop();
}

/**
 * Rows a second read from a real MariaDB's binary log, beside the bare zongji library counting the same rows in the same
 * process. Starts its own private server (Debian's mariadb-server).
 *
 *     npm run bench -- binlog [rows, default 200000]
 *
 * One line each, then the ratio of the medians: 1.00 = the adapter costs nothing.
 */
import ZongJi, { type AnyBinlogEvent } from '@vlasky/zongji';
import { BinlogSource } from '../src/adapters/binlog/binlog-source.js';
import { connectionOptions } from '../src/adapters/binlog/connect.js';
import { LOG_TABLE, parseAddress } from '../src/adapters/binlog/options.js';
import { Mariadb, mariadbMissing } from '../test/servers/mariadb.js';

const DUMP = 'test/fixtures/moodle-4.5-site.sql.gz';
/** Moodle flushes its log buffer at this many rows. */
const ROWS_PER_TRANSACTION = 50;
/** The first round of each warms up and does not count. */
const ROUNDS = 5;
/** Above the ids of the site itself. */
const START_ID = 1_000_000_000;

async function main(): Promise<void> {
  const rows = Number(process.argv[2] ?? 200_000);
  const missing = mariadbMissing();
  if (missing !== null) throw new Error(missing);
  const db = await Mariadb.start();
  try {
    await db.load(DUMP);
    const gtid = (await db.sql('SELECT @@GLOBAL.gtid_binlog_pos')).trim();
    await fill(db, rows);
    const busy_s = { bare: [] as number[], holdfast: [] as number[] };
    const rates = { bare: [] as number[], holdfast: [] as number[] };
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, measure] of [
        ['bare', bare],
        ['holdfast', adapter],
      ] as const) {
        const cpu = process.cpuUsage();
        const seconds = await measure(db, gtid, rows);
        const { user, system } = process.cpuUsage(cpu);
        const busy = (user + system) / 1_000_000;
        const rate = Math.round(rows / seconds);
        process.stdout.write(
          `${name} ${round === 0 ? '(warm-up) ' : ''}${rows} rows in ${seconds.toFixed(2)} s: ${rate} rows/s, ${busy.toFixed(2)} s of CPU\n`,
        );
        if (round === 0) continue;
        rates[name].push(rate);
        busy_s[name].push(busy);
      }
    }
    const [one, two] = [median(rates.holdfast), median(rates.bare)];
    process.stdout.write(`median holdfast ${one} rows/s, bare zongji ${two} rows/s, ratio ${(one / two).toFixed(2)}\n`);
    const cpu = median(busy_s.bare) / median(busy_s.holdfast);
    process.stdout.write(`ratio by CPU time (less shaken by what else the machine does) ${cpu.toFixed(2)}\n`);
    process.stdout.write(`largest resident memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MB\n`);
  } finally {
    await db.stop();
  }
}

/** Real log rows under new ids, in transactions of the size that Moodle writes. */
async function fill(db: Mariadb, rows: number): Promise<void> {
  const columns = (await db.sql(`SHOW COLUMNS FROM mdl_${LOG_TABLE}`, 'moodle')).split('\n').map((line) => line.split('\t')[0]);
  const rest = columns.filter((name) => name && name !== 'id').join(', ');
  const numbered = `SELECT ROW_NUMBER() OVER (ORDER BY id) AS n, ${rest} FROM mdl_${LOG_TABLE} ORDER BY id LIMIT 13000`;
  await db.sql(`CREATE TABLE pool (n BIGINT PRIMARY KEY) AS ${numbered}`, 'moodle');
  const lines: string[] = [];
  for (let first = 0; first < rows; first += ROWS_PER_TRANSACTION) {
    const from = 1 + (first % 12_900);
    lines.push(
      `INSERT INTO mdl_${LOG_TABLE} (id, ${rest}) SELECT ${START_ID + first} + n - ${from}, ${rest} FROM pool WHERE n >= ${from} ` +
        `ORDER BY n LIMIT ${Math.min(ROWS_PER_TRANSACTION, rows - first)};`,
    );
  }
  await db.sql(lines.join('\n'), 'moodle');
}

async function bare(db: Mariadb, gtid: string, rows: number): Promise<number> {
  const zongji = new ZongJi(connectionOptions(parseAddress(db.url())) as ConstructorParameters<typeof ZongJi>[0]);
  const begin = performance.now();
  let count = 0;
  await new Promise<void>((resolve, reject) => {
    zongji.on('error', reject);
    zongji.on('binlog', (event: AnyBinlogEvent) => {
      if ('rows' in event) count += event.rows.length;
      if (count >= rows) resolve();
    });
    const includeSchema = { moodle: [`mdl_${LOG_TABLE}`] };
    zongji.start({ gtidSet: gtid, serverId: 77, includeEvents: ['tablemap', 'writerows'], includeSchema });
  });
  const seconds = (performance.now() - begin) / 1000;
  await new Promise<void>((resolve) => {
    zongji.on('stopped', resolve);
    zongji.stop();
  });
  return seconds;
}

async function adapter(db: Mariadb, gtid: string, rows: number): Promise<number> {
  const source = new BinlogSource({ url: db.url(), site: 'bench', prefix: 'mdl_', tables: [LOG_TABLE], clock: Date.now });
  const abort = new AbortController();
  const begin = performance.now();
  let count = 0;
  let seconds = 0;
  for await (const batch of source.batches(JSON.stringify({ phase: 'stream', gtid }), abort.signal)) {
    count += batch.changes.length;
    if (count >= rows) {
      seconds = (performance.now() - begin) / 1000;
      abort.abort();
    }
  }
  return seconds;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

await main();

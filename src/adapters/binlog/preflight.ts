/**
 * Is the server set up so that nothing is lost? Under `binlog_format = MIXED` Moodle's inserts leave no row events and no
 * error; without full metadata an ALTER gives a dropped column's values under another column's name. So: ask first, and
 * name every fault at once with the lines that mend it.
 */
import type { Connection } from 'mysql2/promise';
import { connect, quoted, select } from './connect.js';
import { NeedsOperator, verdict } from './faults.js';
import { type BinlogOptions, LOG_TABLE, type Target, target } from './options.js';
import type { Flavour } from './position.js';

export interface Check {
  ok: boolean;
  /** What was looked at and found. */
  what: string;
  /** Lines to run, where it is not ok. */
  remedy: string | null;
}

export interface Server {
  flavour: Flavour;
  version: string;
  /** Those of the wanted tables that are there: all of them, or the log alone. */
  tables: readonly string[];
}

/** For `doctor`: connects, looks, closes. Never throws for what the server is or lacks. */
export async function checkBinlog(options: BinlogOptions): Promise<Check[]> {
  const { address, ...rest } = target(options);
  let connection: Connection;
  try {
    connection = await connect(address);
  } catch (error) {
    return [unreachable(address.name, error)];
  }
  try {
    const { checks } = await inspect(connection, { address, ...rest });
    return [{ ok: true, what: `${address.name} answers`, remedy: null }, ...checks];
  } finally {
    connection.destroy();
  }
}

/** Returns what the server is, or throws one NeedsOperator with every fault. */
export async function preflight(connection: Connection, where: Target): Promise<Server> {
  const { server, checks } = await inspect(connection, where);
  const faults = checks.filter((check) => !check.ok);
  if (faults.length === 0) return server;
  const lines = faults.map(({ what, remedy }) => `- ${what}\n${(remedy ?? '').replace(/^/gm, '    ')}`);
  throw new NeedsOperator(`${where.address.name} is not ready for change capture:\n${lines.join('\n')}`);
}

function unreachable(name: string, error: unknown): Check {
  const known = verdict(name, error);
  const { message } = error as Error;
  if (known !== null) return { ok: false, what: known.message, remedy: 'Correct HOLDFAST_MOODLE.' };
  return { ok: false, what: `${name} does not answer: ${message}`, remedy: 'Is the server running, and the address right?' };
}

async function inspect(connection: Connection, where: Target): Promise<{ server: Server; checks: Check[] }> {
  const [about] = await select(connection, 'SELECT VERSION() AS version, CURRENT_USER() AS account');
  const version = String(about?.version);
  const flavour: Flavour = /mariadb/i.test(version) ? 'mariadb' : 'mysql';
  const settings = new Map<string, string>();
  for (const row of await select(
    connection,
    "SHOW GLOBAL VARIABLES WHERE Variable_name LIKE 'binlog%' OR Variable_name IN ('log_bin', 'gtid_mode')",
  )) {
    settings.set(String(row.Variable_name), String(row.Value));
  }
  const account = grantee(String(about?.account));
  const tables = await checkTables(connection, where, account);
  const checks = [
    ...checkSettings(flavour, version, settings),
    await checkReplication(connection, flavour, account),
    ...tables.checks,
  ];
  return { server: { flavour, version, tables: tables.present }, checks };
}

/** `holdfast@%` → `'holdfast'@'%'`. */
function grantee(account: string): string {
  const at = account.lastIndexOf('@');
  return `'${account.slice(0, at)}'@'${account.slice(at + 1)}'`;
}

function checkSettings(flavour: Flavour, version: string, settings: Map<string, string>): Check[] {
  if (settings.get('log_bin') !== 'ON') {
    const section = flavour === 'mariadb' ? '[mariadbd]' : '[mysqld]';
    const lines = [section, 'log_bin = binlog', 'binlog_format = ROW', 'binlog_row_image = FULL', 'binlog_row_metadata = FULL'];
    if (flavour === 'mysql') lines.push('gtid_mode = ON', 'enforce_gtid_consistency = ON');
    const remedy = `# in the server's configuration file, then restart the server:\n${lines.join('\n')}`;
    return [{ ok: false, what: `${version}: the binary log is off`, remedy }];
  }
  const checks = [
    checkSetting(
      settings,
      'binlog_format',
      'ROW',
      '\n-- for connections made from now on: restart PHP, and set it in the configuration file too',
    ),
    checkSetting(settings, 'binlog_row_image', 'FULL'),
  ];
  if (settings.has('binlog_row_metadata')) {
    checks.push(checkSetting(settings, 'binlog_row_metadata', 'FULL'));
  } else {
    const remedy = 'Upgrade to MariaDB 10.5 or MySQL 8.0, or let Debezium read this server.';
    checks.push({ ok: false, what: `${version} cannot write column names into its log`, remedy });
  }
  if (flavour === 'mysql') checks.push(...checkMysqlSettings(settings));
  return checks;
}

function checkSetting(settings: Map<string, string>, name: string, wanted: string, note = ''): Check {
  const found = settings.get(name) ?? '';
  if (found.toUpperCase() === wanted) return { ok: true, what: `${name} is ${wanted}`, remedy: null };
  const remedy = `SET GLOBAL ${name} = '${wanted}';${note}`;
  return { ok: false, what: `${name} is ${found === '' ? 'not set' : found}, must be ${wanted || 'empty'}`, remedy };
}

/** GTIDs are a choice on MySQL, and it has two ways of packing rows that the reader does not understand. */
function checkMysqlSettings(settings: Map<string, string>): Check[] {
  const steps = ['enforce_gtid_consistency = ON', 'gtid_mode = OFF_PERMISSIVE', 'gtid_mode = ON_PERMISSIVE', 'gtid_mode = ON'];
  const gtid = checkSetting(settings, 'gtid_mode', 'ON');
  const checks = [gtid.ok ? gtid : { ...gtid, remedy: steps.map((step) => `SET GLOBAL ${step};`).join('\n') }];
  if (settings.has('binlog_row_value_options')) checks.push(checkSetting(settings, 'binlog_row_value_options', ''));
  if (settings.has('binlog_transaction_compression'))
    checks.push(checkSetting(settings, 'binlog_transaction_compression', 'OFF'));
  return checks;
}

async function checkReplication(connection: Connection, flavour: Flavour, account: string): Promise<Check> {
  // MySQL tells where its log stands (for the snapshot) only to those with REPLICATION CLIENT.
  const wanted = flavour === 'mysql' ? ['REPLICATION SLAVE', 'REPLICATION CLIENT'] : ['REPLICATION SLAVE'];
  const held = (await select(connection, 'SHOW GRANTS')).map((row) => String(Object.values(row)[0]));
  const everywhere = held.flatMap((line) => /^GRANT (.*) ON \*\.\* TO /.exec(line)?.[1]?.split(/,\s*/) ?? []);
  const missing = wanted.filter((privilege) => !everywhere.includes(privilege) && !everywhere.includes('ALL PRIVILEGES'));
  if (missing.length === 0) return { ok: true, what: `the user has ${wanted.join(', ')}`, remedy: null };
  return { ok: false, what: `the user lacks ${missing.join(', ')}`, remedy: `GRANT ${missing.join(', ')} ON *.* TO ${account};` };
}

const DENIED = 1142;
const NO_SUCH_TABLE = 1146;

/** A database with the log and none of the other tables is fine: every user of the log counts, and nobody is enrolled. */
async function checkTables(
  connection: Connection,
  where: Target,
  account: string,
): Promise<{ checks: Check[]; present: string[] }> {
  const denied: string[] = [];
  const missing: string[] = [];
  const keyless: string[] = [];
  for (const table of where.tables) {
    const name = where.prefix + table;
    try {
      await connection.query(`SELECT 1 FROM ${quoted(name)} LIMIT 0`);
      const key = await select(connection, `SHOW COLUMNS FROM ${quoted(name)} LIKE 'id'`);
      if (key.length === 0) keyless.push(name);
    } catch (error) {
      const errno = (error as { errno?: number }).errno;
      if (errno === DENIED) denied.push(name);
      else if (errno === NO_SUCH_TABLE) missing.push(name);
      else throw error;
    }
  }
  const checks: Check[] = [];
  if (denied.length > 0) {
    const remedy = denied.map((name) => `GRANT SELECT ON ${quoted(where.address.database)}.${quoted(name)} TO ${account};`);
    checks.push({ ok: false, what: `the user may not read ${denied.join(', ')}`, remedy: remedy.join('\n') });
  }
  const present = where.tables.filter((table) => !missing.includes(where.prefix + table));
  const log_alone = present.length === 1 && present[0] === LOG_TABLE;
  const needed = missing.filter((name) => !where.optional?.includes(name.slice(where.prefix.length)));
  if (needed.length > 0 && !log_alone) checks.push(await missingTables(connection, where, needed));
  if (keyless.length > 0) {
    checks.push({
      ok: false,
      what: `no column id in ${keyless.join(', ')}`,
      remedy: 'Name Moodle’s own tables, not views of them.',
    });
  }
  if (checks.length === 0) {
    const what = log_alone
      ? `the log ${where.prefix}${LOG_TABLE} alone can be read`
      : `${present.length} tables ${where.prefix}… can be read`;
    checks.push({ ok: true, what, remedy: null });
  }
  return { checks, present };
}

async function missingTables(connection: Connection, where: Target, missing: string[]): Promise<Check> {
  const found = await select(
    connection,
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME LIKE ?',
    [where.address.database, `%${LOG_TABLE.replaceAll('_', '\\_')}`],
  );
  const prefixes = found.map((row) => String(row.name).slice(0, -LOG_TABLE.length)).filter((prefix) => prefix !== where.prefix);
  const what = `no table ${missing.join(', ')} in database ${where.address.database}`;
  if (prefixes.length === 0) return { ok: false, what, remedy: 'Is this the database of Moodle, and its prefix ($CFG->prefix)?' };
  return {
    ok: false,
    what: `${what}; tables of Moodle are there with prefix ${prefixes.join(', ')}`,
    remedy: prefixes.map((prefix) => `HOLDFAST_MOODLE_PREFIX=${prefix}`).join('\n'),
  };
}

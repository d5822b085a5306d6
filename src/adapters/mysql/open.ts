/** Opening a store's database: is the server one that will do, the schema, whose store it is. */
import { type StoreIdentity, type StoreMode, StoreUnavailable } from '../../ports.js';
import { type Address, parseAddress } from './address.js';
import { Database, type DatabaseOptions, type Sql } from './database.js';
import { alone, checkMigrations, knownSchema, type MigrationReport, migrate, type Schema } from './migrate.js';
import { insert, writeRows } from './rows.js';

/** The oldest servers that still get security fixes; older ones lack what the schema and its statements need. */
const OLDEST = { MariaDB: [10, 6], MySQL: [8, 0] } as const;
/** A statement of a commit, and one outbox entry before it is compressed. */
const PACKET_BYTES_MIN = 4 * 1024 * 1024;
/** Written at every opening, so that who may not write is told now and not at the first commit. */
const IDENTITY = insert(
  'store_identity',
  ['id', 'site', 'time_zone'],
  ' ON DUPLICATE KEY UPDATE site = VALUES(site), time_zone = VALUES(time_zone)',
);

export async function openDatabase(database: Database, identity: StoreIdentity, mode: StoreMode): Promise<void> {
  const { name } = database.address;
  await openSchema(database, knownSchema(), mode, {
    check: (sql) => checkIdentity(sql, name, identity),
    own: (sql) => writeRows(sql, IDENTITY, [[1, identity.site, identity.time_zone]]),
  });
}

/** The tables of clicks: they are of no site, and may be there with or without the site's own. */
export async function openClickDatabase(database: Database, mode: StoreMode): Promise<void> {
  await openSchema(database, knownSchema('mysql-clicks'), mode, {
    check: async () => {},
    // Changes nothing, and needs the right to.
    own: async (sql) => void (await sql.run('UPDATE click_clock SET clock = clock')),
  });
}

/** Ten processes may do this at once: one after the other migrates and looks. */
async function openSchema(
  database: Database,
  known: Schema,
  mode: StoreMode,
  { check, own }: { check(sql: Sql): Promise<void>; own(sql: Sql): Promise<void> },
): Promise<void> {
  const { name } = database.address;
  await database.atOpen(() =>
    database.connected(async (sql) => {
      await checkServer(sql, database.address);
      if (mode === 'read') {
        await checkReadable(sql, name, known);
        await check(sql);
        return;
      }
      await alone(sql, name, async () => {
        await migrate(sql, name, known);
        await check(sql);
        await own(sql);
      });
    }),
  );
}

/** Brings the schemas of a database up to date, the site's and that of its clicks, and says what it did. */
export async function migrateMysql(url: string, options: DatabaseOptions = {}): Promise<MigrationReport> {
  return looked(url, options, async (sql, { name }) => {
    const site = await alone(sql, name, () => migrate(sql, name, knownSchema()));
    const clicks = await alone(sql, name, () => migrate(sql, name, knownSchema('mysql-clicks')));
    return { applied: [...site.applied, ...clicks.applied], already: [...site.already, ...clicks.already] };
  });
}

/** Whether a store was made here: for readers, who make nothing, and are refused where there is nothing. */
export async function hasStore(url: string, options: DatabaseOptions = {}): Promise<boolean> {
  return looked(url, options, async (sql, { name }) => (await checkMigrations(sql, name, knownSchema())).length > 0);
}

/** The same of clicks. */
export async function hasClicks(url: string, options: DatabaseOptions = {}): Promise<boolean> {
  return looked(
    url,
    options,
    async (sql, { name }) => (await checkMigrations(sql, name, knownSchema('mysql-clicks'))).length > 0,
  );
}

async function looked<Result>(
  url: string,
  options: DatabaseOptions,
  work: (sql: Sql, address: Address) => Promise<Result>,
): Promise<Result> {
  const database = new Database(parseAddress(url), options);
  try {
    return await database.atOpen(() =>
      database.connected(async (sql) => {
        await checkServer(sql, database.address);
        return work(sql, database.address);
      }),
    );
  } finally {
    await database.close();
  }
}

async function checkServer(sql: Sql, { name }: Address): Promise<void> {
  const rows = await sql.rows(
    "SHOW VARIABLES WHERE variable_name IN ('version', 'max_allowed_packet', 'log_bin', 'binlog_format')",
  );
  const value = new Map(rows.map((row) => [String(row.Variable_name).toLowerCase(), String(row.Value)]));
  const version = value.get('version') ?? '';
  const kind = /mariadb/i.test(version) ? 'MariaDB' : 'MySQL';
  const [major, minor] = version.split('.').map(Number);
  const [oldestMajor, oldestMinor] = OLDEST[kind];
  if (major! < oldestMajor || (major === oldestMajor && minor! < oldestMinor)) {
    throw new StoreUnavailable(
      `${name} is ${kind} ${version}, which is too old`,
      `Upgrade it to ${kind} ${oldestMajor}.${oldestMinor} or newer, or use another server for the store.`,
    );
  }
  if (Number(value.get('max_allowed_packet')) < PACKET_BYTES_MIN) {
    throw new StoreUnavailable(
      `${name} takes statements of ${value.get('max_allowed_packet')} bytes at most`,
      'SET GLOBAL max_allowed_packet = 16777216; and set it in the options of the server.',
    );
  }
  if (value.get('log_bin') === 'ON' && value.get('binlog_format') === 'STATEMENT') {
    throw new StoreUnavailable(
      `${name} writes its binary log as statements, which commits side by side do not allow`,
      'SET GLOBAL binlog_format = ROW; and set it in the options of the server.',
    );
  }
}

async function checkReadable(sql: Sql, name: string, known: Schema): Promise<void> {
  const applied = await checkMigrations(sql, name, known);
  if (applied.length === 0) {
    throw new StoreUnavailable(`There is no store in ${name}`, 'Check HOLDFAST_STORE, or make one first: `holdfast serve`.');
  }
  if (applied.length < known.steps.length) {
    throw new StoreUnavailable(`The store ${name} is of an older Holdfast`, 'Bring it up to date first: `holdfast migrate`.');
  }
}

/** Refuses a store made for another site or zone. */
async function checkIdentity(sql: Sql, name: string, { site, time_zone }: StoreIdentity): Promise<void> {
  const [kept] = await sql.rows('SELECT site, time_zone FROM store_identity');
  if (kept && kept.site !== site) {
    throw new StoreUnavailable(
      `The store ${name} is of site ${kept.site}, not ${site}`,
      `Set HOLDFAST_SITE=${kept.site}, or use another store: the ids of two sites cannot be told apart.`,
    );
  }
  if (kept && kept.time_zone !== time_zone) {
    throw new StoreUnavailable(
      `The days of the store ${name} are those of ${kept.time_zone}, not of ${time_zone}`,
      `Set HOLDFAST_TIME_ZONE=${kept.time_zone}, or replay everything into a new store.`,
    );
  }
}

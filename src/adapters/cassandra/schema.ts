/** The table of clicks by user, made where it is missing. */
import type { Client } from 'cassandra-driver';

/** A public demo's, whose notebooks read it. */
export const KEYSPACE = 'ms';
export const TABLE = `${KEYSPACE}.clickstream`;

/** Columns and their types, in the order in which a row is written. */
export const COLUMNS = {
  user_id: 'text',
  date: 'timestamp',
  event_id: 'text',
  session_id: 'text',
  partner_name: 'text',
  page_type: 'text',
  init_session: 'text',
  user_agent: 'text',
  city: 'text',
  current_url: 'text',
  referrer: 'text',
  language: 'text',
  ip: 'text',
  status: 'int',
  bytes: 'bigint',
} as const;
export type Column = keyof typeof COLUMNS;

export const NAMES = Object.keys(COLUMNS) as Column[];
export const INSERT = `INSERT INTO ${TABLE} (${NAMES.join(', ')}) VALUES (${NAMES.map(() => '?').join(', ')})`;

/** By user and time; the click's identity comes last, so that two clicks of one user at one moment are two rows. */
const KEY = 'PRIMARY KEY ((user_id), date, event_id)';

/** Looks before it makes: a role that may only write is enough where an administrator has made both. */
export async function putTable(client: Client, replication: string): Promise<void> {
  const rows = async (query: string, ...params: string[]) =>
    (await client.execute(query, params, { prepare: true, isIdempotent: true })).rowLength;
  if ((await rows('SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?', KEYSPACE)) === 0)
    await client.execute(`CREATE KEYSPACE IF NOT EXISTS ${KEYSPACE} WITH replication = ${replication}`);
  const [, table] = TABLE.split('.');
  const there = await client.execute(
    'SELECT column_name FROM system_schema.columns WHERE keyspace_name = ? AND table_name = ?',
    [KEYSPACE, table],
    { prepare: true, isIdempotent: true },
  );
  if (there.rowLength === 0) {
    const columns = Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`);
    await client.execute(`CREATE TABLE IF NOT EXISTS ${TABLE} (${[...columns, KEY].join(', ')})`);
    return;
  }
  const names = new Set(there.rows.map((row) => row.get('column_name') as string));
  const missing = NAMES.filter((name) => !names.has(name));
  if (missing.length > 0)
    throw new Error(
      `The table ${TABLE} of Cassandra is another than Holdfast’s: it has no ${missing.join(', ')}. Rename or drop it; Holdfast makes its own.`,
    );
}

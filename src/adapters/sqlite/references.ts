/** Reference rows: Moodle's own rows with the version guard of the port, in SQL. */
import type { EnrolmentChange, ReferenceRow, ReferenceTable } from '../../domain.js';
import type { Connection, Value } from './connection.js';
import { insertRows, writeRows } from './rows.js';
import type { ReferenceRecord } from './schema.js';

const COLUMNS = [
  'table_name',
  'id',
  'user_id',
  'parent_id',
  'deleted',
  'columns',
  'source_ms',
  'coord_log',
  'coord_offset',
  'coord_row',
] as const;

/** `isStale` of the port as SQL: may `excluded` (the change) not replace the row of `reference_rows`? */
const STALE = `CASE
  WHEN excluded.coord_log IS NULL OR reference_rows.coord_log IS NULL
  THEN coalesce(excluded.source_ms < reference_rows.source_ms, FALSE)
  ELSE (excluded.coord_log, excluded.coord_offset, excluded.coord_row)
       < (reference_rows.coord_log, reference_rows.coord_offset, reference_rows.coord_row)
    AND NOT coalesce(excluded.source_ms > reference_rows.source_ms, FALSE)
  END`;

/** A delete that brings the key alone leaves the kept columns. */
const KEY_ONLY = "excluded.deleted AND excluded.columns = '{}'";
const WRITE = insertRows(
  'reference_rows',
  COLUMNS,
  `ON CONFLICT (table_name, id) DO UPDATE SET
    user_id = CASE WHEN ${KEY_ONLY} THEN reference_rows.user_id ELSE excluded.user_id END,
    parent_id = CASE WHEN ${KEY_ONLY} THEN reference_rows.parent_id ELSE excluded.parent_id END,
    columns = CASE WHEN ${KEY_ONLY} THEN reference_rows.columns ELSE excluded.columns END,
    deleted = excluded.deleted, source_ms = excluded.source_ms,
    coord_log = excluded.coord_log, coord_offset = excluded.coord_offset, coord_row = excluded.coord_row
  WHERE excluded.table_name <> 'enrolment_events' AND NOT ${STALE}`,
);

/** Marks what is not newer than the truncation; the rows stay. */
const TRUNCATE = `UPDATE reference_rows SET deleted = 1, source_ms = excluded.source_ms,
    coord_log = excluded.coord_log, coord_offset = excluded.coord_offset, coord_row = excluded.coord_row
  FROM (SELECT ? AS source_ms, ? AS coord_log, ? AS coord_offset, ? AS coord_row) AS excluded
  WHERE reference_rows.table_name = ? AND NOT ${STALE}`;

/** Applies the changes in their order. Events of enrolments are facts: nothing deletes or replaces them. */
export function writeReferences(connection: Connection, changes: EnrolmentChange[]): void {
  let waiting: Value[][] = [];
  const flush = () => {
    writeRows(connection, WRITE, waiting);
    waiting = [];
  };
  for (const change of changes) {
    const table = change.op === 'truncate' ? change.table : change.reference.table;
    if (table === 'enrolment_events' && change.op !== 'upsert') continue;
    if (change.op !== 'truncate') {
      waiting.push(valuesOf(change.reference, change.op === 'delete'));
      continue;
    }
    flush();
    connection.prepare(TRUNCATE).run([...versionOf(change), table]);
  }
  flush();
}

function versionOf({ source_ms, coordinate }: Pick<ReferenceRow, 'source_ms' | 'coordinate'>): Value[] {
  return [source_ms, coordinate?.log, coordinate?.offset, coordinate?.row];
}

function valuesOf(reference: ReferenceRow, deleted: boolean): Value[] {
  const { table, id, user_id, parent_id, row } = reference;
  return [table, id, user_id, parent_id, deleted, JSON.stringify(row), ...versionOf(reference)];
}

/** One of these is asked for with nearly every request: ready statements, of which lists of any length share one. */
const IN_LIST = 'IN (SELECT value FROM json_each(?))';

export function readReferences(
  connection: Connection,
  tables: ReferenceTable[],
  { user_ids, parent_ids }: { user_ids?: (number | null)[]; parent_ids?: number[] },
): ReferenceRow[] {
  const where = [`table_name IN (${tables.map(() => '?').join(', ')})`];
  const values: Value[] = [...tables];
  if (user_ids) {
    const known = user_ids.filter((id) => id !== null);
    const nobody = known.length < user_ids.length;
    where.push(
      !nobody ? `user_id ${IN_LIST}` : known.length === 0 ? 'user_id IS NULL' : `(user_id ${IN_LIST} OR user_id IS NULL)`,
    );
    if (!nobody || known.length > 0) values.push(JSON.stringify(known));
  }
  if (parent_ids) {
    where.push(`parent_id ${IN_LIST}`);
    values.push(JSON.stringify(parent_ids));
  }
  const rows = connection
    .prepare(`SELECT * FROM reference_rows WHERE ${where.join(' AND ')} ORDER BY id, table_name`)
    .all(values);
  return (rows as unknown as ReferenceRecord[]).map(referenceOf);
}

function referenceOf(record: ReferenceRecord): ReferenceRow {
  const { table_name, id, user_id, parent_id, deleted, columns, source_ms, coord_log, coord_offset, coord_row } = record;
  return {
    table: table_name,
    id,
    user_id,
    parent_id,
    deleted: deleted === 1,
    row: JSON.parse(columns),
    source_ms,
    coordinate: coord_log === null ? null : { log: coord_log, offset: coord_offset ?? 0, row: coord_row ?? 0 },
  };
}

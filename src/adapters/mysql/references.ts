/** Reference rows: Moodle's own rows with the version guard of the port, in SQL, so that it holds whoever writes at once. */
import type { EnrolmentChange, ReferenceRow } from '../../domain.js';
import type { Sql } from './database.js';
import { insert, literal, quoted, type Value, writeRows } from './rows.js';
import type { ReferenceRecord } from './schema.js';

const VERSION = ['source_ms', 'coord_log', 'coord_offset', 'coord_row'] as const;
const CONTENT = ['user_id', 'parent_id', 'columns'] as const;

type Version = Record<(typeof VERSION)[number], string>;

/** `isStale` of the port as SQL: may this change not replace the row that is there? */
function stale(change: Version): string {
  return `CASE
    WHEN ${change.coord_log} IS NULL OR coord_log IS NULL THEN coalesce(${change.source_ms} < source_ms, FALSE)
    ELSE (${change.coord_log} < coord_log OR (${change.coord_log} = coord_log AND (${change.coord_offset} < coord_offset
        OR (${change.coord_offset} = coord_offset AND ${change.coord_row} < coord_row))))
      AND NOT coalesce(${change.source_ms} > source_ms, FALSE)
    END`;
}

const brought = (name: string) => `VALUES(${quoted(name)})`;
const COMING = Object.fromEntries(VERSION.map((name) => [name, brought(name)])) as Version;
/** A delete that brings the key alone leaves the kept columns. */
const KEY_ONLY = "VALUES(deleted) AND VALUES(`columns`) = '{}'";

/** Assignments work from left to right, each with what those before it left: `taken` first, the version that it judges by last. */
const WRITE = insert(
  'reference_rows',
  ['table_name', 'id', ...CONTENT, 'deleted', ...VERSION],
  ` ON DUPLICATE KEY UPDATE
    taken = VALUES(table_name) <> 'enrolment_events' AND NOT ${stale(COMING)},
    ${CONTENT.map((name) => `${quoted(name)} = IF(taken AND NOT (${KEY_ONLY}), ${brought(name)}, ${quoted(name)})`).join(', ')},
    ${['deleted', ...VERSION].map((name) => `${name} = IF(taken, ${brought(name)}, ${name})`).join(', ')}`,
);

/** Marks what is not newer than the truncation; the rows stay. The version is assigned after `deleted`, and the guard is in WHERE. */
function truncation(table: string, values: Value[]): string {
  const coming = Object.fromEntries(VERSION.map((name, index) => [name, literal(values[index])])) as Version;
  const version = VERSION.map((name) => `${name} = ${coming[name]}`).join(', ');
  return `UPDATE reference_rows SET deleted = 1, ${version} WHERE table_name = ${literal(table)} AND NOT ${stale(coming)}`;
}

/** Applies the changes in their order. Events of enrolments are facts: nothing deletes or replaces them. */
export async function writeReferences(sql: Sql, changes: EnrolmentChange[]): Promise<void> {
  let waiting: ReferenceChange[] = [];
  const flush = async () => {
    await writeRows(sql, WRITE, waiting.sort(byKey).map(valuesOf));
    waiting = [];
  };
  for (const change of changes) {
    const table = change.op === 'truncate' ? change.table : change.reference.table;
    if (table === 'enrolment_events' && change.op !== 'upsert') continue;
    if (change.op !== 'truncate') {
      waiting.push(change);
      continue;
    }
    await flush();
    await sql.run(truncation(table, versionOf(change)));
  }
  await flush();
}

type ReferenceChange = Exclude<EnrolmentChange, { op: 'truncate' }>;

/** Changes of the same row stay in their order. */
function byKey({ reference: a }: ReferenceChange, { reference: b }: ReferenceChange): number {
  if (a.table !== b.table) return a.table < b.table ? -1 : 1;
  return a.id - b.id;
}

function versionOf({ source_ms, coordinate }: Pick<ReferenceRow, 'source_ms' | 'coordinate'>): Value[] {
  return [source_ms, coordinate?.log, coordinate?.offset, coordinate?.row];
}

function valuesOf({ op, reference }: ReferenceChange): Value[] {
  const { table, id, user_id, parent_id, row } = reference;
  return [table, id, user_id, parent_id, JSON.stringify(row), op === 'delete', ...versionOf(reference)];
}

export function referenceOf(record: ReferenceRecord): ReferenceRow {
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

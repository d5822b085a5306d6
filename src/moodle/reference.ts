/** A change of one of Moodle's own tables to what it does to the kept reference rows. */
import type { Change, EnrolmentChange, ReferenceRow } from '../domain.js';
import type { ColumnKind } from './tables.js';
import { type MoodleTable, TABLES, type TableSpec } from './tables.js';
import { BAD, type Bad, decimalOf, flagOf, integerOf, textOf } from './values.js';

/** A row that cannot be used: which column, and why. Never its content. */
export interface Problem {
  reason: 'missing-column' | 'bad-value';
  detail: string;
}

export function isProblem(value: object): value is Problem {
  return 'reason' in value;
}

type Cell = number | string | null;

/** Only contexts of courses are kept: they say to which course a role belongs. */
const CONTEXT_COURSE = 50;

/**
 * `null` = a row that is not kept (a context that is no course's).
 * Update of `user_enrolments` 41 → upsert with the seven kept columns, user_id = userid, parent_id = enrolid.
 */
export function referenceChangeOf(change: Change, table: MoodleTable): EnrolmentChange | Problem | null {
  const { source_ms, coordinate } = change;
  if (change.op === 'truncate') return { op: 'truncate', table, source_ms, coordinate };
  if (change.id === null) return { reason: 'missing-column', detail: `${table}.id: every row needs it` };
  const deleted = change.op === 'delete';
  const row = change.row === null ? null : keptColumns(change.row, table, deleted);
  if (row !== null && isProblem(row)) return row as Problem;
  const known = row as ReferenceRow['row'] | null;
  if (table === 'context' && known !== null && known.contextlevel !== CONTEXT_COURSE) return null;
  const spec = TABLES[table];
  const reference: ReferenceRow = {
    table,
    id: change.id,
    user_id: spec.user === 'id' ? change.id : link(known, spec.user),
    parent_id: link(known, spec.parent),
    deleted,
    row: table === 'user' ? withoutName(known, deleted) : (known ?? {}),
    source_ms,
    coordinate,
  };
  return { op: deleted ? 'delete' : 'upsert', reference };
}

/** The last known row of a deleted one is taken as it is: what is missing there must not bring the row back. */
function keptColumns(row: Record<string, unknown>, table: MoodleTable, lenient: boolean): ReferenceRow['row'] | Problem {
  const kept: ReferenceRow['row'] = {};
  const spec: TableSpec = TABLES[table];
  for (const [name, kind] of spec.columns) {
    const cell = READERS[kind](row[name]);
    if (cell === BAD) {
      if (lenient) kept[name] = null;
      else return { reason: 'bad-value', detail: `${table}.${name}: ${EXPECTED[kind]} was expected` };
    } else if (cell === null && kind === 'integer!' && !lenient) {
      return { reason: 'missing-column', detail: `${table}.${name}: the row means nothing without it` };
    } else kept[name] = cell as Cell;
  }
  return kept;
}

const READERS: Readonly<Record<ColumnKind, (value: unknown) => Cell | Bad>> = {
  integer: integerOf,
  'integer!': integerOf,
  flag: flagOf,
  text: textOf,
  decimal: decimalOf,
};

const EXPECTED: Readonly<Record<ColumnKind, string>> = {
  integer: 'an integer below 2^53',
  'integer!': 'an integer below 2^53',
  flag: '0, 1 or a boolean',
  text: 'text',
  decimal: 'a decimal number',
};

function link(row: ReferenceRow['row'] | null, column: string | null): number | null {
  const value = row === null || column === null ? null : row[column];
  return typeof value === 'number' ? value : null;
}

/** A deleted account is a withdrawal; whose it was is no longer anybody's business. */
function withoutName(row: ReferenceRow['row'] | null, deleted: boolean): ReferenceRow['row'] {
  if (!deleted && row !== null && row.deleted !== 1) return row;
  const none = { suspended: null, timemodified: null };
  return { ...none, ...row, deleted: 1, firstname: null, lastname: null };
}

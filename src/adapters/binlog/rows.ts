/** A row of the server as a change of ours: the same for a copied row and for one read from the log. */
import type { Change, Coordinate, Rejected } from '../../domain.js';
import { SECRET_COLUMNS } from './options.js';

/** Where a row was found, shared by all rows of one event or chunk. */
export interface Origin {
  table: string;
  source_ms: number | null;
  /** null where the server does not tell; then the rows have no coordinate either. */
  place: { log: number; offset: number } | null;
  /** For people: `binlog.000012, position 4711`. */
  at: string;
}

/**
 * The change of one row, or why it is none: a primary key must be a whole number that JavaScript holds exactly.
 *
 * `('create', { id: 7, password: 'x' }, …)` → `{ op: 'create', id: 7, row: { id: 7 }, … }`.
 */
export function change(
  op: Exclude<Change['op'], 'truncate'>,
  row: Record<string, unknown>,
  origin: Origin,
  place_row: number,
): Change | null {
  if (!Number.isSafeInteger(row.id)) return null;
  return {
    table: origin.table,
    op,
    id: row.id as number,
    row: withoutSecrets(row),
    source_ms: origin.source_ms,
    coordinate: coordinate(origin, place_row),
    at: origin.at,
  };
}

export function rejection(source: string, origin: Origin, place_row: number): Rejected {
  const detail = `${origin.table}: id is not a whole number below 2^53`;
  return { source, position: `${origin.at}, row ${place_row}`, reason: 'bad-value', detail };
}

export function coordinate(origin: Origin, row: number): Coordinate | null {
  return origin.place === null ? null : { log: origin.place.log, offset: origin.place.offset, row };
}

function withoutSecrets(row: Record<string, unknown>): Record<string, unknown> {
  if (!SECRET_COLUMNS.some((column) => column in row)) return row;
  const kept = { ...row };
  for (const column of SECRET_COLUMNS) delete kept[column];
  return kept;
}

/** Clicks, windows and references as rows, both ways. */
import {
  type ClickKey,
  type ClickReference,
  clickOfText,
  clickText,
  type JoinedClick,
  keyOfText,
  keyText,
} from '../../click-ports.js';
import type { WindowChanges, WindowRow } from '../../domain.js';
import type { Connection, Row } from './connection.js';
import { insertRows, upsertRows, writeRows } from './rows.js';

/** One that is there stays as it is. */
const CLICK = insertRows('clicks', ['time_ms', 'id', 'click'], 'ON CONFLICT (time_ms, id) DO NOTHING');
const WINDOW = upsertRows(
  'windows',
  ['table_name', 'key', 'start_ms', 'end_ms', 'window_values'],
  ['table_name', 'key', 'start_ms'],
);
const REFERENCE = upsertRows(
  'click_references',
  ['table_name', 'key', 'valid_from_ms', 'columns'],
  ['table_name', 'key', 'valid_from_ms'],
);

/** Binding a value costs more than writing it as JSON, and most of a click's columns are often empty: so one text instead of twenty values. */
export function writeClicks(connection: Connection, clicks: readonly JoinedClick[]): void {
  writeRows(
    connection,
    CLICK,
    clicks.map((click) => [click.time_ms, click.id, clickText(click)]),
  );
}

export function clickOf(row: Row): JoinedClick {
  return clickOfText(Number(row.time_ms), String(row.id), String(row.click));
}

/** Deletes first, then upserts. */
export function writeClickWindows(connection: Connection, { table, deletes, upserts }: WindowChanges<ClickKey>): void {
  const remove = connection.prepare('DELETE FROM windows WHERE table_name = ? AND key = ? AND start_ms = ?');
  for (const { key, start } of deletes) remove.run([table.name, keyText(key), start]);
  writeRows(
    connection,
    WINDOW,
    upserts.map(({ key, start, end, values }) => [table.name, keyText(key), start, end, JSON.stringify(values)]),
  );
}

export function clickWindowOf(row: Row): WindowRow<ClickKey> {
  return {
    key: keyOfText(String(row.key)),
    start: Number(row.start_ms),
    end: Number(row.end_ms),
    values: JSON.parse(String(row.window_values)) as number[],
  };
}

export function writeClickReferences(connection: Connection, references: readonly ClickReference[]): void {
  writeRows(
    connection,
    REFERENCE,
    references.map(({ table, key, valid_from_ms, row }) => [table, keyText([key]), valid_from_ms, JSON.stringify(row)]),
  );
}

export function clickReferenceOf(row: Row): ClickReference {
  return {
    table: row.table_name as ClickReference['table'],
    key: keyOfText(String(row.key))[0]!,
    valid_from_ms: Number(row.valid_from_ms),
    row: JSON.parse(String(row.columns)),
  };
}

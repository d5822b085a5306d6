/** Rows as documents of a search index, and the mappings that the documents need. */
import { documentId, ISSUED_TABLES, isSiteTable, outsideNames } from './names.js';

/** A row as it is told (`Publication` in ports.ts); null = it is no more. */
export interface ToldRow {
  table: string;
  key: readonly (number | string)[];
  row: Record<string, unknown> | null;
  time_ms: number;
}

/** A table as its list of columns has it (`TABLES` of the exports). */
export interface ColumnsOf {
  name: string;
  meaning: string;
  columns: readonly { name: string; type: 'integer' | 'number' | 'boolean' | 'text' | 'json' | 'day' | 'identifier' }[];
}

/** An index that has to be there. */
export interface IndexSpec {
  table: string;
  index: string;
  meaning: string;
  /** The mapping's properties. */
  properties: Record<string, unknown>;
  /** Issued once: a later telling leaves the document as it is. */
  first_stays: boolean;
}

/**
 * The document of a row: its columns as exports write them, the time it is about, and the round that told it, by which a rebuild
 * finds what it did not tell.
 *
 *   { '@timestamp': '2026-11-20T09:00:00.000Z', user_id: 43, …, closed: true, holdfast: { round: 12 } }
 */
export function documentOf(
  { key, row, time_ms }: ToldRow,
  round: number,
): { id: string; document: Record<string, unknown> | null } {
  const document = row && { '@timestamp': new Date(time_ms).toISOString(), ...row, holdfast: { round } };
  return { id: documentId(key), document };
}

/** The indices of the site's tables, in the order given. Tables that are not told outside are left out. */
export function indexSpecs(tables: readonly ColumnsOf[]): IndexSpec[] {
  return tables.filter(({ name }) => isSiteTable(name)).map(specOf);
}

/** Those of click tables, one each. */
export function clickIndexSpecs(tables: readonly ColumnsOf[]): IndexSpec[] {
  return tables.map(specOf);
}

function specOf({ name: table, meaning, columns }: ColumnsOf): IndexSpec {
  return {
    table,
    index: outsideNames(table).index,
    meaning,
    properties: {
      '@timestamp': { type: 'date' },
      ...Object.fromEntries(columns.map((column) => [column.name, fieldOf(column)])),
      holdfast: { properties: { round: { type: 'long' } } },
    },
    first_stays: ISSUED_TABLES.includes(table),
  };
}

function fieldOf({ name, type }: ColumnsOf['columns'][number]): Record<string, unknown> {
  if (type === 'json') return REASONS;
  if (type === 'day') return { type: 'date', format: 'strict_date' };
  if (type === 'integer') return name.endsWith('_ms') ? { type: 'date', format: 'epoch_millis' } : { type: 'long' };
  if (type === 'number') return { type: 'double' };
  if (type === 'boolean') return { type: 'boolean' };
  return { type: 'keyword' };
}

/** The sentences can be searched, the features counted. A list of reasons is one field with several values each. */
const REASONS = {
  dynamic: false,
  properties: {
    feature: { type: 'keyword' },
    unit: { type: 'keyword' },
    contribution: { type: 'double' },
    cohort_percentile: { type: 'double' },
    text: { type: 'text' },
  },
};

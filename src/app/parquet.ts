/** A table as a Parquet file. Held in memory while it is made: the library writes whole columns. */
import { type BasicType, type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import type { ColumnType, TableInfo, TableRow } from '../reading/table-infos.js';

const TYPES: Record<ColumnType, BasicType> = {
  integer: 'INT64',
  number: 'DOUBLE',
  boolean: 'BOOLEAN',
  text: 'STRING',
  json: 'JSON',
  day: 'STRING',
  identifier: 'STRING',
};

export async function parquetFile(info: TableInfo, rows: AsyncIterable<TableRow>): Promise<Uint8Array> {
  const columns = info.columns.map(({ name, type, nullable }) => ({ name, type: TYPES[type], nullable, data: [] as unknown[] }));
  for await (const row of rows) {
    for (const column of columns) {
      const value = row[column.name] ?? null;
      column.data.push(
        value === null
          ? null
          : column.type === 'INT64'
            ? BigInt(value as number)
            : column.type === 'STRING'
              ? String(value)
              : value,
      );
    }
  }
  return new Uint8Array(parquetWriteBuffer({ columnData: columns as ColumnSource[] }));
}

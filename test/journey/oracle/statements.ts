/** A recorded history as SQL: the same rows inserted, updated and deleted by primary key, in the same transactions. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { RecordedChange, Row } from './recorded.js';

/** The `CREATE TABLE` statements of a dump. */
export function schemaOf(dump: string): string[] {
  const text = gunzipSync(readFileSync(dump)).toString('utf8');
  return text.match(/^CREATE TABLE [\s\S]*?;$/gm)!;
}

/** Columns of type DECIMAL by table, without prefix. */
function decimalsOf(schema: readonly string[]): Map<string, Set<string>> {
  return new Map(
    schema.map((statement) => {
      const columns = [...statement.matchAll(/^\s+`(\w+)` decimal\(10,5\)/gm)].map((match) => match[1]!);
      return [/`mdl_(\w+)`/.exec(statement)![1]!, new Set(columns)];
    }),
  );
}

/** One text a transaction. */
export function transactionsOf(changes: readonly RecordedChange[], schema: readonly string[]): string[] {
  const decimals = decimalsOf(schema);
  const groups: RecordedChange[][] = [];
  for (const change of changes) {
    if (!decimals.has(change.table)) throw new Error(`the dump has no table ${change.table}`);
    const last = groups.at(-1);
    if (last && last[0]!.gtid === change.gtid) last.push(change);
    else groups.push([change]);
  }
  return groups.map((group) => {
    const statements = group.map((change) => statementOf(change, decimals.get(change.table)!)).join('\n');
    return group.length === 1 ? statements : `START TRANSACTION;\n${statements}\nCOMMIT;`;
  });
}

function statementOf({ table, op, id, before, after }: RecordedChange, decimals: Set<string>): string {
  const name = `\`mdl_${table}\``;
  if (op === 'd') return `DELETE FROM ${name} WHERE id = ${id};`;
  const sql = (column: string, row: Row) => literal(row[column]!, decimals.has(column));
  if (op === 'c') {
    const columns = Object.keys(after!);
    return `INSERT INTO ${name} (${columns.map((c) => `\`${c}\``).join(',')}) VALUES (${columns.map((c) => sql(c, after!)).join(',')});`;
  }
  const changed = Object.keys(after!).filter((column) => after![column] !== before![column]);
  // A column that the connector left out was changed alone: nothing to see.
  if (changed.length === 0) return '';
  return `UPDATE ${name} SET ${changed.map((c) => `\`${c}\`=${sql(c, after!)}`).join(',')} WHERE id = ${id};`;
}

function literal(value: string | number | null, is_decimal: boolean): string {
  if (value === null) return 'NULL';
  if (is_decimal && typeof value === 'string') return unscaled(value);
  return typeof value === 'number' ? String(value) : `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** `AJiWgA==` is 10000000, of scale 5: `100.00000`. */
function unscaled(base64: string): string {
  const bytes = Buffer.from(base64, 'base64');
  const whole = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  const digits = String(whole < 0n ? -whole : whole).padStart(6, '0');
  return `${whole < 0n ? '-' : ''}${digits.slice(0, -5)}.${digits.slice(-5)}`;
}

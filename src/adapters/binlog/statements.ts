/** What a statement in the log means for the reader. With row format only transaction control and DDL come as text. */

export type Statement =
  | { kind: 'begin' | 'commit' | 'rollback' | 'other' }
  | { kind: 'savepoint' | 'rollback-to'; name: string }
  | { kind: 'truncate' | 'write'; database: string; table: string };

const NAME = '[`"]?([^`"\\s.(;]+)[`"]?';
const TABLE = `${NAME}(?:\\s*\\.\\s*${NAME})?`;
const LEADING_COMMENTS = /^(?:\s|\/\*(?!M?!)[\s\S]*?\*\/|(?:--\s|#)[^\n]*\n)+/;
const ROLLBACK_TO = new RegExp(`^ROLLBACK\\s+(?:WORK\\s+)?TO\\s+(?:SAVEPOINT\\s+)?${NAME}`, 'i');
const SAVEPOINT = new RegExp(`^SAVEPOINT\\s+${NAME}`, 'i');
const TRUNCATE = new RegExp(`^TRUNCATE\\s+(?:TABLE\\s+)?${TABLE}`, 'i');
const WRITE = new RegExp(
  `^(?:(?:INSERT|REPLACE)\\b(?:\\s+(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|INTO))*|UPDATE\\b(?:\\s+(?:LOW_PRIORITY|IGNORE))*|` +
    `DELETE\\b(?:\\s+(?:LOW_PRIORITY|QUICK|IGNORE))*\\s+FROM|LOAD\\s+DATA\\b[\\s\\S]*?\\bINTO\\s+TABLE)\\s+${TABLE}`,
  'i',
);

/**
 * `TRUNCATE TABLE mdl_enrol` with default database `moodle` → `{ kind: 'truncate', database: 'moodle', table: 'mdl_enrol' }`;
 * `` INSERT INTO `other`.`t` … `` → a write to table t of database other; `ALTER TABLE …` → other.
 */
export function statement(text: string, schema: string): Statement {
  const sql = text.replace(LEADING_COMMENTS, '').trimEnd();
  const first = /^[a-z]+/i.exec(sql)?.[0].toUpperCase() ?? '';
  switch (first) {
    case 'BEGIN':
      return { kind: 'begin' };
    case 'COMMIT':
      return { kind: 'commit' };
    case 'ROLLBACK': {
      const name = ROLLBACK_TO.exec(sql)?.[1];
      return name === undefined ? { kind: 'rollback' } : { kind: 'rollback-to', name };
    }
    case 'SAVEPOINT':
      return { kind: 'savepoint', name: SAVEPOINT.exec(sql)?.[1] ?? '' };
    case 'RELEASE':
    case 'XA':
      return { kind: 'begin' };
    case 'TRUNCATE':
      return named('truncate', TRUNCATE.exec(sql), schema);
    case 'INSERT':
    case 'REPLACE':
    case 'UPDATE':
    case 'DELETE':
    case 'LOAD':
      return named('write', WRITE.exec(sql), schema);
    default:
      return { kind: 'other' };
  }
}

function named(kind: 'truncate' | 'write', match: RegExpExecArray | null, schema: string): Statement {
  if (match?.[1] === undefined) return { kind: 'other' };
  if (match[2] === undefined) return { kind, database: schema, table: match[1] };
  return { kind, database: match[1], table: match[2] };
}

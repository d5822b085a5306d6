/** What tests of erasure share: a search through everything that a store holds, for one person. */
import { readFileSync } from 'node:fs';
import Database from 'libsql';

const NAMING = ['user_id', 'userid', 'relateduserid', 'ue_userid', 'tutor_id'].join('|');

/** Rows of any table of a SQLite store that name this person, in a column or in a text. */
export function rowsNaming(file: string, user_id: number, alert_ids: readonly string[] = []): string[] {
  const database = new Database(file, { readonly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[];
    return tables.flatMap(({ name }) => {
      const rows = database.prepare(`SELECT * FROM ${name}`).all() as Record<string, unknown>[];
      return rows
        .map((row) => `${name} ${JSON.stringify(row)}`)
        .filter((text) => names(text, user_id) || alert_ids.some((alert_id) => text.includes(alert_id)));
    });
  } finally {
    database.close();
  }
}

/** Text inside JSON inside a row has its quotes escaped. In an outbox a window's key begins with its person. */
export function names(text: string, user_id: number): boolean {
  return (
    new RegExp(`\\\\*"(${NAMING})\\\\*":${user_id}\\b`).test(text) || new RegExp(`\\\\*"key\\\\*":\\[${user_id}[,\\]]`).test(text)
  );
}

/** A byte sequence anywhere in the file, be it in a page that no table has any more. */
export function bytesHold(file: string, text: string): boolean {
  return readFileSync(file).includes(Buffer.from(text));
}

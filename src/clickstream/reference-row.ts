/** Rows of the two tables that clicks are joined to: users and status codes. */
import type { ClickReferenceTable, ClickUser } from '../click-ports.js';
import { bad, WHAT_IDENTITY } from './click-columns.js';
import { BAD, type Bad, firstOf, type JsonObject, NAME_CHARS_MAX, textOf, userOf } from './columns.js';
import { type Decoded, type RecordPlace, refused } from './decoded.js';
import { millisecondsOf, timeOf } from './times.js';

/** A row that nothing gives a time to has always held. */
export const BEGINNING_OF_TIME_MS = 0;

const USER_TEXTS = ['username', 'first_name', 'last_name', 'city', 'level'] as const;
const WHAT_TIME = 'a time, such as 2020-03-25T19:05:49Z or milliseconds since 1970';

/**
 * `{"user_id":1,"username":"zoe","registered_at":1490759617459,"first_name":"Zoë","last_name":"Pask","city":"London","level":"Gold"}`.
 * Columns that are missing are null. It holds from its own time on (`updated_at`, `_time` or `time`), else the transport's, else since
 * the user registered.
 */
export function decodeUser(record: JsonObject, at: RecordPlace): Decoded {
  const key = userOf(firstOf(record.user_id, record.userid));
  if (key === null) return refused('missing-column', 'user_id: a user needs a number or name');
  if (key === BAD) return bad('user_id', `a whole number, or ${WHAT_IDENTITY}`);
  const registered_ms = timeOf(record.registered_at);
  if (registered_ms === BAD) return bad('registered_at', WHAT_TIME);
  const row: Record<string, string | number | null> = { registered_at: registered_ms };
  for (const name of USER_TEXTS) {
    const text = textOf(record[name], NAME_CHARS_MAX);
    if (text === BAD) return bad(name, 'text');
    row[name] = text;
  }
  return referenceOf('users', key, row, ownTimeOf(record), at.received_ms ?? registered_ms);
}

/** `{"code":404,"definition":"Page not found"}` */
export function decodeCode(record: JsonObject, at: RecordPlace): Decoded {
  const key = userOf(record.code);
  if (key === null) return refused('missing-column', 'code: a row of codes needs one');
  if (key === BAD) return bad('code', `a whole number, or ${WHAT_IDENTITY}`);
  const definition = textOf(record.definition, NAME_CHARS_MAX);
  if (definition === null) return refused('missing-column', 'definition: a code needs one');
  if (definition === BAD) return bad('definition', 'text');
  return referenceOf('codes', key, { definition }, ownTimeOf(record), at.received_ms);
}

function ownTimeOf(record: JsonObject): number | null | Bad {
  return timeOf(record.updated_at) ?? millisecondsOf(record._time) ?? timeOf(record.time);
}

function referenceOf(
  table: ClickReferenceTable,
  key: ClickUser,
  row: Record<string, string | number | null>,
  own_ms: number | null | Bad,
  else_ms: number | null,
): Decoded {
  if (own_ms === BAD) return bad('updated_at, _time or time', WHAT_TIME);
  return { kind: 'reference', reference: { table, key, valid_from_ms: own_ms ?? else_ms ?? BEGINNING_OF_TIME_MS, row } };
}

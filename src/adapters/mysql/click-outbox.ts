/** What a commit of clicks has to tell its sinks, in entries that fit into a statement. */
import type { ClickCommit } from '../../click-ports.js';
import type { Sql } from './database.js';
import { writeEntry } from './outbox.js';

/**
 * Characters of JSON in one entry. In UTF-8 up to 1.5 MB, gzipped no more than that, and twice as long in the statement's hex digits:
 * within the smallest max_allowed_packet that is accepted (4 MiB), whatever the texts are.
 */
const ENTRY_CHARACTERS_MAX = 400_000;

export async function writeClickOutbox(sql: Sql, commit: ClickCommit): Promise<void> {
  const { sinks = [] } = commit;
  if (sinks.length === 0) return;
  for (const entry of entriesOf(commit)) await writeEntry(sql, sinks, entry, 'click_outbox');
}

/** As JSON, in the order of the commit; none where there is nothing to tell. */
function entriesOf({ windows = [], clicks = [] }: ClickCommit): string[] {
  const entries: string[] = [];
  let told: { windows: string[]; clicks: string[] } = { windows: [], clicks: [] };
  let room = ENTRY_CHARACTERS_MAX;
  const put = (kind: 'windows' | 'clicks', text: string) => {
    if (room < text.length && told.windows.length + told.clicks.length > 0) {
      entries.push(`{"windows":[${told.windows}],"clicks":[${told.clicks}]}`);
      told = { windows: [], clicks: [] };
      room = ENTRY_CHARACTERS_MAX;
    }
    room -= text.length;
    told[kind].push(text);
  };
  for (const { table, deletes, upserts } of windows) {
    const head = `{"table":${JSON.stringify(table)}`;
    for (const rows of partsOf(deletes)) put('windows', `${head},"deletes":[${rows}],"upserts":[]}`);
    for (const rows of partsOf(upserts)) put('windows', `${head},"deletes":[],"upserts":[${rows}]}`);
  }
  for (const rows of partsOf(clicks)) put('clicks', rows);
  if (told.windows.length + told.clicks.length > 0) entries.push(`{"windows":[${told.windows}],"clicks":[${told.clicks}]}`);
  return entries;
}

/** Rows as JSON, with commas between them: as many together as half an entry takes. */
function* partsOf(rows: readonly unknown[]): Generator<string> {
  let part = '';
  for (const row of rows) {
    part += part === '' ? JSON.stringify(row) : `,${JSON.stringify(row)}`;
    if (part.length < ENTRY_CHARACTERS_MAX / 2) continue;
    yield part;
    part = '';
  }
  if (part !== '') yield part;
}

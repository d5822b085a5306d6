/** All that is held about one person, table by table, for the person: what it is for, how long it stays, and the rows. */
import { NOTICE_CHANNELS, noticeMark } from '../notice-ports.js';
import type { Told } from '../notices/standing.js';
import { type RowsAbout, STAFF_TABLES, type StoredRow } from '../person-ports.js';
import { AGEING, PERSON_TABLES, type Retention } from '../person-tables.js';
import { nameOf } from '../reading/grouping.js';
import type { Service } from './service.js';

export interface ReportedTable extends RowsAbout {
  /** For the person. */
  what: string;
  /** How long such rows are kept. */
  kept: string;
}

export interface SubjectReport {
  user_id: number;
  at_ms: number;
  /** They were erased, and are kept out: of them a keyed hash is held. */
  erased: boolean;
  tables: ReportedTable[];
  /** Where they stand as a member of staff, by their number and, where a row has none, by these names. */
  as_staff: { names: string[]; tables: ReportedTable[] };
}

export async function subjectReport(
  { store, pipeline }: Pick<Service, 'store' | 'pipeline'>,
  erased: boolean,
  user_id: number,
  { names, retention, now_ms }: { names: readonly string[]; retention: Retention; now_ms: number },
): Promise<SubjectReport> {
  const about = await store.people.rowsAbout(user_id);
  const known = nameOf((await pipeline.roster.users([user_id])).get(user_id));
  const called = [...new Set([...names, ...(known === null ? [] : [known])])];
  return {
    user_id,
    at_ms: now_ms,
    erased,
    tables: about.map(({ table, rows }) => ({ table, what: whatOf(table), kept: keptOf(table, retention), rows })),
    as_staff: { names: called, tables: await staffTables(store, user_id, called, retention) },
  };
}

/** Rows without a number may stand under the name that notices and the links in them gave people. */
async function staffTables(
  store: Service['store'],
  user_id: number,
  called: readonly string[],
  retention: Retention,
): Promise<ReportedTable[]> {
  const found = await store.people.rowsBy({ user_id, names: [...called, `notice to ${user_id}`, `user ${user_id}`] });
  const sent = await noticesTo(store, user_id);
  return [...named(found, retention), ...(sent.rows.length > 0 ? [sent] : [])];
}

async function noticesTo(store: Pick<Service['store'], 'position'>, user_id: number): Promise<ReportedTable> {
  const rows: StoredRow[] = [];
  for (const channel of NOTICE_CHANNELS) {
    const mark = await store.position(noticeMark(channel, user_id));
    if (mark === null) continue;
    const { sent_ms, alert_ids } = JSON.parse(mark) as Told;
    rows.push({ channel, sent_ms, alerts: alert_ids.length });
  }
  const what = 'When notices were last sent to you by each channel, and of how many alerts you know by them.';
  return { table: 'positions', what, kept: 'as long as the store', rows };
}

function named(found: readonly RowsAbout[], retention: Retention): ReportedTable[] {
  return found.map(({ table, rows }) => {
    const what = STAFF_TABLES.find((staff) => staff.table === table)!.what;
    return { table, what, kept: keptOf(table, retention), rows };
  });
}

function whatOf(name: string): string {
  return PERSON_TABLES.find((table) => table.name === name)!.what;
}

/** `alerts` → `1825 days; their notes 1095`. */
export function keptOf(name: string, retention: Retention): string {
  const days = (key: keyof Retention) => (retention[key] === null ? 'as long as the store' : `${retention[key]} days`);
  const table = PERSON_TABLES.find((one) => one.name === name);
  if (name === 'alerts') return `${days('alerts')} after they are closed, their notes ${days('notes')}`;
  if (table?.kept) return days(table.kept);
  if (table?.name === 'reference_rows') return `${table.stays}; what you wrote here yourself ${days('words')}`;
  if (name === AGEING.changes.table) return days('changes');
  return table?.stays ?? 'as long as the store';
}

/** For reading. */
export function reportText({ user_id, at_ms, erased, tables, as_staff }: SubjectReport): string {
  const lines = [`What Holdfast holds about user ${user_id}, on ${timeText(at_ms)}.`, ''];
  if (erased)
    lines.push('This person was erased. A keyed hash of the number stays on a list, so that no old file brings them back.', '');
  if (tables.length === 0) lines.push('No row is about this person.', '');
  for (const table of tables) lines.push(...tableText(table));
  if (as_staff.tables.length > 0) lines.push(asStaff(user_id, as_staff.names), '');
  for (const table of as_staff.tables) lines.push(...tableText(table));
  lines.push(...BESIDE);
  return `${lines.join('\n')}\n`;
}

function asStaff(user_id: number, names: readonly string[]): string {
  const by_name = names.length === 0 ? '' : `, or by the name ${names.join(', ')} where a row has no number`;
  return `As a member of staff, by the number ${user_id}${by_name}:`;
}

/** What no table holds. */
const BESIDE = [
  'Beside the store: models hold weights and figures, no rows; backups hold what the store held on their day; files that somebody exported are theirs.',
  'Logs name nobody. Clicks of other sites are kept by user name, not by the number in Moodle: docs/clicks.md.',
];

function tableText({ table, what, kept, rows }: ReportedTable): string[] {
  const head = `${table}: ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}. ${what} Kept: ${kept}.`;
  return [head, ...rows.map((row) => `  ${rowText(row)}`), ''];
}

function rowText(row: StoredRow): string {
  const cells = Object.entries(row).filter(([name, value]) => value !== null && !INTERNAL.has(name));
  return cells.map(([name, value]) => cellText(name, value!)).join(', ');
}

/** Where a row stands in Moodle's own log. */
const INTERNAL = new Set(['coord_log', 'coord_offset', 'coord_row', 'start_day', 'user_id']);

function cellText(name: string, value: number | string): string {
  if (typeof value === 'string' && /^[[{]/.test(value)) return `${name} ${jsonText(value)}`;
  if (name.endsWith('_ms') && typeof value === 'number') return `${name.slice(0, -3)} ${timeText(value)}`;
  if (name === 'day' && typeof value === 'number') return `day ${new Date(value * 86_400_000).toISOString().slice(0, 10)}`;
  return `${name} ${value}`;
}

/** Reasons are told in their words; of other texts the fields that say something. */
function jsonText(text: string): string {
  const told = (value: unknown): string => {
    if (Array.isArray(value)) return `[${value.map(told).join('; ')}]`;
    if (typeof value !== 'object' || value === null) return String(value);
    const { text: words, ...fields } = value as { text?: unknown };
    if (typeof words === 'string' && 'feature' in fields) return words;
    const cells = Object.entries(value).filter(([, cell]) => cell !== null);
    return `(${cells.map(([name, cell]) => (typeof cell === 'object' ? `${name} ${told(cell)}` : cellText(name, cell))).join(', ')})`;
  };
  try {
    return told(JSON.parse(text));
  } catch {
    return text;
  }
}

function timeText(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString().replace('.000Z', 'Z');
}

/** A file of the student information system into the store: read whole, checked whole, then one commit. */
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { CsvFault, type CsvFile, readCsv } from '../adapters/csv/csv-file.js';
import type { EnrolmentChange, ReferenceRow, Rejected } from '../domain.js';
import { fits, KIND_INFOS, type Kind, kindOf } from '../imports/kinds.js';
import { idOf, type Known, LineReader } from '../imports/rows.js';
import { ignoredOf } from '../pipeline/erased.js';
import { BY_STUDENT } from '../pipeline/student-voice.js';
import type { RecordedChange } from '../ports.js';
import type { Service } from './service.js';

export interface ImportOptions {
  kind?: Kind;
  /** What the file does not name goes. */
  replace?: boolean;
  dryRun?: boolean;
}

export interface ImportResult {
  kind: Kind;
  lines: number;
  added: number;
  changed: number;
  unchanged: number;
  removed: number;
  /** By reason. */
  rejected: Record<string, number>;
  /** The first of them, with line and reason. */
  examples: string[];
  /** Rows about somebody of whom Moodle has told nothing so far: they count once it does. */
  unknown_people: number;
  /** Lines about somebody who was erased: they are left out. */
  erased: number;
  dry_run: boolean;
  /** Students whose lists may look different now. */
  touched: number[];
}

/** Kinds that change who is scored and listed. */
const CHANGING: ReadonlySet<Kind> = new Set(['withdrawals', 'opt-outs']);
/** Looked at again at once, a few seconds of work; of more, the next scheduled scoring takes care. */
const TOUCHED_MAX = 1_000;
/** Enough to see what is wrong with a file; all of them are in the table. */
const EXAMPLES_MAX = 5;

export async function importFile(
  service: Service,
  path: string,
  options: ImportOptions = {},
  stdin: Readable = process.stdin,
): Promise<ImportResult> {
  const file = await readCsv(path, stdin);
  const kind = kindIn(file, path, options.kind);
  const source = path === '-' ? 'stdin' : basename(path);
  const { rows, rejected } = await linesOf(service, file, kind, source);
  const erased = withoutErased(service, rows);
  const { table } = KIND_INFOS[kind];
  const before = new Map((await service.store.references(table)).map((row) => [row.id, row]));
  const { changes, ...counts } = compared(rows, before, options.replace === true);
  const result: ImportResult = {
    kind,
    lines: file.lines.length,
    ...counts,
    rejected: tally(rejected),
    examples: rejected.slice(0, EXAMPLES_MAX).map(({ position, detail }) => `${position}: ${detail}`),
    unknown_people: await unknownPeople(service, rows),
    erased,
    dry_run: options.dryRun === true,
    touched: CHANGING.has(kind) ? [...new Set(changes.flatMap((change) => userOf(change)))] : [],
  };
  if (result.dry_run) return result;
  if (options.replace && rejected.length > 0) {
    const { line, why } = { line: rejected[0]!.position, why: rejected[0]!.detail };
    throw new CsvFault(
      `Nothing was changed: ${rejected.length} lines cannot be used, and what they name would have been removed. The first is ${line}: ${why}. Mend them, or leave --replace out.`,
    );
  }
  if (changes.length + rejected.length > 0)
    await service.pipeline.erased.commit({
      references: changes,
      rejected,
      changes: [recorded(result, Date.now())],
      ignored: ignoredOf({}, { erased }),
    });
  service.pipeline.roster.changed();
  await lookAgain(service, result.touched);
  return result;
}

/** Takes them out; gives how many there were. */
function withoutErased({ pipeline: { erased } }: Service, rows: Map<number, { row: ReferenceRow }>): number {
  const before = rows.size;
  for (const [id, { row }] of rows) {
    const tutor_id = typeof row.row.tutor_id === 'number' ? row.row.tutor_id : null;
    if ([row.user_id, tutor_id].some((user_id) => user_id !== null && erased.has(user_id))) rows.delete(id);
  }
  return before - rows.size;
}

/** Without the file's name, which may be somebody's. */
function recorded({ kind, added, changed, removed }: ImportResult, at_ms: number): RecordedChange {
  const detail = `${kind}: ${added} added, ${changed} changed, ${removed} removed.`;
  return { at_ms, by: 'command', by_user_id: null, what: 'import', detail };
}

function kindIn({ header }: CsvFile, path: string, asked: Kind | undefined): Kind {
  const kind = asked ?? kindOf(header);
  if (kind === null)
    throw new CsvFault(`${path}, line 1: no kind of file has these columns. See them with import --help, or say --kind.`);
  if (!fits(header, kind) && kind !== 'opt-outs') {
    const wanted = KIND_INFOS[kind].told_by.map((columns) => columns.join(', ')).join('; or ');
    throw new CsvFault(`${path}, line 1: a file of ${kind} needs the columns ${wanted}. See import --help.`);
  }
  return kind;
}

/** The last line about the same thing holds. */
async function linesOf(service: Service, file: CsvFile, kind: Kind, source: string) {
  const reader = new LineReader(kind, file.header, await knownIn(service));
  const rows = new Map<number, { row: ReferenceRow; gone: boolean }>();
  const rejected: Rejected[] = [];
  for (const { line, fields } of file.lines) {
    const read = reader.read(fields);
    if ('reason' in read)
      rejected.push({ source, position: `line ${line}`, reason: read.reason, detail: `${kind}: ${read.detail}` });
    else rows.set(read.row.id, read);
  }
  return { rows, rejected };
}

async function knownIn({ store, pipeline, calendar }: Service): Promise<Known> {
  const byName = new Map<string, number | null>();
  for (const { shortname, course_id } of await pipeline.roster.courses())
    byName.set(shortname, byName.has(shortname) ? null : course_id);
  const taken = new Map(
    (await store.references('sis_student_courses')).filter((row) => !row.deleted).map((row) => [row.id, row]),
  );
  return {
    course: (shortname) => byName.get(shortname) ?? null,
    studentCourse: (id) => {
      const row = taken.get(idOf('sis_student_courses', id));
      return row ? { user_id: row.user_id!, course_id: row.parent_id! } : null;
    },
    startOf: (date) => {
      const utc_ms = Date.parse(`${date}T00:00:00Z`);
      if (Number.isNaN(utc_ms) || !new Date(utc_ms).toISOString().startsWith(date)) return null;
      return calendar.startOfDay(calendar.parse(date));
    },
  };
}

function compared(rows: Map<number, { row: ReferenceRow; gone: boolean }>, before: Map<number, ReferenceRow>, replace: boolean) {
  const changes: EnrolmentChange[] = [];
  let [added, changed, unchanged, removed] = [0, 0, 0, 0];
  for (const [id, { row, gone }] of rows) {
    const kept = before.get(id);
    const there = kept !== undefined && !kept.deleted;
    if (gone ? !there : there && sameRow(kept, row)) {
      unchanged++;
      continue;
    }
    changes.push(gone ? { op: 'delete', reference: { ...row, deleted: true } } : { op: 'upsert', reference: row });
    if (gone) removed++;
    else if (there) changed++;
    else added++;
  }
  if (replace)
    for (const [id, row] of before) {
      if (row.deleted || rows.has(id) || row.row.by === BY_STUDENT) continue;
      changes.push({ op: 'delete', reference: { ...row, deleted: true } });
      removed++;
    }
  return { changes, added, changed, unchanged, removed };
}

/** Columns come back from a database in any order. */
function sameRow(a: ReferenceRow, b: ReferenceRow): boolean {
  const names = Object.keys(b.row);
  return (
    a.user_id === b.user_id &&
    a.parent_id === b.parent_id &&
    Object.keys(a.row).length === names.length &&
    names.every((name) => a.row[name] === b.row[name])
  );
}

function userOf(change: EnrolmentChange): number[] {
  return change.op === 'truncate' || change.reference.user_id === null ? [] : [change.reference.user_id];
}

async function unknownPeople({ pipeline }: Service, rows: Map<number, { row: ReferenceRow }>): Promise<number> {
  const named = [...rows.values()].flatMap(({ row }) => row.user_id ?? []);
  const known = await pipeline.roster.users([...new Set(named)]);
  return named.filter((user_id) => !known.has(user_id)).length;
}

/** So that alerts close now and not at the next scheduled scoring. */
async function lookAgain({ pipeline }: Service, user_ids: number[]): Promise<void> {
  if (user_ids.length === 0 || user_ids.length > TOUCHED_MAX || pipeline.clock.now_ms === null) return;
  await pipeline.score('live', pipeline.now_ms(), { user_ids });
}

function tally(rejected: readonly Rejected[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of rejected) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

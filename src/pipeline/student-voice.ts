/**
 * What students say of what is known about them, and that they want no part in it. Kept as rows about a person beside those that were
 * imported, so whoever erases a person erases these too.
 */
import { randomUUID } from 'node:crypto';
import type { ReferenceRow } from '../domain.js';
import { idOf } from '../imports/rows.js';
import { type Actor, type DoneBy, doneBy, named, STORE_KEYS_MAX, type Store } from '../ports.js';
import type { ScoreRun } from './scoring-run.js';

export const STATEMENT_KINDS = ['wrong', 'circumstances', 'help'] as const;
export type StatementKind = (typeof STATEMENT_KINDS)[number];

export interface Statement {
  statement_id: number;
  user_id: number;
  course_id: number;
  at_ms: number;
  kind: StatementKind;
  /** Plain text as it was written. */
  text: string;
  /** The first member of staff who said that they have read it; null = nobody yet. */
  seen: (DoneBy & { at_ms: number }) | null;
}

/** A page of text. */
export const STATEMENT_LENGTH_MAX = 2_000;
/** More than a conversation has; it also keeps one person from filling the table. */
const STATEMENTS_MAX = 50;
/** The most that `words` of HOLDFAST_RETENTION may say: what is older is told to nobody, although the daily clearing has not come by yet. */
const STATEMENT_KEPT_MS = 400 * 86_400_000;
export const STATEMENTS = 'sis_student_statements';
const OPT_OUTS = 'sis_opt_outs';
/** Marks an opt-out that the student asked for: an import with --replace leaves it alone. */
export const BY_STUDENT = 'student';

interface Scoring {
  now_ms(): number;
  scoreNow(filter: { user_id: number }): Promise<ScoreRun>;
}

export class StudentVoice {
  constructor(
    private readonly store: Pick<Store, 'commit' | 'references'>,
    private readonly scoring: Scoring,
    private readonly wall_ms: () => number = Date.now,
  ) {}

  /** Null where this student has said so much that nobody has room for more. */
  async say(user_id: number, course_id: number, kind: StatementKind, text: string): Promise<Statement | null> {
    if ((await this.statements(user_id)).length >= STATEMENTS_MAX) return null;
    const statement_id = idOf(STATEMENTS, randomUUID());
    const said: Statement = { statement_id, user_id, course_id, at_ms: this.wall_ms(), kind, text, seen: null };
    await this.#keep(said);
    return said;
  }

  /** Newest first; what is older than it is kept is not told, even before it is dropped. */
  async statements(user_id: number): Promise<Statement[]> {
    return (await this.#all(user_id)).filter((said) => !this.#isOld(said)).sort((a, b) => b.at_ms - a.at_ms);
  }

  async statement(statement_id: number): Promise<Statement | null> {
    const rows = await this.store.references(STATEMENTS);
    const row = rows.find(({ id, deleted }) => id === statement_id && !deleted);
    return row ? statementOf(row) : null;
  }

  /** The first reader stays. */
  async seen(said: Statement, by: Actor): Promise<Statement> {
    if (said.seen !== null) return said;
    const next = { ...said, seen: { ...doneBy(by), at_ms: this.wall_ms() } };
    await this.#keep(next);
    return next;
  }

  async hasOptedOut(user_id: number): Promise<{ opted_out: boolean; by_student: boolean }> {
    const rows = await this.store.references(OPT_OUTS, { user_ids: [user_id] });
    const row = rows.find(({ deleted }) => !deleted);
    return { opted_out: row !== undefined, by_student: row?.row.by === BY_STUDENT };
  }

  /**
   * From the next look on nobody sees scores and alerts of this student, and none are made. False where the institution has said so
   * itself: what it told, the student does not take back here.
   */
  async optOut(user_id: number, wanted: boolean): Promise<boolean> {
    const { opted_out, by_student } = await this.hasOptedOut(user_id);
    if (opted_out === wanted) return true;
    if (opted_out && !by_student) return false;
    const at_ms = this.wall_ms();
    const row = { by: BY_STUDENT, at_ms };
    const reference = rowOf(OPT_OUTS, idOf(OPT_OUTS, String(user_id)), user_id, null, row, !wanted);
    // Without whose it was: a record of the service outlives a person here.
    const by = doneBy(named('a student'));
    const change = { at_ms, ...by, what: 'opt-out', detail: `A student opted ${wanted ? 'out' : 'in again'}.` };
    await this.store.commit({ references: [{ op: wanted ? 'upsert' : 'delete', reference }], changes: [change] });
    await this.scoring.scoreNow({ user_id });
    return true;
  }

  async #all(user_id: number): Promise<Statement[]> {
    const rows = await this.store.references(STATEMENTS, { user_ids: [user_id] });
    return rows.filter(({ deleted }) => !deleted).map(statementOf);
  }

  #isOld({ at_ms }: Statement): boolean {
    return at_ms < this.wall_ms() - STATEMENT_KEPT_MS;
  }

  async #keep({ statement_id, user_id, course_id, at_ms, kind, text, seen }: Statement): Promise<void> {
    const [seen_by, seen_by_user_id] = [seen?.by ?? null, seen?.by_user_id ?? null];
    const row = { at_ms, kind, text, seen_by, seen_by_user_id, seen_ms: seen?.at_ms ?? null };
    await this.store.commit({
      references: [{ op: 'upsert', reference: rowOf(STATEMENTS, statement_id, user_id, course_id, row) }],
    });
  }
}

/** The words that were written before go; that something was said stays. Resolves with how many went. */
export async function forgetWords(store: Pick<Store, 'commit' | 'references'>, before_ms: number): Promise<number> {
  const rows = (await store.references(STATEMENTS)).filter(({ deleted, row }) => !deleted && Number(row.at_ms) < before_ms);
  for (let i = 0; i < rows.length; i += STORE_KEYS_MAX)
    await store.commit({
      references: rows.slice(i, i + STORE_KEYS_MAX).map(({ id, user_id, parent_id, row }) => ({
        op: 'delete',
        reference: rowOf(STATEMENTS, id, user_id!, parent_id, { at_ms: row.at_ms ?? null }, true),
      })),
    });
  return rows.length;
}

function rowOf(
  table: ReferenceRow['table'],
  id: number,
  user_id: number,
  parent_id: number | null,
  row: ReferenceRow['row'],
  deleted = false,
): ReferenceRow {
  return { table, id, user_id, parent_id, deleted, row, source_ms: null, coordinate: null };
}

export function statementOf({ id, user_id, parent_id, row }: ReferenceRow): Statement {
  return {
    statement_id: id,
    user_id: user_id!,
    course_id: parent_id!,
    at_ms: Number(row.at_ms),
    kind: row.kind as StatementKind,
    text: String(row.text),
    seen: seenIn(row),
  };
}

function seenIn({ seen_ms, seen_by, seen_by_user_id = null }: ReferenceRow['row']): Statement['seen'] {
  if (seen_ms === null) return null;
  return { by: String(seen_by), by_user_id: seen_by_user_id === null ? null : Number(seen_by_user_id), at_ms: Number(seen_ms) };
}

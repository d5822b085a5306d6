/** What a course asks to hand in, and what one student did hand in. */
import type { Assessment, ReferenceRow } from '../domain.js';
import { setTimeMs } from './values.js';

/** Kept rows of one course; submissions and attempts may be those of everybody. */
export interface AssessmentRows {
  assigns: readonly ReferenceRow[];
  quizzes: readonly ReferenceRow[];
  submissions: readonly ReferenceRow[];
  attempts: readonly ReferenceRow[];
  grade_items: readonly ReferenceRow[];
  grades: readonly ReferenceRow[];
}

/**
 * By kind, then id. Deleted assignments and quizzes are left out, a teacher's previews and a team's submissions too.
 *
 * An assignment is due at its due date, else at its cut-off; a quiz when it closes. Handed in at the first finished attempt:
 * of a quiz `timefinish`, which never changes; of an assignment `timemodified` of the submission, since `timecreated` is
 * when the student first opened the form. (A student who edits a submission afterwards moves that time; Moodle keeps no
 * other.) A mark is the final grade in the gradebook, from the time it was last changed: before a correction it is not known here.
 */
export function assessmentsOf(rows: AssessmentRows, user_id: number): Assessment[] {
  const submitted = new Map<number, number>();
  for (const { deleted, user_id: owner, row } of rows.submissions) {
    if (!deleted && owner === user_id && row.status === 'submitted') earliest(submitted, row.assignment, row.timemodified);
  }
  const finished = new Map<number, number>();
  for (const { deleted, user_id: owner, row } of rows.attempts) {
    if (deleted || owner !== user_id || row.preview === 1) continue;
    if (row.state === 'finished' || row.state === 'submitted') earliest(finished, row.quiz, row.timefinish);
  }
  const marks = marksOf(rows, user_id);
  return [
    ...rows.assigns.filter(exists).map(({ id, row }): Assessment => {
      const due_ms = setTimeMs(row.duedate) ?? setTimeMs(row.cutoffdate);
      return { kind: 'assign', id, due_ms, submitted_ms: submitted.get(id) ?? null, mark: marks.get(`assign ${id}`) ?? null };
    }),
    ...rows.quizzes.filter(exists).map(({ id, row }): Assessment => {
      const submitted_ms = finished.get(id) ?? null;
      return { kind: 'quiz', id, due_ms: setTimeMs(row.timeclose), submitted_ms, mark: marks.get(`quiz ${id}`) ?? null };
    }),
  ].sort((a, b) => (a.kind === b.kind ? a.id - b.id : a.kind < b.kind ? -1 : 1));
}

/** By kind and id of what was marked. */
function marksOf({ grade_items, grades }: AssessmentRows, user_id: number): Map<string, NonNullable<Assessment['mark']>> {
  const items = new Map(grade_items.filter(exists).map((item) => [item.id, item.row]));
  const marks = new Map<string, NonNullable<Assessment['mark']>>();
  for (const { deleted, user_id: owner, row } of grades) {
    const item = deleted || owner !== user_id ? undefined : items.get(Number(row.itemid));
    const [grade, highest, set_ms] = [row.finalgrade, item?.grademax, setTimeMs(row.timemodified)];
    if (item?.itemtype !== 'mod' || typeof grade !== 'number' || typeof highest !== 'number' || highest <= 0 || set_ms === null)
      continue;
    const percent = Math.min(100, Math.max(0, (grade / highest) * 100));
    marks.set(`${item.itemmodule} ${item.iteminstance}`, { percent, set_ms });
  }
  return marks;
}

type Cell = number | string | null | undefined;

function earliest(times: Map<number, number>, of: Cell, seconds: Cell): void {
  const time_ms = setTimeMs(seconds);
  if (typeof of !== 'number' || time_ms === null) return;
  const known = times.get(of);
  if (known === undefined || time_ms < known) times.set(of, time_ms);
}

function exists(row: ReferenceRow): boolean {
  return !row.deleted;
}

/** What one student was asked to hand in, and what became of it, as a page shows it. */
import type { Assessment } from '../domain.js';
import type { Histories } from '../pipeline/histories.js';

/** submitted: in time, or without a due time; late: after it; missing: due and not there; due: not due yet. */
export const HAND_IN_STATES = ['submitted', 'late', 'missing', 'due'] as const;
export type HandInState = (typeof HAND_IN_STATES)[number];

export interface ShownHandIn {
  course_id: number;
  kind: Assessment['kind'];
  id: number;
  name: string | null;
  due_ms: number | null;
  submitted_ms: number | null;
  state: HandInState;
}

/** Of these courses, by due time; what has none goes last, and what has none and was not handed in is left out. */
export async function handInsOf(
  histories: Pick<Histories, 'assessments'>,
  user_id: number,
  course_ids: readonly number[],
  now_ms: number,
): Promise<ShownHandIn[]> {
  const found: ShownHandIn[] = [];
  for (const course_id of course_ids) {
    const { of, names } = await histories.assessments(course_id, user_id);
    for (const { kind, id, due_ms, submitted_ms } of of) {
      if (due_ms === null && submitted_ms === null) continue;
      const state = stateOf(due_ms, submitted_ms, now_ms);
      found.push({ course_id, kind, id, name: names.get(`${kind} ${id}`) ?? null, due_ms, submitted_ms, state });
    }
  }
  const when = ({ due_ms }: ShownHandIn) => due_ms ?? Infinity;
  return found.sort((a, b) => when(a) - when(b) || a.course_id - b.course_id || a.id - b.id);
}

/** A hand-in after `now_ms` is none yet: a recording's clock may stand before it. */
function stateOf(due_ms: number | null, submitted_ms: number | null, now_ms: number): HandInState {
  if (submitted_ms !== null && submitted_ms <= now_ms) return due_ms !== null && submitted_ms > due_ms ? 'late' : 'submitted';
  return due_ms !== null && due_ms < now_ms ? 'missing' : 'due';
}

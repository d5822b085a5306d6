/** Who was drawn in a fair trial: rows about a person, kept beside the imported ones, so whoever erases a person erases these too. */
import type { ReferenceRow } from '../domain.js';
import { idOf } from '../imports/rows.js';
import type { Arm } from '../trials/draw.js';

export const DRAWS = 'sis_trial_draws';
/** A student who is drawn is looked at in the days after the draw, as long as the others wait. */
export const SEEN_DAYS = 7;

export interface Drawn {
  user_id: number;
  course_id: number;
  /** The Monday, `2026-11-23`. */
  week: string;
  /** Of the site's calendar: when it was drawn. */
  day: number;
  arm: Arm;
}

export function drawnOf({ user_id, parent_id, row }: ReferenceRow): Drawn {
  return { user_id: user_id!, course_id: parent_id!, week: String(row.week), day: Number(row.day), arm: row.arm as Arm };
}

/** A student is drawn once in a trial. */
export function rowOf(trial: number, { user_id, course_id, week, day, arm }: Drawn): ReferenceRow {
  const id = idOf(DRAWS, `${trial}/${user_id}`);
  const row = { trial, week, day, arm };
  return { table: DRAWS, id, user_id, parent_id: course_id, deleted: false, row, source_ms: null, coordinate: null };
}

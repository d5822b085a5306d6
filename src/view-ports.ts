/** Who looked at whom, and what people changed of the service: the record that the store keeps of its users. */

/** How long who looked is known: a year of teaching and the complaints that follow it. */
export const VIEWS_KEPT_MS = 400 * 86_400_000;
/** Looking at the same thing again within this is one view: a page that renews itself would fill the record. */
export const VIEW_SLOT_MS = 15 * 60_000;

/** Who does something. What they are called, Moodle may let them edit: where there is a number, it says who they are. */
export interface Actor {
  name: string;
  /** Moodle's; null = a program, the command line, or nobody that Moodle knows. */
  user_id: number | null;
}

/** Somebody of whom nothing but the name is known. */
export const named = (name: string): Actor => ({ name, user_id: null });

/** As a row of the record has them. */
export const doneBy = ({ name, user_id }: Actor): DoneBy => ({ by: name, by_user_id: user_id });

export interface DoneBy {
  by: string;
  /** Null also in rows that were written before it was kept. */
  by_user_id: number | null;
}

/** Somebody was shown something about a person. The first time in each VIEW_SLOT_MS; of what they searched for, nothing. */
export interface PersonView {
  user_id: number;
  /** null = about the person in no course in particular. */
  course_id: number | null;
  /** By the wall clock, also where the store's clock is that of a recording. */
  at_ms: number;
  viewer: string;
  /** Who that is in Moodle; null = a program, nobody that Moodle knows, or a row from before it was kept. */
  by_user_id: number | null;
  kind: 'open' | 'key' | 'staff' | 'student' | 'nobody';
  /** The route without its numbers, and the format where it is a file: `students/:userId`, `predictions (csv)`. */
  what: string;
  /** How many people the answer showed; 1 = this one alone. */
  people: number;
}

/** Of the views of a student, those by others than themselves, in this course or in none in particular. */
export interface ViewsByOthers {
  course_id: number;
}

/** Somebody changed what the service does or holds. Never with a name, a note or a secret in it. */
export interface RecordedChange extends DoneBy {
  at_ms: number;
  /** `ids`, `key`, `import`: what was changed. */
  what: string;
  /** One sentence. */
  detail: string;
}

/** The first instant of the quarter of an hour. */
export function slotOf(at_ms: number): number {
  return Math.floor(at_ms / VIEW_SLOT_MS) * VIEW_SLOT_MS;
}

/** What one view is known by. */
export function viewKey({ user_id, course_id, at_ms, viewer, by_user_id, kind, what }: PersonView) {
  return [user_id, slotOf(at_ms), viewer, kind, what, course_id ?? NO_COURSE, by_user_id ?? NO_USER] as const;
}

/** Moodle's courses and users begin at 1. */
const NO_COURSE = 0;
const NO_USER = 0;

/**
 * Lets go of what is older than it is kept, some rows at a time. What went is not counted again: the ids of its log rows stay known.
 * Rows of activity age by the store's clock, so that a recording of years ago keeps its history; what people did here ages by the machine's.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { AGEING, RETENTION_KEYS, type Retention, type RetentionKey, type Store } from '../ports.js';
import type { Calendar } from '../windows/calendar.js';
import type { Roster } from './roster.js';
import { forgetWords } from './student-voice.js';

const DAY_MS = 86_400_000;
/** In one transaction: some tens of milliseconds, and an entry of the outbox that is read at once. */
const ROWS_A_STEP = 2_000;
/** Of one name in one run: ten million rows. What is left waits for the next day. */
const STEPS_MAX = 5_000;
/** A course without an end is running while somebody was active in it so lately: a summer, and a term of silence. */
const RUNNING_DAYS = 240;

export interface RetentionParts {
  store: Pick<Store, 'people' | 'courseActivity' | 'references'>;
  /** Leaves out what is about erased people. */
  commit: Store['commit'];
  roster: Pick<Roster, 'courses'>;
  calendar: Calendar;
  retention: Retention;
  sinks: readonly string[];
}

export interface Times {
  /** null = nothing was counted yet: then nothing of it ages. */
  store_ms: number | null;
  machine_ms: number;
}

/** Resolves with how many rows went, by name; those without any are left out. */
export async function removeTooOld(
  { store, commit, roster, calendar, retention, sinks }: RetentionParts,
  { store_ms, machine_ms }: Times,
  signal?: AbortSignal,
): Promise<Partial<Record<RetentionKey, number>>> {
  const running = store_ms === null ? [] : await runningCourses({ store, roster }, store_ms);
  const gone: Partial<Record<RetentionKey, number>> = {};
  const wording = { commit, references: store.references.bind(store) };
  for (const key of RETENTION_KEYS) {
    const days = retention[key];
    if (key === 'words') {
      const rows = days === null ? 0 : await forgetWords(wording, machine_ms - days * DAY_MS);
      if (rows > 0) gone.words = rows;
      continue;
    }
    const { clock, unit } = AGEING[key];
    const now_ms = clock === 'store' ? store_ms : machine_ms;
    if (days === null || now_ms === null) continue;
    const before_ms = now_ms - days * DAY_MS;
    const before = unit === 'day' ? calendar.day(before_ms) : before_ms;
    for (let step = 0, rows = ROWS_A_STEP; rows === ROWS_A_STEP && step < STEPS_MAX && !signal?.aborted; step++) {
      rows = await store.people.removeOlder({ key, before, limit: ROWS_A_STEP, running, sinks });
      if (rows > 0) gone[key] = (gone[key] ?? 0) + rows;
      await turn();
    }
  }
  return gone;
}

/** Not past their end; without one, those with some activity lately. */
async function runningCourses({ store, roster }: Pick<RetentionParts, 'store' | 'roster'>, now_ms: number): Promise<number[]> {
  const latest = new Map((await store.courseActivity()).map(({ course_id, last_ms }) => [course_id, last_ms]));
  const isRunning = (end_ms: number | null, course_id: number) =>
    end_ms === null ? (latest.get(course_id) ?? Number.NEGATIVE_INFINITY) >= now_ms - RUNNING_DAYS * DAY_MS : end_ms > now_ms;
  return (await roster.courses())
    .filter(({ end_ms, course_id }) => isRunning(end_ms, course_id))
    .map(({ course_id }) => course_id);
}

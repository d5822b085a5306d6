/** What a captured row means here: the one entry from `Change` to activities and kept rows. */
import type { Activity, Change, EnrolmentChange, Rejected } from '../domain.js';
import { activityOf, logRowOf } from './activity.js';
import { enrolmentEventOf, isEnrolmentEvent } from './events.js';
import { isProblem, type Problem, referenceChangeOf } from './reference.js';
import { LOG_TABLE, type MoodleTable, shownTable, TABLES } from './tables.js';

/** A log row can be both: a student who unenrols does something, and changes an enrolment. */
export interface Interpreted {
  activity: Activity | null;
  /** At most one. */
  references: readonly EnrolmentChange[];
  /** Position and source are the caller's to add. */
  rejected: Pick<Rejected, 'reason' | 'detail'> | null;
  /** Why a log row is nobody's own activity, in few words for the metrics: `origin cli`. null for other tables. */
  not_counted: string | null;
}

export interface InterpretSettings {
  /** Moodle marks answers of anonymous feedback; they hold the true user id all the same. */
  count_anonymous: boolean;
}

export function interpret(change: Change, settings: InterpretSettings): Interpreted {
  if (change.table === LOG_TABLE) return interpretLog(change, settings);
  if (!Object.hasOwn(TABLES, change.table)) {
    return rejected({
      reason: 'unknown-table',
      detail: `${shownTable(change.table)} is not one of Moodle's that are read`,
    });
  }
  const kept = referenceChangeOf(change, change.table as MoodleTable);
  if (kept === null) return NOTHING;
  return isProblem(kept) ? rejected(kept) : { ...NOTHING, references: [kept] };
}

/** Updates, deletes and truncates of log rows are purges, mergers and erasures by Moodle: what was done stays done. */
function interpretLog(change: Change, settings: InterpretSettings): Interpreted {
  if (change.op !== 'create' && change.op !== 'read') return { ...NOTHING, not_counted: `${change.op} of a log row` };
  const row = change.row ?? {};
  const log = logRowOf(change.id, row);
  if (isProblem(log)) return rejected(log);
  const activity = activityOf(log, row, settings.count_anonymous);
  if (typeof activity === 'object' && isProblem(activity)) return rejected(activity);
  const interpreted: Interpreted =
    typeof activity === 'string'
      ? { ...NOTHING, not_counted: activity }
      : { activity, references: NONE, rejected: null, not_counted: null };
  const { eventname } = log;
  if (eventname === null || !isEnrolmentEvent(eventname)) return interpreted;
  const event = enrolmentEventOf(change, { ...log, eventname });
  if (event !== null && isProblem(event)) return rejected(event);
  return event === null ? interpreted : { ...interpreted, references: [event] };
}

const NONE: readonly EnrolmentChange[] = [];
const NOTHING: Interpreted = { activity: null, references: NONE, rejected: null, not_counted: null };

function rejected(problem: Problem | Pick<Rejected, 'reason' | 'detail'>): Interpreted {
  return { ...NOTHING, rejected: { reason: problem.reason, detail: problem.detail } };
}

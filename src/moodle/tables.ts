/** Which of Moodle's tables are read, and of each the columns that are kept: no more than what is used. */
import type { ReferenceTable } from '../domain.js';

export const LOG_TABLE = 'logstore_standard_log';

/** How a kept column is read (`values.ts`). `integer!` must be there: the row means nothing without it. */
export type ColumnKind = 'integer' | 'integer!' | 'flag' | 'text' | 'decimal';

export interface TableSpec {
  columns: readonly (readonly [name: string, kind: ColumnKind])[];
  /** Column that says whom the row is about. */
  user: string | null;
  /** Column that says what the row hangs on. */
  parent: string | null;
}

/** Moodle's tables; `enrolment_events` is not one of them, it is made from the log. */
export type MoodleTable = Exclude<ReferenceTable, 'enrolment_events' | `sis_${string}`>;

const KINDS: Readonly<Record<string, ColumnKind>> = { '!': 'integer!', '?': 'flag', $: 'text', '#': 'decimal' };

/** The primary key `id` is kept beside the row, not in it. */
export const TABLES: Readonly<Record<MoodleTable, TableSpec>> = {
  user: spec('deleted? suspended? firstname$ lastname$ timemodified', 'id', null),
  course: spec('category fullname$ shortname$ startdate enddate visible? timecreated timemodified', null, 'category'),
  enrol: spec('enrol$ status courseid! timemodified', null, 'courseid'),
  user_enrolments: spec('status enrolid! userid! timestart timeend timecreated timemodified', 'userid', 'enrolid'),
  role: spec('shortname$ archetype$', null, null),
  role_assignments: spec('roleid! contextid! userid! timemodified', 'userid', 'contextid'),
  context: spec('contextlevel! instanceid! path$', null, 'instanceid'),
  course_completions: spec('userid! course! timecompleted', 'userid', 'course'),
  assign: spec('course! name$ duedate allowsubmissionsfromdate cutoffdate', null, 'course'),
  assign_submission: spec('assignment! userid! status$ timecreated timemodified latest?', 'userid', 'assignment'),
  quiz: spec('course! name$ timeopen timeclose', null, 'course'),
  quiz_attempts: spec('quiz! userid! state$ timestart timefinish preview?', 'userid', 'quiz'),
  grade_items: spec('courseid! itemtype$ itemmodule$ iteminstance grademax#', null, 'courseid'),
  grade_grades: spec('itemid! userid! finalgrade# timemodified', 'userid', 'itemid'),
  groups: spec('courseid! name$ timemodified', null, 'courseid'),
  groups_members: spec('groupid! userid! timeadded', 'userid', 'groupid'),
};

/** Only for filters: a copy of a site that was made without them is read all the same. */
export const OPTIONAL_TABLES: readonly MoodleTable[] = ['groups', 'groups_members'];

/** What the usual connector captures beside those, and nothing here needs. */
export const UNUSED_TABLES: ReadonlySet<string> = new Set([
  'modules',
  'course_modules',
  'course_sections',
  'config',
  'user_lastaccess',
]);

/** Longer than any table's name. */
const TABLE_NAME_MAX = 64;

/** For counts and rejected rows, which people read. What does not look like a table's name may be anything, and is not repeated. */
export function shownTable(name: string): string {
  return /^[\w$.-]+$/.test(name) ? `table ${name.slice(0, TABLE_NAME_MAX)}` : 'a table whose name is none';
}

export function isUsedTable(table: string): boolean {
  return table === LOG_TABLE || Object.hasOwn(TABLES, table);
}

/** `name$ course!` → name: text, course: an integer that must be there. No mark: an integer. */
function spec(columns: string, user: string | null, parent: string | null): TableSpec {
  const read = (column: string): readonly [string, ColumnKind] => {
    const kind = KINDS[column.slice(-1)];
    return kind === undefined ? [column, 'integer'] : [column.slice(0, -1), kind];
  };
  return { columns: columns.split(' ').map(read), user, parent };
}

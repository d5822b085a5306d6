/** What the student information system can tell: each kind of file, its columns, and the table that keeps it. */

export const KINDS = ['withdrawals', 'opt-outs', 'tutors', 'groups', 'intakes', 'student-courses', 'addresses'] as const;
export type Kind = (typeof KINDS)[number];

/** Tables of imported rows, kept beside Moodle's reference rows. */
export type ImportedTable =
  | 'sis_withdrawals'
  | 'sis_opt_outs'
  | 'sis_tutors'
  | 'sis_groups'
  | 'sis_intakes'
  | 'sis_student_courses'
  | 'sis_addresses';

export interface KindInfo {
  table: ImportedTable;
  /** What a row says, for `import --help`. */
  says: string;
  /** By our name, with the other names that a header may use. */
  columns: Readonly<Record<string, readonly string[]>>;
  /** A header names this kind when it has one of these sets of columns. */
  told_by: readonly (readonly string[])[];
  /** Header and line, as one would write them. */
  sample: readonly [string, string];
}

const STUDENT = ['student_id', 'user', 'user_id', 'userid'];
const COURSE = ['course_id', 'courseid', 'course_shortname'];
const INTAKE = ['intake_id'];

export const KIND_INFOS: Readonly<Record<Kind, KindInfo>> = {
  withdrawals: {
    table: 'sis_withdrawals',
    says: 'a student left a course officially on that day; student_course_id names a row of student-courses instead of both',
    columns: { student: STUDENT, course: COURSE, student_course: ['student_course_id'], withdrawn_date: ['withdrawn', 'date'] },
    told_by: [['withdrawn_date']],
    sample: ['student,course,withdrawn_date', '17,BIO101,2026-03-09'],
  },
  'opt-outs': {
    table: 'sis_opt_outs',
    says: 'a student is neither scored nor shown; "no" takes it back',
    columns: { student: STUDENT, opted_out: ['opt_out', 'opted_out_date'] },
    told_by: [['opted_out']],
    sample: ['student,opted_out', '17,yes'],
  },
  tutors: {
    table: 'sis_tutors',
    says: 'who looks after a student, a course, or a student in a course; role: tutor or lead',
    columns: { tutor: ['tutor_id'], student: STUDENT, course: COURSE, role: [] },
    told_by: [['tutor']],
    sample: ['tutor,student,course,role', '5,17,,tutor'],
  },
  groups: {
    table: 'sis_groups',
    says: 'a student belongs to a group, in one course or, without a course, in all',
    columns: { student: STUDENT, course: COURSE, group: ['group_name'] },
    told_by: [['group', 'student']],
    sample: ['student,course,group', '17,BIO101,Lab B'],
  },
  intakes: {
    table: 'sis_intakes',
    says: 'an intake and the day it began; its name is a group of those whom student-courses puts in it',
    columns: { intake: ['id', 'intake_id'], name: ['intake_name'], release_date: ['start_date'] },
    told_by: [['release_date'], ['intake', 'name']],
    sample: ['id,name,release_date', '3,Autumn 2026,2026-09-01'],
  },
  'student-courses': {
    table: 'sis_student_courses',
    says: 'a student takes a course with an intake; id is what withdrawals may name',
    columns: { id: [], student: STUDENT, course: COURSE, intake: INTAKE },
    told_by: [
      ['student', 'course', 'intake'],
      ['id', 'student', 'course'],
    ],
    sample: ['id,student_id,course_id,intake_id', '900,17,2,3'],
  },
  addresses: {
    table: 'sis_addresses',
    says: 'where a member of staff gets notices by mail',
    columns: { staff: ['tutor', 'tutor_id', 'user', 'user_id', 'userid'], address: ['mail', 'email', 'e_mail'] },
    told_by: [['staff', 'address']],
    sample: ['staff,address', '5,ann.lee@example.ac.uk'],
  },
};

/** Asked in this order, the more telling columns first. */
const ASKED: readonly Kind[] = ['withdrawals', 'opt-outs', 'tutors', 'groups', 'student-courses', 'intakes', 'addresses'];

/** `Withdrawn date` → `withdrawn_date`. */
export function plainName(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
}

/** Where each of our columns stands in this header; columns that are none of ours are left out. */
export function placesOf(header: readonly string[], kind: Kind): Map<string, number> {
  const names = header.map(plainName);
  const places = new Map<string, number>();
  for (const [column, others] of Object.entries(KIND_INFOS[kind].columns)) {
    const place = [column, ...others].map((name) => names.indexOf(name)).find((at) => at >= 0);
    if (place !== undefined) places.set(column, place);
  }
  return places;
}

/** The kind whose columns the header has; null where it tells of none. */
export function kindOf(header: readonly string[]): Kind | null {
  return ASKED.find((kind) => fits(header, kind)) ?? null;
}

export function fits(header: readonly string[], kind: Kind): boolean {
  const places = placesOf(header, kind);
  return KIND_INFOS[kind].told_by.some((columns) => columns.every((column) => places.has(column)));
}

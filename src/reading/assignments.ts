/** Whose students, and of which group, as Moodle and the student information system say: for filters, access and notices. */
import type { Enrolment, ReferenceRow } from '../domain.js';
import type { Store } from '../ports.js';

type Pair = Pick<Enrolment, 'user_id' | 'course_id'>;
type Covering = Pick<ReferenceRow, 'user_id' | 'parent_id'>;

/** Only students of this tutor (by user id), only of this group or intake (by name). */
export interface Belonging {
  tutor?: number;
  group?: string;
}

export class Assignments {
  constructor(private readonly store: Pick<Store, 'references'>) {}

  /** Tells whether an enrolment belongs to both; everybody does where neither is asked for. */
  async belonging({ tutor, group }: Belonging): Promise<(pair: Pair) => boolean> {
    const tests: ((pair: Pair) => boolean)[] = [];
    if (tutor !== undefined) tests.push(coveredBy((await this.#rows('sis_tutors')).filter((row) => row.row.tutor_id === tutor)));
    if (group !== undefined) tests.push(coveredBy(await this.#ofGroup(group)));
    return (pair) => tests.every((test) => test(pair));
  }

  /** Whom the student information system gives this tutor: whole courses, students in every course, students in one (`user/course`). */
  async ofTutor(tutor_id: number): Promise<{ course_ids: Set<number>; user_ids: Set<number>; pairs: Set<string> }> {
    const given = { course_ids: new Set<number>(), user_ids: new Set<number>(), pairs: new Set<string>() };
    for (const { user_id, parent_id } of (await this.#rows('sis_tutors')).filter(({ row }) => row.tutor_id === tutor_id)) {
      if (user_id !== null && parent_id !== null) given.pairs.add(`${user_id}/${parent_id}`);
      else if (user_id !== null) given.user_ids.add(user_id);
      else if (parent_id !== null) given.course_ids.add(parent_id);
    }
    return given;
  }

  /** What can be asked for: names of groups and intakes, and tutors by user id; both ascending. */
  async known(): Promise<{ groups: string[]; tutor_ids: number[] }> {
    const named = [...(await this.#rows('groups')), ...(await this.#rows('sis_groups')), ...(await this.#rows('sis_intakes'))];
    const groups = named.flatMap(({ row }) => (typeof row.name === 'string' ? [row.name] : []));
    const tutor_ids = (await this.#rows('sis_tutors')).map(({ row }) => Number(row.tutor_id));
    return { groups: [...new Set(groups)].sort(), tutor_ids: [...new Set(tutor_ids)].sort((a, b) => a - b) };
  }

  /** By tutor (user id): whether an enrolment is theirs. For those who tell every tutor something. */
  async tutors(): Promise<Map<number, (pair: Pair) => boolean>> {
    const rows = new Map<number, ReferenceRow[]>();
    for (const row of await this.#rows('sis_tutors')) {
      const tutor_id = Number(row.row.tutor_id);
      rows.set(tutor_id, [...(rows.get(tutor_id) ?? []), row]);
    }
    return new Map([...rows].map(([tutor_id, theirs]) => [tutor_id, coveredBy(theirs)]));
  }

  /** Who is in a group of that name, and whose intake has it. */
  async #ofGroup(name: string): Promise<Covering[]> {
    const groups: Covering[] = (await this.#rows('sis_groups')).filter(({ row }) => row.name === name);
    groups.push(...(await this.#ofMoodleGroup(name)));
    const intakes = (await this.#rows('sis_intakes')).filter(({ row }) => row.name === name).map(({ row }) => row.intake);
    if (intakes.length === 0) return groups;
    return [...groups, ...(await this.#rows('sis_student_courses')).filter(({ row }) => intakes.includes(row.intake ?? null))];
  }

  /** A group belongs to one course; another course may have one of the same name. */
  async #ofMoodleGroup(name: string): Promise<Covering[]> {
    const courses = new Map(
      (await this.#rows('groups')).flatMap(({ id, parent_id, row }) => (row.name === name ? [[id, parent_id]] : [])),
    );
    if (courses.size === 0) return [];
    return (await this.#rows('groups_members')).flatMap(({ user_id, parent_id: group_id }) =>
      courses.has(group_id ?? 0) ? [{ user_id, parent_id: courses.get(group_id!)! }] : [],
    );
  }

  async #rows(
    table: 'groups' | 'groups_members' | 'sis_tutors' | 'sis_groups' | 'sis_intakes' | 'sis_student_courses',
  ): Promise<ReferenceRow[]> {
    return (await this.store.references(table)).filter((row) => !row.deleted);
  }
}

/** A row covers a student, a course, or a student in a course; what it leaves open is everybody, or every course. */
function coveredBy(rows: readonly Covering[]): (pair: Pair) => boolean {
  const keys = new Set(rows.map(({ user_id, parent_id }) => `${user_id ?? '*'}/${parent_id ?? '*'}`));
  return ({ user_id, course_id }) =>
    keys.has(`${user_id}/*`) || keys.has(`*/${course_id}`) || keys.has(`${user_id}/${course_id}`);
}

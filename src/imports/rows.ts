/** One line of an imported file → the row that is kept, or why it cannot be. Never repeats what stands in a field: it may name a person. */
import { createHash } from 'node:crypto';
import type { ReferenceRow, RejectReason } from '../domain.js';
import { KIND_INFOS, type Kind, placesOf } from './kinds.js';

/** What the store knows already, and what a date means on the site's calendar. */
export interface Known {
  /** By Moodle's shortname; null where there is none, or more than one. */
  course(shortname: string): number | null;
  /** By the id that `student-courses` gave. */
  studentCourse(id: string): { user_id: number; course_id: number } | null;
  /** Midnight of `2026-03-09`; null for what is no day. */
  startOf(date: string): number | null;
}

/** `gone`: the line takes back what an earlier one said. */
export type LineRead =
  | { row: ReferenceRow; gone: boolean }
  | { reason: Extract<RejectReason, 'missing-column' | 'bad-value' | 'unknown-shape'>; detail: string };

/** More is no name, and would make lists unreadable. */
const NAME_LENGTH_MAX = 255;
/** Later than 1973 in milliseconds; as seconds it would be the year 5138. */
const MS_MIN = 100_000_000_000;
/** One bare address: nothing that a mail server would read as a second one, or as a name. */
const ADDRESS = /^[^\s@<>"'(),;:\\[\]]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}$/;
const YES = new Set(['', '1', 'yes', 'y', 'true']);
const NO = new Set(['0', 'no', 'n', 'false']);

class Refusal extends Error {
  constructor(
    readonly reason: 'missing-column' | 'bad-value',
    readonly detail: string,
  ) {
    super(detail);
  }
}

/** Reads the lines below one header. */
export class LineReader {
  readonly #places: Map<string, number>;
  #fields: readonly string[] = [];

  constructor(
    private readonly kind: Kind,
    private readonly header: readonly string[],
    private readonly known: Known,
  ) {
    this.#places = placesOf(header, kind);
  }

  read(fields: readonly string[]): LineRead {
    if (fields.length !== this.header.length)
      return { reason: 'unknown-shape', detail: `${fields.length} fields where the header has ${this.header.length}` };
    this.#fields = fields;
    try {
      return this.#rowOf();
    } catch (error) {
      if (error instanceof Refusal) return { reason: error.reason, detail: error.detail };
      throw error;
    }
  }

  #rowOf(): LineRead {
    switch (this.kind) {
      case 'withdrawals':
        return this.#withdrawal();
      case 'opt-outs':
        return this.#optOut();
      case 'tutors':
        return this.#tutor();
      case 'groups':
        return this.#group();
      case 'intakes':
        return this.#intake();
      case 'student-courses':
        return this.#studentCourse();
      case 'addresses':
        return this.#address();
    }
  }

  #withdrawal(): LineRead {
    const named = this.#text('student_course');
    const found = named === '' ? null : this.known.studentCourse(named);
    if (named !== '' && found === null)
      throw new Refusal('bad-value', 'student_course_id: no such row; import student-courses first');
    const user_id = found?.user_id ?? this.#student();
    const course_id = found?.course_id ?? this.#course();
    const withdrawn_ms = this.#time('withdrawn_date');
    return this.#kept(`${user_id}/${course_id}`, user_id, course_id, { withdrawn_ms });
  }

  #optOut(): LineRead {
    const user_id = this.#student();
    const word = this.#text('opted_out').toLowerCase();
    const gone = NO.has(word);
    if (!gone && !YES.has(word)) this.#time('opted_out');
    return this.#kept(String(user_id), user_id, null, {}, gone);
  }

  #tutor(): LineRead {
    const tutor_id = this.#id('tutor');
    const user_id = this.#text('student') === '' ? null : this.#student();
    const course_id = this.#text('course') === '' ? null : this.#course();
    if (user_id === null && course_id === null) throw new Refusal('missing-column', 'a student, a course, or both must be named');
    const role = this.#text('role').toLowerCase() || 'tutor';
    if (role !== 'tutor' && role !== 'lead') throw new Refusal('bad-value', 'role: tutor or lead was expected');
    return this.#kept(`${tutor_id}/${user_id}/${course_id}`, user_id, course_id, { tutor_id, role });
  }

  #group(): LineRead {
    const user_id = this.#student();
    const course_id = this.#text('course') === '' ? null : this.#course();
    const name = this.#name('group');
    return this.#kept(`${user_id}/${course_id}/${name}`, user_id, course_id, { name });
  }

  #intake(): LineRead {
    const intake = this.#name('intake');
    const name = this.#name('name');
    const release_ms = this.#text('release_date') === '' ? null : this.#time('release_date');
    return this.#kept(intake, null, null, { intake, name, release_ms });
  }

  #studentCourse(): LineRead {
    const user_id = this.#student();
    const course_id = this.#course();
    const student_course = this.#text('id') || null;
    const intake = this.#text('intake') === '' ? null : this.#name('intake');
    return this.#kept(student_course ?? `${user_id}/${course_id}`, user_id, course_id, { student_course, intake });
  }

  #address(): LineRead {
    const user_id = this.#id('staff');
    const address = this.#name('address');
    if (!ADDRESS.test(address)) throw new Refusal('bad-value', 'address: one of mail was expected, name@example.ac.uk');
    return this.#kept(String(user_id), user_id, null, { address });
  }

  #kept(
    key: string,
    user_id: number | null,
    parent_id: number | null,
    row: ReferenceRow['row'],
    gone = false,
  ): Extract<LineRead, { gone: boolean }> {
    const { table } = KIND_INFOS[this.kind];
    const id = idOf(table, key);
    return { row: { table, id, user_id, parent_id, deleted: false, row, source_ms: null, coordinate: null }, gone };
  }

  #text(column: string): string {
    const place = this.#places.get(column);
    return place === undefined ? '' : this.#fields[place]!.trim();
  }

  #student(): number {
    return this.#id('student');
  }

  #id(column: string): number {
    const text = this.#text(column);
    if (text === '') throw new Refusal('missing-column', `${column} is empty`);
    if (!/^\d{1,15}$/.test(text) || Number(text) === 0)
      throw new Refusal('bad-value', `${column}: Moodle's user id was expected, a whole number`);
    return Number(text);
  }

  /** By id, or by shortname where no number stands there. */
  #course(): number {
    const text = this.#text('course');
    if (text === '') throw new Refusal('missing-column', 'course is empty');
    const named = this.known.course(text);
    if (named !== null) return named;
    if (/^\d{1,15}$/.test(text)) return Number(text);
    throw new Refusal('bad-value', 'course: no course has this short name, or several have; name its id');
  }

  #name(column: string): string {
    const text = this.#text(column);
    if (text === '') throw new Refusal('missing-column', `${column} is empty`);
    if (text.length > NAME_LENGTH_MAX) throw new Refusal('bad-value', `${column}: at most ${NAME_LENGTH_MAX} characters`);
    return text;
  }

  /**
   * | text | is |
   * | --- | --- |
   * | `2026-03-09`, `2026-03-09 14:00:00` | midnight of that day in the site's zone |
   * | `2026-03-09T14:00:00Z`, `…+01:00` | that instant |
   * | `1773014400000`, `1773014400` | that instant, in milliseconds or seconds |
   */
  #time(column: string): number {
    const text = this.#text(column);
    if (text === '') throw new Refusal('missing-column', `${column} is empty`);
    if (/^\d{9,14}$/.test(text)) return Number(text) < MS_MIN ? Number(text) * 1000 : Number(text);
    const [, date, zoned] = /^(\d{4}-\d{2}-\d{2})(?:[T ][\d:.]+)?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
    const midnight = date === undefined ? null : this.known.startOf(date);
    const time_ms = midnight !== null && zoned !== undefined ? Date.parse(text.replace(' ', 'T')) : midnight;
    if (time_ms !== null && Number.isFinite(time_ms)) return time_ms;
    throw new Refusal('bad-value', `${column}: a day like 2026-03-09 was expected`);
  }
}

/** The same key has the same id in every import: 52 bits, which every store keeps exactly. */
export function idOf(table: string, key: string): number {
  return Number.parseInt(createHash('sha256').update(`${table}|${key}`).digest('hex').slice(0, 13), 16);
}

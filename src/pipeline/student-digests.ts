/**
 * `cohort_ratios` are those of students, and who is one may become known after their activity was told: topics of different tables
 * come in any order. So now and then, when all else is told, the lists of students are compared with those of the last time, and the
 * ratios of courses that differ are told again.
 *
 * What is kept is a digest of each group of courses (by course_id modulo the number of groups), in one short text: a process that
 * takes over goes on from there.
 */
import { createHash } from 'node:crypto';
import type { Publication, Store } from '../ports.js';
import { type Publications, type Students, studentsOf } from './publications.js';

/** Each group costs 8 characters of the position; after a change of one course those of its group are told again. */
const GROUPS = 24;
/** At most so often. */
const LOOK_MS_MIN = 2_000;
/** Deriving the roster of a large site takes seconds: at most this part of the time goes into it. */
const LOOK_SHARE = 50;
const PUBLICATIONS_PER_PAGE = 5_000;

export class StudentDigests {
  #next_ms = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: Store,
    private readonly rows: Publications,
    private readonly position: string,
  ) {}

  /** Another process has told things: look at once. */
  forget(): void {
    this.#next_ms = Number.NEGATIVE_INFINITY;
  }

  /** How many rows were told again; null when `send` said so. */
  async retell(now_ms: number, send: (page: Publication[]) => Promise<number | null>): Promise<number | null> {
    const began_ms = performance.now();
    if (began_ms < this.#next_ms) return 0;
    const students = await studentsOf(this.rows.roster, now_ms);
    const digests = digestsOf(students);
    const kept = await this.store.position(this.position);
    const before = kept?.split(' ') ?? [];
    const took_ms = performance.now() - began_ms;
    let sent = 0;
    if (digests.join(' ') !== kept) {
      for (const { course_id } of await this.store.courseActivity()) {
        const group = course_id % GROUPS;
        if (digests[group] === before[group]) continue;
        const told = await this.#course(course_id, students, send);
        if (told === null) return null;
        sent += told;
      }
      await this.store.commit({ position: { source: this.position, from: kept, to: digests.join(' ') } });
    }
    this.#next_ms = performance.now() + Math.max(LOOK_MS_MIN, LOOK_SHARE * took_ms);
    return sent;
  }

  async #course(course_id: number, students: Students, send: (page: Publication[]) => Promise<number | null>) {
    let sent = 0;
    let page: Publication[] = [];
    const flush = async () => {
      const refused = await send(page);
      sent += page.length - (refused ?? 0);
      page = [];
      return refused !== null;
    };
    for await (const publication of this.rows.ratios(students, course_id, true)) {
      page.push(publication);
      if (page.length >= PUBLICATIONS_PER_PAGE && !(await flush())) return null;
    }
    return (await flush()) ? sent : null;
  }
}

/** Of each group of courses, what stands for its list of students. */
function digestsOf(students: Students): string[] {
  const lists: string[][] = Array.from({ length: GROUPS }, () => []);
  for (const pair of students) lists[Number(pair.slice(pair.indexOf('/') + 1)) % GROUPS]!.push(pair);
  return lists.map((list) => createHash('sha256').update(list.sort().join(' ')).digest('hex').slice(0, 8));
}

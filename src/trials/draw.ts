/**
 * Who is called this week and who next week: drawn at random within each course, half and half. The draw is a function of the seed, the week and
 * who is on the list, so anybody who has these can draw again and finds the same.
 */
import { createHash } from 'node:crypto';

export type Arm = 'now' | 'later';

export interface Candidate {
  user_id: number;
  course_id: number;
}

export interface Drawn extends Candidate {
  arm: Arm;
}

/**
 * Of each course's students, in the order of a hash that nobody can choose, every other one is called now; who begins is drawn as well, so
 * that an odd one out is as likely to wait as to be called. The order of `candidates` changes nothing.
 */
export function draw(candidates: readonly Candidate[], seed: string, week: string): Drawn[] {
  const courses = new Map<number, Candidate[]>();
  for (const one of candidates) courses.set(one.course_id, [...(courses.get(one.course_id) ?? []), one]);
  return [...courses.keys()]
    .sort((a, b) => a - b)
    .flatMap((course_id) => {
      const first = Number.parseInt(hash(seed, week, course_id)[0]!, 16) % 2;
      return courses
        .get(course_id)!
        .map((one) => ({ one, place: hash(seed, week, course_id, one.user_id) }))
        .sort((a, b) => (a.place < b.place ? -1 : 1))
        .map(({ one: { user_id } }, i): Drawn => ({ user_id, course_id, arm: (i + first) % 2 === 0 ? 'now' : 'later' }));
    });
}

function hash(...parts: (string | number)[]): string {
  return createHash('sha256').update(parts.join('|')).digest('hex');
}

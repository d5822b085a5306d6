import type { Enrolment } from '../domain.js';

/** Students by course, courses ascending. */
export function byCourse(enrolments: readonly Enrolment[]): Map<number, Enrolment[]> {
  const courses = new Map<number, Enrolment[]>();
  for (const enrolment of enrolments) {
    const students = courses.get(enrolment.course_id);
    if (students) students.push(enrolment);
    else courses.set(enrolment.course_id, [enrolment]);
  }
  return new Map([...courses].sort(([a], [b]) => a - b));
}

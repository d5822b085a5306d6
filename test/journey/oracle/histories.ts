/**
 * What features are made of, straight from the rows that had arrived: one enrolment's days before the cut-off and its
 * hand-ins. Days are UTC.
 */
import type { EnrolmentHistory } from '../../../src/domain.js';
import { type Counted, sessionsOf } from './activity.js';
import type { NaiveEnrolment } from './enrolments.js';
import type { RecordedChange, Row } from './recorded.js';
import { daysOf } from './tables.js';

const DAY_S = 86_400;
const dayNumber = (seconds: unknown) => (Number(seconds) > 0 ? Math.floor(Number(seconds) / DAY_S) : null);

/** As Debezium writes DECIMAL(10,5): a whole number of hundred-thousandths, the highest byte first, in base64. */
const decimal = (text: unknown) => Number(`0x${Buffer.from(String(text), 'base64').toString('hex')}`) / 1e5;

function present(changes: readonly RecordedChange[], table: string): Row[] {
  const rows = new Map<number, Row | null>();
  for (const { table: of, op, id, after } of changes) if (of === table) rows.set(id, op === 'd' ? null : after);
  return [...rows.values()].filter((row) => row !== null);
}

/** Of the given enrolments, all of one course, in their order. */
export function historiesOf(
  changes: readonly RecordedChange[],
  counted: readonly Counted[],
  course_id: number,
  enrolments: readonly NaiveEnrolment[],
  cutoff_day: number,
): EnrolmentHistory[] {
  const own = counted.filter((c) => c.course_id === course_id);
  const finished = sessionsOf(own, (c) => `${c.user_id},${course_id}`).filter((s) => s.end_s < cutoff_day * DAY_S);
  const days = daysOf(
    own.filter((c) => c.time_s < cutoff_day * DAY_S),
    finished,
  );
  const course = present(changes, 'course').find((row) => row.id === course_id)!;
  const assigns = present(changes, 'assign').filter((row) => row.course === course_id);
  const quizzes = present(changes, 'quiz').filter((row) => row.course === course_id);
  const submissions = present(changes, 'assign_submission').filter((row) => row.status === 'submitted');
  const attempts = present(changes, 'quiz_attempts').filter((row) => row.state === 'finished' && row.preview === 0);

  const items = present(changes, 'grade_items').filter((item) => item.courseid === course_id && item.itemtype === 'mod');
  const grades = present(changes, 'grade_grades');
  const markOf = (user_id: number, module: string, instance: unknown) => {
    const item = items.find((i) => i.itemmodule === module && i.iteminstance === instance);
    const grade = grades.find((g) => g.userid === user_id && g.itemid === item?.id);
    const day = dayNumber(grade?.timemodified);
    if (!item || grade?.finalgrade == null || day === null || day >= cutoff_day) return {};
    return { mark: { percent: (decimal(grade.finalgrade) / decimal(item.grademax)) * 100, day } };
  };
  const handIns = (user_id: number) => [
    ...[...assigns].sort(byId).map((assign) => ({
      due_day: dayNumber(Number(assign.duedate) > 0 ? assign.duedate : assign.cutoffdate),
      submitted_day: first(
        submissions.filter((s) => s.userid === user_id && s.assignment === assign.id).map((s) => s.timemodified),
      ),
      ...markOf(user_id, 'assign', assign.id),
    })),
    ...[...quizzes].sort(byId).map((quiz) => ({
      due_day: dayNumber(quiz.timeclose),
      submitted_day: first(attempts.filter((a) => a.userid === user_id && a.quiz === quiz.id).map((a) => a.timefinish)),
      ...markOf(user_id, 'quiz', quiz.id),
    })),
  ];
  const first = (times: unknown[]) => {
    const day = times.length === 0 ? null : dayNumber(Math.min(...times.map(Number)));
    return day !== null && day < cutoff_day ? day : null;
  };
  return enrolments.map(({ user_id, enrolled_s }) => ({
    user_id,
    course_id,
    enrolled_day: enrolled_s === null ? null : Math.floor(enrolled_s / DAY_S),
    course_start_day: dayNumber(course.startdate) ?? dayNumber(own.length === 0 ? 0 : Math.min(...own.map((c) => c.time_s))),
    course_end_day: dayNumber(course.enddate),
    days: days
      .filter((d) => d.user_id === user_id)
      .map(({ groups, day, ...rest }) => ({
        ...rest,
        day: Date.parse(day) / 86_400_000,
        navigation: groups.navigation!,
        content: groups.content!,
        social: groups.social!,
        assessment: groups.assessment!,
        other: groups.other!,
      }))
      .sort((a, b) => a.day - b.day),
    sessions_known: true,
    assessments: assigns.length + quizzes.length === 0 ? null : handIns(user_id),
  }));
}

const byId = (a: Row, b: Row) => Number(a.id) - Number(b.id);

/**
 * The Open University Learning Analytics Dataset as course histories.
 *
 * Its days count from the start of the presentation (day 0), and so do the days here: `start_day` is 0. It knows days, not
 * times, so `sessions_known` is false. Clicks are activities: one row of `studentVle` has as many as `sum_click` says.
 */
import { ACTIVITY_GROUPS, type ActivityDay, type CourseHistory, type HandIn, type LearnerHistory } from '../../domain.js';
import { eachRow, numberIn, numberOrNull } from './csv.js';
import { groupOf } from './groups.js';

/** How the data set wants to be named where it or a model made from it is passed on. */
export const OULAD_ATTRIBUTION =
  'Open University Learning Analytics Dataset: Kuzilek J., Hlosta M., Zdrahal Z. (2017), Scientific Data 4:170171, ' +
  'https://doi.org/10.1038/sdata.2017.171, licensed CC-BY 4.0';

/** The data set has no day of marking. Two weeks are assumed, so that no mark is known before it could be. */
const MARKING_DAYS = 14;

type Submission = Pick<HandIn, 'submitted_day' | 'mark'>;

interface Presentation {
  course: CourseHistory;
  /** By student id. */
  learners: Map<number, LearnerHistory>;
  /** By student id, then day. */
  days: Map<number, Map<number, ActivityDay>>;
  assessments: Map<number, number | null>;
  /** By student id: what was handed in, by assessment; null = banked, that is, carried over and not asked for here. */
  submissions: Map<number, Map<number, Submission | null>>;
}

type Presentations = Map<string, Presentation>;

const nameOf = (module: string, presentation: string): string => `${module}/${presentation}`;

/** All presentations in the folder, by name. Throws, naming file, line and column, for what cannot be read. */
export async function readOulad(dir: string): Promise<CourseHistory[]> {
  const presentations = await readCourses(dir);
  await readLearners(dir, presentations);
  await readRegistrations(dir, presentations);
  await readAssessments(dir, presentations);
  await readClicks(dir, presentations);
  return [...presentations.values()].map(assemble);
}

async function readCourses(dir: string): Promise<Presentations> {
  const found: { name: string; length_days: number }[] = [];
  const columns = ['code_module', 'code_presentation', 'module_presentation_length'];
  await eachRow(dir, 'courses.csv', columns, ([module, presentation, length]) => {
    found.push({ name: nameOf(module!, presentation!), length_days: numberIn(length!) });
  });
  found.sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(
    found.map(({ name, length_days }, index) => [
      name,
      {
        course: { course_id: index + 1, name, start_day: 0, known_until_day: length_days, learners: [] },
        learners: new Map(),
        days: new Map(),
        assessments: new Map(),
        submissions: new Map(),
      },
    ]),
  );
}

const RESULTS: ReadonlyMap<string | undefined, LearnerHistory['result']> = new Map([
  ['Pass', 'passed'],
  ['Distinction', 'passed'],
  ['Fail', 'failed'],
  ['Withdrawn', 'withdrawn'],
]);

async function readLearners(dir: string, presentations: Presentations): Promise<void> {
  const columns = ['code_module', 'code_presentation', 'id_student', 'final_result'];
  await eachRow(dir, 'studentInfo.csv', columns, ([module, presentation, student, result]) => {
    const at = presentations.get(nameOf(module!, presentation!));
    if (!at) throw new Error(`courses.csv does not list ${nameOf(module!, presentation!)}, which studentInfo.csv has`);
    const { course } = at;
    const user_id = numberIn(student!);
    at.learners.set(user_id, {
      history: {
        user_id,
        course_id: course.course_id,
        enrolled_day: null,
        course_start_day: course.start_day,
        course_end_day: course.known_until_day,
        days: [],
        sessions_known: false,
        assessments: [],
      },
      left_day: null,
      result: RESULTS.get(result) ?? null,
    });
  });
}

async function readRegistrations(dir: string, presentations: Presentations): Promise<void> {
  const columns = ['code_module', 'code_presentation', 'id_student', 'date_registration', 'date_unregistration'];
  await eachRow(dir, 'studentRegistration.csv', columns, ([module, presentation, student, from, to]) => {
    const learner = presentations.get(nameOf(module!, presentation!))?.learners.get(numberIn(student!));
    if (!learner) return; // a registration without a student has no outcome to learn from
    learner.history.enrolled_day = numberOrNull(from!);
    learner.left_day = numberOrNull(to!);
  });
}

async function readAssessments(dir: string, presentations: Presentations): Promise<void> {
  const owner = new Map<number, Presentation>();
  const columns = ['code_module', 'code_presentation', 'id_assessment', 'date'];
  await eachRow(dir, 'assessments.csv', columns, ([module, presentation, id, due]) => {
    const at = presentations.get(nameOf(module!, presentation!));
    if (!at) return;
    at.assessments.set(numberIn(id!), numberOrNull(due!));
    owner.set(numberIn(id!), at);
  });
  const submitted = ['id_assessment', 'id_student', 'date_submitted', 'is_banked', 'score'];
  await eachRow(dir, 'studentAssessment.csv', submitted, ([id, student, day, banked, score]) => {
    const at = owner.get(numberIn(id!));
    if (!at) return;
    const user_id = numberIn(student!);
    const of_student = at.submissions.get(user_id) ?? new Map<number, Submission | null>();
    of_student.set(
      numberIn(id!),
      ['1', 'True', 'true'].includes(banked!) ? null : submissionOf(numberIn(day!), numberOrNull(score!)),
    );
    at.submissions.set(user_id, of_student);
  });
}

function submissionOf(submitted_day: number, percent: number | null): Submission {
  return percent === null ? { submitted_day } : { submitted_day, mark: { percent, day: submitted_day + MARKING_DAYS } };
}

async function readClicks(dir: string, presentations: Presentations): Promise<void> {
  const groups = new Map<string, (typeof ACTIVITY_GROUPS)[number]>();
  await eachRow(dir, 'vle.csv', ['id_site', 'activity_type'], ([site, type]) => {
    groups.set(site!, groupOf(type!));
  });
  const columns = ['code_module', 'code_presentation', 'id_student', 'id_site', 'date', 'sum_click'];
  await eachRow(dir, 'studentVle.csv', columns, ([module, presentation, student, site, date, clicks]) => {
    const at = presentations.get(nameOf(module!, presentation!));
    const user_id = numberIn(student!);
    if (!at?.learners.has(user_id)) return; // clicks of somebody without an enrolment
    const row = dayOf(at, user_id, numberIn(date!));
    const activities = numberIn(clicks!);
    row.activities += activities;
    row[groups.get(site!) ?? 'other'] += activities;
  });
}

function dayOf(at: Presentation, user_id: number, day: number): ActivityDay {
  let days = at.days.get(user_id);
  if (!days) {
    days = new Map();
    at.days.set(user_id, days);
  }
  let row = days.get(day);
  if (!row) {
    row = {
      user_id,
      course_id: at.course.course_id,
      day,
      activities: 0,
      navigation: 0,
      content: 0,
      social: 0,
      assessment: 0,
      other: 0,
      sessions: 0,
      duration_s: 0,
    };
    days.set(day, row);
  }
  return row;
}

function assemble({ course, learners, days, assessments, submissions }: Presentation): CourseHistory {
  for (const [user_id, { history }] of learners) {
    history.days = [...(days.get(user_id)?.values() ?? [])].sort((a, b) => a.day - b.day);
    const handed_in = submissions.get(user_id);
    history.assessments = [...assessments]
      .filter(([id]) => handed_in?.get(id) !== null)
      .map(([id, due_day]) => ({ due_day, submitted_day: null, ...handed_in?.get(id) }));
  }
  course.learners = [...learners.values()].sort((a, b) => a.history.user_id - b.history.user_id);
  return course;
}

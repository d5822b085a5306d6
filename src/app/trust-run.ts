/** `models trust`: each course's standing, by the champion's own scores in the store and what became of the students since. */
import type { Config } from '../config.js';
import type { CourseHistory, Target } from '../domain.js';
import type { Hindsight } from '../pipeline/hindsight.js';
import type { Store } from '../ports.js';
import { isAskedAbout, isOpenAt, isStillActiveAt, labelOf } from '../training/labels.js';
import type { Judged } from '../training/metrics.js';
import { type Standing, standingOf } from '../training/trust.js';
import { hindsightOf } from './hindsight-run.js';
import { openService, teachingCalendarOf } from './service.js';

export interface CourseTrust extends Omit<Standing, 'standing'> {
  course: string;
  standing: Standing['standing'] | 'left-out';
}

const PAGE = 10_000;
/** One score a week and student: those of two days are nearly the same. */
const WEEK_MS = 7 * 86_400_000;

/** All courses with students, by id; those of which nothing can be told last. */
export async function trustRun(config: Config): Promise<{ model: string; courses: CourseTrust[] }> {
  const service = await openService(config, { mode: 'read', clock: null, log: () => {} });
  try {
    const { manifest } = (await service.models.champion()).predictor ?? {};
    if (manifest === undefined) throw new Error(`There is no champion whose scores could be checked: ${service.model.why_not}`);
    const teaching = await teachingCalendarOf(config);
    const day = (as_of_ms: number, { course_id, name }: CourseHistory) => {
      const real = service.calendar.day(as_of_ms);
      return teaching?.of({ course_id, shortname: name })?.number(real) ?? real;
    };
    const { courses, left_out }: Hindsight = await hindsightOf(service);
    const trust: CourseTrust[] = [];
    for (const course of courses) {
      const judged = await issuedScores(service.store, course, manifest, (as_of_ms) => day(as_of_ms, course));
      trust.push({ course: course.name, ...standingOf(judged) });
    }
    const unknown = { students: 0, stopped: 0, rows: 0, auc: Number.NaN, auc_low: Number.NaN, calibration_error: Number.NaN };
    for (const { name, why } of left_out)
      trust.push({ course: name, standing: 'left-out', why: `Nothing can be told: ${why}.`, ...unknown });
    return { model: manifest.version, courses: trust };
  } finally {
    await service.close();
  }
}

/** What the model said on scheduled scorings of the course, where the outcome is known by now. */
async function issuedScores(
  store: Store,
  course: CourseHistory,
  { version, target }: { version: string; target: Target },
  day: (as_of_ms: number) => number,
): Promise<Judged> {
  const learners = new Map(course.learners.map((learner) => [learner.history.user_id, learner]));
  const judged = { scores: [] as number[], labels: [] as number[], user_ids: [] as number[], lists: [] as string[] };
  let taken = { user_id: Number.NaN, as_of_ms: 0 };
  for (let after: [number, number, number] | undefined; ; ) {
    const page = await store.scores({ course_id: course.course_id }, { after, limit: PAGE });
    for (const { user_id, as_of_ms, score, model_version } of page) {
      if (model_version !== version || (taken.user_id === user_id && as_of_ms - taken.as_of_ms < WEEK_MS)) continue;
      const learner = learners.get(user_id);
      const at = day(as_of_ms);
      if (!learner || !isOpenAt(learner, at) || !isAskedAbout(target, isStillActiveAt(learner, at))) continue;
      const label = labelOf(target, course, learner, at);
      if (label === null) continue;
      taken = { user_id, as_of_ms };
      judged.scores.push(score);
      judged.labels.push(label);
      judged.user_ids.push(user_id);
      judged.lists.push(String(at));
    }
    const last = page.at(-1);
    if (page.length < PAGE || last === undefined) return judged;
    after = [last.user_id, last.course_id, last.as_of_ms];
  }
}

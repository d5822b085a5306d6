/** Each course's standing, by the champion's own scores in the store and what became of the students since. */
import type { Config } from '../config.js';
import type { CourseHistory, Target } from '../domain.js';
import type { Hindsight } from '../pipeline/hindsight.js';
import { paged } from '../pipeline/paged.js';
import type { CourseStanding, Page, Store } from '../ports.js';
import { askedLabel } from '../training/labels.js';
import { type Issued, standingOf } from '../training/trust.js';
import { hindsightOf } from './hindsight-run.js';
import { openService } from './service.js';

export interface CourseTrust extends CourseStanding {
  course: string;
}

/** One score a week and student: those of two days are nearly the same. */
const WEEK_MS = 7 * 86_400_000;
const NOTHING_KNOWN = {
  ...{ students: 0, stopped: 0, rows: 0, reliability: [], weeks: [] },
  ...{ auc: null, auc_low: null, calibration_error: null },
};

/** All courses with students, by id; those of which nothing can be told last. */
export async function trustRun(config: Config): Promise<{ model: string; courses: CourseTrust[] }> {
  const service = await openService(config, { mode: 'read', clock: null, log: () => {} });
  try {
    const { manifest } = (await service.models.champion()).predictor ?? {};
    if (manifest === undefined)
      throw new Error(`There is no champion whose scores could be checked: ${service.model.word.why_not}`);
    const { store, calendar, teaching } = service;
    const { courses, left_out }: Hindsight = await hindsightOf(service);
    const said = { model_version: manifest.version, checked_ms: service.pipeline.clock.last_tick_ms ?? 0 };
    const trust: CourseTrust[] = [];
    for (const course of courses) {
      const day = (as_of_ms: number) => {
        const real = calendar.day(as_of_ms);
        return teaching?.number(course, real) ?? real;
      };
      const monday = (as_of_ms: number) => calendar.format(mondayOf(calendar.day(as_of_ms)));
      const standing = standingOf(await issuedScores(store, course, manifest, { day, monday }));
      trust.push({ course: course.name, course_id: course.course_id, ...said, ...standing });
    }
    for (const { name: course, course_id, code, why } of left_out) {
      const standing = { standing: 'left-out' as const, why: `Nothing can be told: ${why}.`, faults: [code] };
      trust.push({ course, course_id, ...said, ...standing, ...NOTHING_KNOWN });
    }
    return { model: manifest.version, courses: trust };
  } finally {
    await service.close();
  }
}

/** Days are counted from a Thursday. */
const mondayOf = (day: number): number => day - ((day + 3) % 7);

/** What the model said on scheduled scorings of the course, where the outcome is known by now. */
async function issuedScores(
  store: Store,
  course: CourseHistory,
  { version, target }: { version: string; target: Target },
  { day, monday }: { day: (as_of_ms: number) => number; monday: (as_of_ms: number) => string },
): Promise<Issued> {
  const learners = new Map(course.learners.map((learner) => [learner.history.user_id, learner]));
  const judged = {
    scores: [] as number[],
    labels: [] as number[],
    user_ids: [] as number[],
    lists: [] as string[],
    weeks: [] as string[],
  };
  let taken = { user_id: Number.NaN, as_of_ms: 0 };
  const issued = paged(
    (page: Page<[number, number, number]>) => store.scores({ course_id: course.course_id }, page),
    ({ user_id, course_id, as_of_ms }): [number, number, number] => [user_id, course_id, as_of_ms],
  );
  for await (const { user_id, as_of_ms, score, model_version } of issued) {
    if (model_version !== version || (taken.user_id === user_id && as_of_ms - taken.as_of_ms < WEEK_MS)) continue;
    const learner = learners.get(user_id);
    const at = day(as_of_ms);
    const label = learner ? askedLabel(target, course, learner, at) : null;
    if (label === null) continue;
    taken = { user_id, as_of_ms };
    judged.scores.push(score);
    judged.labels.push(label);
    judged.user_ids.push(user_id);
    judged.lists.push(String(at));
    judged.weeks.push(monday(as_of_ms));
  }
  return judged;
}

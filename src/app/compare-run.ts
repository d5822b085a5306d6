/**
 * Champion and challenger on the same rows, of courses that neither has learnt from. Which rows these are, the first that gives any:
 *
 * - `shadow`: what both said at the ticks while the challenger scored unseen, and what became of the students since;
 * - labelled data: its courses that neither manifest names;
 * - after a training: what models made without a course said of that course, where the champion does not know it either.
 *
 * A student of such a course may have been in another course that was learnt from; manifests name courses, not people.
 */
import type { Config } from '../config.js';
import type { CourseHistory, ShadowScore, Target } from '../domain.js';
import { paged } from '../pipeline/paged.js';
import {
  type Actor,
  type DecidedBy,
  doneBy,
  type ModelManifest,
  type Page,
  type Predictor,
  type ShadowKey,
  type Store,
} from '../ports.js';
import { examplesOf, selected } from '../training/examples.js';
import { joined, judgedOf } from '../training/judge.js';
import { askedLabel, LANDMARKS } from '../training/labels.js';
import type { Judged } from '../training/metrics.js';
import { type Comparison, compare, coursesLearnt, type Paired, sentenceOf } from '../training/promotion.js';
import { hindsightOf } from './hindsight-run.js';
import { openService } from './service.js';

export interface Compared {
  comparison: Comparison;
  /** For people. */
  sentence: string;
}

/** What a training says of its own courses by models made without them: per course, the labelled rows of the alert's target. */
export type Unseen = ReadonlyMap<string, Judged>;

/** The champion against a challenger, both loaded, on the courses that neither has learnt from. */
export async function compareOn(
  courses: readonly CourseHistory[],
  champion: Predictor,
  challenger: Predictor,
): Promise<Compared> {
  const known = new Set([...coursesLearnt(champion.manifest), ...coursesLearnt(challenger.manifest)]);
  const fresh = courses.filter(({ name }) => !known.has(name));
  const { target } = champion.manifest;
  const judged = await Promise.all([champion, challenger].map((model) => judgedBy(model, fresh, target)));
  return told(paired(judged[0]!, judged[1]!), champion.manifest, challenger.manifest, named(fresh));
}

/** The champion against what was learnt just now. */
export async function compareUnseen(
  courses: readonly CourseHistory[],
  champion: Predictor,
  challenger: ModelManifest,
  unseen: Unseen,
): Promise<Compared> {
  const known = new Set(coursesLearnt(champion.manifest));
  const fresh = courses.filter(({ name }) => !known.has(name) && unseen.has(name));
  const theirs = joined(fresh.map(({ name }) => unseen.get(name)!));
  const ours = await judgedBy(champion, fresh, champion.manifest.target);
  return told(paired(ours, theirs), champion.manifest, challenger, named(fresh));
}

/** The champion's scores and the challenger's of the same ticks, where the outcome is known by now. */
export async function compareShadow(
  store: Store,
  courses: readonly CourseHistory[],
  champion: ModelManifest,
  challenger: ModelManifest,
  /** The day that the course's history counts that time to. */
  day: (time_ms: number, course: CourseHistory) => number,
): Promise<Compared> {
  const known = new Map(
    courses.flatMap((course) =>
      course.learners.map((learner) => [`${learner.history.user_id}|${course.course_id}`, { course, learner }] as const),
    ),
  );
  const issued = new Map<string, number>();
  for await (const score of everyScore(store)) {
    if (score.model_version === champion.version) issued.set(keyOf(score), score.score);
  }
  const rows = { champion: [] as number[], challenger: [] as number[], labels: [] as number[], user_ids: [] as number[] };
  const lists: string[] = [];
  for await (const shadow of everyShadow(store)) {
    const said = issued.get(keyOf(shadow));
    const student = known.get(`${shadow.user_id}|${shadow.course_id}`);
    if (shadow.model_version !== challenger.version || said === undefined || !student) continue;
    const at = day(shadow.as_of_ms, student.course);
    const label = askedLabel(champion.target, student.course, student.learner, at);
    if (label === null) continue;
    rows.champion.push(said);
    rows.challenger.push(shadow.score);
    rows.labels.push(label);
    rows.user_ids.push(shadow.user_id);
    lists.push(`${shadow.course_id}|${at}`);
  }
  return told({ ...rows, lists }, champion, challenger, 'what both said at the scheduled scorings');
}

/** For the registry's history. */
export function decisionOf({ comparison, sentence }: Compared, by: Actor): DecidedBy {
  return { ...doneBy(by), why: sentence, figures: { ...comparison } };
}

async function judgedBy(model: Predictor, courses: readonly CourseHistory[], target: Target): Promise<Judged> {
  const everyone = examplesOf(courses, [target], LANDMARKS);
  const examples = selected(everyone, (row) => everyone.asked[row] === 1);
  if (examples.count === 0) return { scores: [], labels: [], user_ids: [], lists: [] };
  return judgedOf(examples, target, (await model.predict(examples.rows, examples.count))[target]!);
}

/** Rows that stand in the same order, since both come of the same examples. */
function paired(champion: Judged, challenger: Judged): Paired {
  const same =
    champion.labels.length === challenger.labels.length &&
    champion.lists.every((list, row) => list === challenger.lists[row] && champion.user_ids[row] === challenger.user_ids[row]);
  if (!same) throw new Error('The two models were judged on different rows.');
  const { labels, user_ids, lists } = champion;
  return { champion: champion.scores, challenger: challenger.scores, labels, user_ids, lists };
}

function told(rows: Paired, champion: ModelManifest, challenger: ModelManifest, rows_from: string): Compared {
  const comparison = compare(rows);
  const names = { champion: champion.version, challenger: challenger.version };
  return { comparison, sentence: sentenceOf(comparison, names, rows_from) };
}

function named(courses: readonly CourseHistory[]): string {
  if (courses.length === 0) return 'courses that neither has learnt from (there are none in this data)';
  return `courses that neither has learnt from (${courses.map((course) => course.name).join(', ')})`;
}

const keyOf = ({ user_id, course_id, as_of_ms }: Omit<ShadowScore, 'score' | 'model_version'>): string =>
  `${user_id}|${course_id}|${as_of_ms}`;

function everyScore(store: Store) {
  return paged(
    (page: Page<[number, number, number]>) => store.scores({}, page),
    ({ user_id, course_id, as_of_ms }): [number, number, number] => [user_id, course_id, as_of_ms],
  );
}

function everyShadow(store: Store) {
  return paged(
    (page: Page<ShadowKey>) => store.shadowScores(page),
    ({ as_of_ms, course_id, user_id, model_version }): ShadowKey => [as_of_ms, course_id, user_id, model_version],
  );
}

/** `compareShadow` with what the store says became of its own courses. */
export async function compareStored(config: Config, champion: ModelManifest, challenger: ModelManifest): Promise<Compared> {
  const service = await openService(config, { mode: 'read', clock: null, log: () => {} });
  try {
    const { store, calendar, teaching } = service;
    const { courses } = await hindsightOf(service);
    const day = (time_ms: number, course: CourseHistory) => {
      const real = calendar.day(time_ms);
      return teaching?.number(course, real) ?? real;
    };
    return await compareShadow(store, courses, champion, challenger, day);
  } finally {
    await service.close();
  }
}

/** The courses with their figures. */
import { group, NO_STATES, tally } from './grouping.js';
import type { SeenRoster, SeenStore } from './limited.js';
import type { Shown } from './shown.js';
import type { Standings } from './standings.js';
import type { CourseSummary } from './views.js';

export interface CourseParts {
  readonly store: Pick<SeenStore, 'courseActivity'>;
  readonly roster: Pick<SeenRoster, 'courses' | 'lately'>;
  readonly shown: Pick<Shown, 'latest' | 'early'>;
  readonly standings: Pick<Standings, 'look'>;
}

export async function courseSummaries(
  { store, roster, shown, standings }: CourseParts,
  threshold: number,
  now_ms: number,
): Promise<CourseSummary[]> {
  const activity = new Map((await store.courseActivity()).map((a) => [a.course_id, a]));
  const enrolments = group(await roster.lately(now_ms));
  const predictions = group(await shown.latest({}));
  const early = group(await shown.early());
  const { standingOf } = await standings.look();
  return (await roster.courses()).map((course) => {
    const scores = (predictions.get(course.course_id) ?? []).flatMap((p) => p.score ?? []);
    return {
      ...course,
      standing: standingOf(course.course_id),
      enrolments: tally(NO_STATES, (enrolments.get(course.course_id) ?? []).map((e) => e.state)), // biome-ignore format: one line
      scored: scores.length,
      at_risk: scores.filter((s) => s > threshold).length,
      early: early.get(course.course_id)?.length ?? 0,
      activities: activity.get(course.course_id)?.activities ?? 0,
      last_activity_ms: activity.get(course.course_id)?.last_ms ?? null,
    };
  });
}

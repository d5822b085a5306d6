/**
 * Whether what arrived can be believed: today against the same courses a week before. Three signs, over all courses together:
 *
 * | sign                                    | what breaks it                         | alerts wait when               |
 * | --------------------------------------- | -------------------------------------- | ------------------------------ |
 * | active days in the last 7, per student  | the feed stopped, or lost a part       | PSI above 1                    |
 * | activities on an active day             | rows delivered again under other ids   | PSI above 1, in steps of 8 × |
 * | scores                                  | anything else: due dates, roles, model | PSI above 0.25, and 20 points more of the students above the threshold |
 *
 * Measured, each week against the week before: on healthy courses, or 60 of their students, active days reach at most 0.37 (OULAD 2013)
 * and 0.29 (the sample site), activities a day 0.24; with a week's activity lost the first is at least 1.1, with a week's rows twenty
 * times the second is at least 1.9. Scores alone cannot be the sign: between the second and third week of an ordinary course theirs is
 * 1.5. The day compared with is the latest at least a week old that was sound, so a broken week never becomes the usual; and alerts go on
 * when a sign of the feed is back at half its limit, since the first day after an outage is still six days of silence.
 */
import type { CourseSigns, Doubt, DriftCheck } from '../ports.js';
import { PSI_ROWS_MIN, PSI_SHIFT, psi, rounded } from './drift.js';
import type { Scorable } from './score.js';

const DAY_MS = 86_400_000;
const WEEK_DAYS = 7;
/** PSI of a sign of the feed from which alerts wait: three times the most that a healthy course showed. */
export const FEED_PSI_MAX = 1;
/** And once they wait: until it is back at this. A day above it is none to compare others with. */
export const FEED_PSI_SOUND = 0.5;
/** Students more above the threshold than a week before, as a share of all, from which alerts wait. */
export const FLOOD_SHARE = 0.2;
/** Without a week to compare with: fewer than this share active in 7 days, of those enrolled for two weeks, is no teaching week. */
export const ACTIVE_SHARE_MIN = 0.05;
const SETTLED_DAYS = 14;
/** Between a week before, with an hour for summer time, and five weeks. */
const BEFORE_MS_MIN = 7 * DAY_MS - 3_600_000;
export const BEFORE_MS_MAX = 35 * DAY_MS;

/** What to do while alerts wait. */
export const REMEDY =
  'Look whether everything arrives: the source, how far it is behind, a teaching break. Alerts go on by themselves at the first scoring whose data can be believed; HOLDFAST_DRIFT=warn lets them go on now.';

const SCORE_BINS = 20;
/** Half octaves of activities on an active day: 1, 1.4, 2, 2.8 … */
const PER_DAY_BINS = 32;
/** Six half octaves are a factor of eight: what a busy week does not do, and twenty deliveries do. */
const EIGHTFOLD = 6;

/** What one course's rows of a tick show. `scores` in the order of `rows`. */
export function signsOf(
  course_id: number,
  rows: readonly Scorable[],
  scores: readonly { score: number }[],
  threshold: number,
): CourseSigns {
  const signs: CourseSigns = {
    course_id,
    students: rows.length,
    settled: 0,
    settled_active: 0,
    above: scores.filter(({ score }) => score > threshold).length,
    active_days: Array(WEEK_DAYS + 1).fill(0),
    per_day: Array(PER_DAY_BINS).fill(0),
    scores: Array(SCORE_BINS).fill(0),
  };
  for (const { history, cutoff_day } of rows) {
    const week = history.days.filter(
      ({ day, activities }) => day >= cutoff_day - WEEK_DAYS && day < cutoff_day && activities > 0,
    );
    const activities = week.reduce((sum, day) => sum + day.activities, 0);
    signs.active_days[week.length]! += 1;
    if (week.length > 0) signs.per_day[Math.min(PER_DAY_BINS - 1, Math.floor(2 * Math.log2(activities / week.length)))]! += 1;
    const since = Math.max(history.course_start_day ?? -Infinity, history.enrolled_day ?? -Infinity);
    if (cutoff_day - since < SETTLED_DAYS) continue;
    signs.settled++;
    if (week.length > 0) signs.settled_active++;
  }
  for (const { score } of scores) signs.scores[Math.min(SCORE_BINS - 1, Math.floor(score * SCORE_BINS))]! += 1;
  return signs;
}

/** Nothing was wrong, as far as could be seen. */
function isSound({ suspect, psi }: DriftCheck): boolean {
  return suspect === null && (psi === null || Math.max(psi.active_days, psi.per_active_day) <= FEED_PSI_SOUND);
}

/**
 * The latest sound one of `checks` that is at least a week old, and not older than five. While alerts wait it stays the one that they
 * began to wait by: it lies before the trouble, and what came between may be half broken.
 */
export function weekBefore(checks: readonly DriftCheck[], as_of_ms: number): DriftCheck | null {
  const last = checks.filter((check) => check.as_of_ms < as_of_ms).at(-1);
  const begun = last && last.suspect !== null ? checks.find((check) => check.as_of_ms === last.compared_ms) : undefined;
  if (begun && as_of_ms - begun.as_of_ms <= BEFORE_MS_MAX) return begun;
  const usable = checks.filter((check) => {
    const age_ms = as_of_ms - check.as_of_ms;
    return isSound(check) && age_ms >= BEFORE_MS_MIN && age_ms <= BEFORE_MS_MAX;
  });
  return usable.reduce<DriftCheck | null>((best, check) => (best && best.as_of_ms >= check.as_of_ms ? best : check), null);
}

export interface Verdict {
  /** Why what arrived cannot be believed, as a sentence; null where nothing speaks against it. */
  suspect: string | null;
  doubt: Doubt | null;
  psi: DriftCheck['psi'];
}

/** Judges today's courses against the same courses of `before`. `waiting`: the tick before this one was not believed. */
export function verdictOf(now: readonly CourseSigns[], before: DriftCheck | null, waiting = false): Verdict {
  const then = new Map((before?.courses ?? []).map((course) => [course.course_id, course]));
  const here = summed(now.filter(({ course_id }) => then.has(course_id)));
  const there = summed(now.flatMap(({ course_id }) => then.get(course_id) ?? []));
  if (here.students < PSI_ROWS_MIN || there.students < PSI_ROWS_MIN) return { ...said(withoutWeekBefore(now)), psi: null };
  const found = {
    active_days: rounded(psi(here.active_days, there.active_days)),
    per_active_day: rounded(psi(...eightfold(here.per_day, there.per_day))),
    scores: rounded(psi(here.scores, there.scores)),
  };
  const more = here.above / here.students - there.above / there.students;
  return { ...said(doubtOf(found, more, waiting ? FEED_PSI_SOUND : FEED_PSI_MAX)), psi: found };
}

const said = (doubt: Doubt | null) => ({ doubt, suspect: doubt && SENTENCES[doubt.sign](doubt.figures) });

function doubtOf(found: NonNullable<DriftCheck['psi']>, more: number, limit: number): Doubt | null {
  if (found.active_days > limit) return { sign: 'active-days', figures: { psi: found.active_days, limit } };
  if (found.per_active_day > limit) return { sign: 'per-active-day', figures: { psi: found.per_active_day, limit } };
  if (found.scores <= PSI_SHIFT || more <= FLOOD_SHARE) return null;
  return { sign: 'more-above', figures: { more: Math.round(more * 100), psi: found.scores, limit: PSI_SHIFT } };
}

/** The first weeks of a store, or after five weeks of trouble. */
function withoutWeekBefore(now: readonly CourseSigns[]): Doubt | null {
  const { settled, settled_active } = summed(now);
  if (settled < PSI_ROWS_MIN || settled_active / settled >= ACTIVE_SHARE_MIN) return null;
  return { sign: 'hardly-active', figures: { active: settled_active, students: settled } };
}

const SENTENCES: Record<Doubt['sign'], (figures: Record<string, number>) => string> = {
  'active-days': ({ psi, limit }) =>
    `Activity on the whole site changed at once (PSI of active days in the last 7: ${psi}, limit ${limit}).`,
  'per-active-day': ({ psi, limit }) =>
    `Students seem to do many times more, or less, on a day than a week before (PSI ${psi}, limit ${limit}): rows may have been delivered several times.`,
  'more-above': ({ more, psi, limit }) =>
    `${more} of 100 students more than a week before are above the threshold (PSI of the scores: ${psi}, limit ${limit}).`,
  'hardly-active': ({ active, students }) => `Only ${active} of ${students} students have been active in the last 7 days.`,
};

function summed(courses: readonly CourseSigns[]): CourseSigns {
  const add = (name: 'active_days' | 'per_day' | 'scores', bins: number) =>
    Array.from({ length: bins }, (_, bin) => courses.reduce((sum, course) => sum + (course[name][bin] ?? 0), 0));
  const total = (name: 'students' | 'settled' | 'settled_active' | 'above') =>
    courses.reduce((sum, course) => sum + course[name], 0);
  return {
    course_id: 0,
    students: total('students'),
    settled: total('settled'),
    settled_active: total('settled_active'),
    above: total('above'),
    active_days: add('active_days', WEEK_DAYS + 1),
    per_day: add('per_day', PER_DAY_BINS),
    scores: add('scores', SCORE_BINS),
  };
}

/** In three bins: less than an eighth of the week before's median, about as much, more than eight times as much. */
function eightfold(now: readonly number[], then: readonly number[]): [number[], number[]] {
  const half = then.reduce((sum, count) => sum + count, 0) / 2;
  let middle = 0;
  for (let passed = then[0]!; passed < half; passed += then[++middle]!);
  const three = (counts: readonly number[]) => {
    const bins = [0, 0, 0];
    counts.forEach((count, bin) => {
      bins[bin < middle - EIGHTFOLD ? 0 : bin > middle + EIGHTFOLD ? 2 : 1]! += count;
    });
    return bins;
  };
  return [three(now), three(then)];
}

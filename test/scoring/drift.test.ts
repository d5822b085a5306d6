import { describe, expect, it } from '@jest/globals';
import type { EnrolmentHistory } from '../../src/domain.js';
import { FEATURES, featureIndex } from '../../src/features/vector.js';
import type { CourseSigns, DriftCheck } from '../../src/ports.js';
import { Foreignness, psi, referenceOf } from '../../src/scoring/drift.js';
import type { Scorable } from '../../src/scoring/score.js';
import { signsOf, verdictOf, weekBefore } from '../../src/scoring/signs.js';
import { isOpenAt } from '../../src/training/labels.js';
import { randomFrom } from '../../src/training/random.js';
import { madeUpCourses } from '../training/courses.js';

const DAY_MS = 86_400_000;
const WEEKS = Array.from({ length: 14 }, (_, i) => (i + 2) * 7);

describe('population stability', () => {
  it('is nothing between equal shares, much between opposite ones, and the textbook’s figure for large counts', () => {
    expect(psi([50, 50], [500, 500])).toBe(0);
    expect(psi([90, 10], [10, 90])).toBeGreaterThan(3);
    const textbook = (0.6 - 0.5) * Math.log(0.6 / 0.5) + (0.4 - 0.5) * Math.log(0.4 / 0.5);
    expect(psi([600_000, 400_000], [500_000, 500_000])).toBeCloseTo(textbook, 4);
  });

  it('forgives what few rows do by chance, and takes an empty bin', () => {
    const random = randomFrom(1);
    const drawn = (rows: number) => {
      const bins = Array(10).fill(0);
      for (let i = 0; i < rows; i++) bins[Math.floor(random() * 10)] += 1;
      return bins;
    };
    const chance = Array.from({ length: 50 }, () => psi(drawn(60), drawn(60)));
    expect(chance.filter((value) => value > 0.25).length).toBeLessThan(5);
    expect(Number.isFinite(psi([60, 0], [0, 60]))).toBe(true);
    expect(psi([], [])).toBe(0);
  });
});

/** Rows whose inputs are drawn around `shift`, in the given week. */
function drawn(count: number, shift: number, week: number) {
  const random = randomFrom(9 + Math.round(shift));
  const rows = new Float32Array(count * FEATURES.length);
  const scores = Float32Array.from({ length: count }, () => Math.min(0.999, random() * 0.5 + shift / 20));
  for (let i = 0; i < rows.length; i++) rows[i] = random() * 10 + shift;
  for (let row = 0; row < count; row++) rows[row * FEATURES.length + featureIndex('weeks_since_start')] = week;
  return { rows, scores };
}

function distanceOf(reference: ReturnType<typeof referenceOf>, { rows, scores }: ReturnType<typeof drawn>) {
  const foreign = new Foreignness(reference);
  scores.forEach((score, row) => {
    foreign.add(rows.subarray(row * FEATURES.length, (row + 1) * FEATURES.length), score);
  });
  return foreign.distance();
}

describe('the distance from what a model learnt from', () => {
  const early = drawn(400, 0, 2);
  const late = drawn(400, 8, 9);
  const both = { rows: Float32Array.from([...early.rows, ...late.rows]), scores: [...early.scores, ...late.scores] };
  const reference = referenceOf(both.rows, 800, both.scores);

  it('compares with the same weeks: what is usual late is not usual early', () => {
    expect(distanceOf(reference, drawn(200, 8, 9))).toMatchObject({ rows: 200, inputs: 0 });
    const foreign = distanceOf(reference, drawn(200, 8, 2))!;
    expect(foreign.scores).toBeGreaterThan(0.25);
    expect(foreign.inputs).toBe(1);
    expect(foreign.furthest).toHaveLength(5);
  });

  it('stays small in a manifest, comes back from JSON, and says nothing of few rows or unknown weeks', () => {
    expect(JSON.stringify(reference).length).toBeLessThan(200_000);
    expect(distanceOf(JSON.parse(JSON.stringify(reference)), drawn(200, 8, 9))).toEqual(distanceOf(reference, drawn(200, 8, 9)));
    expect(distanceOf(reference, drawn(49, 0, 2))).toBeNull();
    expect(distanceOf(reference, drawn(200, 0, 5))).toBeNull();
  });
});

type Broken = (history: EnrolmentHistory, cutoff_day: number) => EnrolmentHistory;
const healthy: Broken = (history) => history;
const silent: Broken = (history, cutoff) => ({ ...history, days: history.days.filter((day) => day.day < cutoff - 7) });
const twentyTimes: Broken = (history, cutoff) => ({
  ...history,
  days: history.days.map((day) => (day.day < cutoff - 7 ? day : { ...day, activities: day.activities * 20 })),
});

const courses = madeUpCourses(150);

/** The courses as they look on a day, with everybody's score made from their silence. */
function signsAt(cutoff_day: number, broken: Broken, learners = 150): CourseSigns[] {
  return courses.map((course) => {
    const open = course.learners.slice(0, learners).filter((learner) => isOpenAt(learner, cutoff_day));
    const rows: Scorable[] = open.map(({ history }) => {
      const days = history.days.filter(({ day }) => day < cutoff_day);
      return { history: broken({ ...history, days }, cutoff_day), cutoff_day, features: new Float32Array(0) };
    });
    const scores = rows.map(({ history }) => ({ score: Math.min(0.95, (cutoff_day - (history.days.at(-1)?.day ?? -20)) / 40) }));
    return signsOf(course.course_id, rows, scores, 0.7);
  });
}

const checkOf = (as_of_ms: number, part: Partial<DriftCheck> = {}): DriftCheck => {
  const nothing = { suspect: null, held: false, compared_ms: null, psi: null, training: null, courses: [] };
  return { as_of_ms, ...nothing, ...part };
};
const verdict = (day: number, broken: Broken, learners?: number) =>
  verdictOf(signsAt(day, broken, learners), checkOf(0, { courses: signsAt(day - 7, healthy, learners) })).suspect;

describe('whether what arrived can be believed', () => {
  it.each(WEEKS)('believes a healthy site on day %i', (day) => {
    expect(verdict(day, healthy)).toBeNull();
    expect(verdict(day, healthy, 30)).toBeNull();
  });

  it.each(WEEKS)('does not believe a week without any activity, nor rows delivered twenty times, on day %i', (day) => {
    expect(verdict(day, silent)).toMatch(/^Activity on the whole site changed/);
    expect(verdict(day, twentyTimes)).toMatch(/delivered several times/);
  });

  it('does not believe scores that rose for a fifth of all students at once', () => {
    const before = signsAt(49, healthy);
    const risen = (students: number) => {
      const [first, ...rest] = structuredClone(signsAt(56, healthy));
      first!.above += students;
      for (let moved = students, bin = 0; moved > 0; bin++) {
        const some = Math.min(moved, first!.scores[bin]!);
        first!.scores[bin]! -= some;
        first!.scores[19]! += some;
        moved -= some;
      }
      return verdictOf([first!, ...rest], checkOf(0, { courses: before })).suspect;
    };
    expect(risen(0)).toBeNull();
    expect(risen(20)).toBeNull();
    expect(risen(90)).toMatch(/of 100 students more than a week before are above the threshold/);
  });

  it('leaves out courses that were not there a week before, and says nothing of few students', () => {
    const [first] = signsAt(42, healthy);
    const before = checkOf(0, { courses: [first!] });
    const [, other] = signsAt(49, silent);
    const [same] = signsAt(49, healthy);
    expect(verdictOf([same!, { ...other!, settled_active: other!.settled }], before).suspect).toBeNull();
    expect(verdictOf(signsAt(49, silent, 20), checkOf(0, { courses: signsAt(42, healthy, 20) }))).toEqual({
      suspect: null,
      doubt: null,
      psi: null,
    });
  });

  it('without a day to compare with: is anybody here at all?', () => {
    expect(verdictOf(signsAt(49, healthy), null)).toEqual({ suspect: null, doubt: null, psi: null });
    const { suspect, doubt } = verdictOf(signsAt(49, silent), null);
    expect(suspect).toBe(`Only 0 of ${doubt!.figures.students} students have been active in the last 7 days.`);
    expect(doubt).toEqual({ sign: 'hardly-active', figures: { active: 0, students: expect.any(Number) } });
  });

  it('goes on to wait until a sign is well back below its limit', () => {
    const before = checkOf(0, { courses: signsAt(42, healthy) });
    const half: Broken = (history, cutoff) => ({ ...history, days: history.days.filter((day) => day.day < cutoff - 3) });
    const { psi: found, suspect } = verdictOf(signsAt(49, half), before);
    expect(found!.active_days).toBeGreaterThan(0.5);
    expect(found!.active_days).toBeLessThan(1);
    expect(suspect).toBeNull();
    expect(verdictOf(signsAt(49, half), before, true).suspect).toMatch(/limit 0.5/);
    expect(verdictOf(signsAt(49, healthy), before, true).suspect).toBeNull();
  });

  it('compares with the latest sound day that is a week to five weeks old', () => {
    const moved = { active_days: 0.6, per_active_day: 0, scores: 0 };
    const at = (days: number, suspect: string | null = null) =>
      checkOf(days * DAY_MS, { suspect, psi: days === 34 ? moved : null });
    const checks = [at(10), at(20), at(33), at(34), at(38)];
    expect(weekBefore(checks, 41 * DAY_MS)?.as_of_ms).toBe(33 * DAY_MS);
    expect(weekBefore(checks, 41 * DAY_MS - 3_600_000)?.as_of_ms).toBe(33 * DAY_MS);
    expect(weekBefore(checks, 55 * DAY_MS)?.as_of_ms).toBe(38 * DAY_MS);
    expect(weekBefore(checks, 74 * DAY_MS)).toBeNull();
    expect(weekBefore([], 0)).toBeNull();
  });

  it('while alerts wait compares with the day that they began to wait by, as long as that is not too old', () => {
    const waits = (days: number) => checkOf(days * DAY_MS, { suspect: 'broken', compared_ms: 10 * DAY_MS });
    const checks = [checkOf(10 * DAY_MS), checkOf(15 * DAY_MS), waits(20), waits(30)];
    expect(weekBefore(checks, 31 * DAY_MS)?.as_of_ms).toBe(10 * DAY_MS);
    expect(weekBefore(checks, 46 * DAY_MS)?.as_of_ms).toBe(15 * DAY_MS);
    expect(weekBefore([...checks, checkOf(31 * DAY_MS)], 32 * DAY_MS)?.as_of_ms).toBe(15 * DAY_MS);
  });
});

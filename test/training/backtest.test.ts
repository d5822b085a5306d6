/** A term replayed: five students whose lists can be worked out by hand. The "model" knows nothing but silence. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ALERT_RULES } from '../../src/app/alert-rules.js';
import { backtestRun } from '../../src/app/backtest-run.js';
import { ouladData } from '../../src/app/course-histories.js';
import type { CourseHistory, LearnerHistory, Target } from '../../src/domain.js';
import { FEATURES, featureIndex } from '../../src/features/vector.js';
import { type ModelManifest, Predictor } from '../../src/ports.js';
import { type Backtest, backtest } from '../../src/training/backtest.js';
import { replay } from '../../src/training/replay.js';
import { simulate } from '../../src/training/simulate.js';
import { activityDay, historyOf } from '../features/histories.js';
import { championFolder } from './shipped.js';

const TARGET: Target = 'effective-withdrawal';
const SILENCE = featureIndex('days_since_activity');
/** 0.05 for one who was here today, 0.95 after 28 days; above 0.7 from day 21 of silence on. */
const scoreOf = (silent_days: number) => 0.05 + 0.9 * Math.min(1, silent_days / 28);

class SilenceOnly extends Predictor {
  override readonly backend = 'none';
  override readonly manifest = {
    version: 'silence',
    target: TARGET,
    heads: [TARGET, 'disengagement'],
  } as unknown as ModelManifest;
  override async predict(rows: Float32Array, count: number) {
    const said = Float32Array.from({ length: count }, (_, row) => scoreOf(rows[row * FEATURES.length + SILENCE] || 0));
    return { [TARGET]: said, disengagement: said };
  }
  override contributions() {
    return new Float32Array(FEATURES.length);
  }
}

const upTo = (day: number) => Array.from({ length: day }, (_, i) => i);
function learner(
  user_id: number,
  days: number[],
  result: LearnerHistory['result'],
  left_day: number | null = null,
): LearnerHistory {
  const history = historyOf(
    days.map((day) => activityDay(day, 1, { user_id })),
    { user_id, enrolled_day: 0, course_start_day: 0, course_end_day: 140 },
  );
  return { history, left_day, result };
}
const STAYED = 1;
const ABRUPT = 2;
const HESITANT = 3;
const FINISHED = 4;
const GONE = 5;
const course: CourseHistory = {
  course_id: 1,
  name: 'BIO',
  start_day: 0,
  known_until_day: 140,
  learners: [
    learner(STAYED, upTo(140), 'passed'),
    learner(ABRUPT, upTo(51), 'failed'), // last seen on day 50: silent for 27 days, and alerted, on the tick of day 77
    learner(HESITANT, [...upTo(41), 47], 'failed'), // last seen on day 47; away for longest among those active on day 42
    learner(FINISHED, upTo(100), 'passed'),
    learner(GONE, upTo(4), 'withdrawn', 5), // left before the first scoring on day 7
  ],
};
const replayed = () => replay(course, new SilenceOnly(), TARGET, 7);
const run = async (contact_after_days: number | null = null): Promise<Backtest> =>
  backtest([await replayed()], { target: TARGET, threshold: 0.7, early_places: 1, contact_after_days }, ALERT_RULES);

describe('a term replayed', () => {
  it('tells of each student when a list first had them, and why not sooner', async () => {
    const students = new Map((await run()).courses[0]!.students.map((student) => [student.user_id, student]));
    expect(students.get(ABRUPT)).toMatchObject({ outcome: 'lost', last_active_day: 50, first_alert_day: 77, alerts: 2 });
    expect(students.get(HESITANT)).toMatchObject({
      verdict: 'in time',
      first_early_day: 42,
      last_active_day: 47,
      lead_days: 5,
      why: null,
    });
    expect(students.get(HESITANT)).toMatchObject({ first_alert_day: 70 });
    expect(students.get(FINISHED)).toMatchObject({ outcome: 'finished early', verdict: 'finished', first_alert_day: 126 });
    expect(students.get(GONE)).toMatchObject({ outcome: 'lost', verdict: 'missed', why: 'no data' });
    expect(students.get(STAYED)).toMatchObject({ outcome: 'stayed', first_alert_day: null });
  });

  it('counts them', async () => {
    const { lost, alerts, courses } = await run();
    expect(lost).toMatchObject({ lost: 3, missed: 1, finished_early: 1, finished_listed: 1 });
    expect(lost.in_time + lost.late + lost.missed).toBe(3);
    // An alert ends after 28 days and comes back a week later: days 70, 105, 140; 77, 112; 126. The last 28 days tell nothing yet.
    expect(alerts.figures).toMatchObject({
      calls: 6,
      right: 4,
      unknown: 2,
      wasted: 0,
      precision: 1,
      lost_listed: 2,
      lost_in_time: 0,
    });
    expect(courses[0]!.weeks.map(({ week }) => week)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    const silent = courses[0]!.weeks
      .filter(({ went_silent }) => went_silent > 0)
      .map(({ week, went_silent }) => [week, went_silent]);
    // Day 3 belongs to week 1, day 47 to week 7, day 50 to week 8.
    expect(silent).toEqual([[1, 1], [7, 1], [8, 1]]); // biome-ignore format: as a table
  });

  it('lists nobody again in the 14 days after staff has talked with them', async () => {
    const untouched = (await run()).courses[0]!.weeks.map(({ alerts }) => alerts);
    const talked = (await run(7)).courses[0]!.weeks.map(({ alerts }) => alerts);
    // Weeks 10 … 13: the alert of day 70 ends on day 77, when that of day 77 opens; both are back 14 days later.
    expect(untouched.slice(9, 13)).toEqual([1, 2, 2, 2]);
    expect(talked.slice(9, 13)).toEqual([1, 1, 0, 1]);
  });

  it('knows on no day what came after it', async () => {
    const known = await replayed();
    const cut: CourseHistory = {
      ...course,
      learners: course.learners.map((one) => ({
        ...one,
        history: { ...one.history, days: one.history.days.filter(({ day }) => day < 63) },
      })),
    };
    const untilThen = (ticks: typeof known.ticks) => ticks.filter(({ day }) => day <= 63);
    expect(untilThen((await replay(cut, new SilenceOnly(), TARGET, 7)).ticks)).toEqual(untilThen(known.ticks));
  });
});

describe('thresholds and capacities', () => {
  it('make more work, and miss fewer, the lower the threshold and the more places there are', async () => {
    const points = { thresholds: [0.3, 0.7, 0.95], capacities: [{ share: 0.2 }, { calls: 2 }], contact_after_days: null };
    const { thresholds, capacities } = simulate([await replayed()], { target: TARGET, ...points }, ALERT_RULES);
    const calls = thresholds.map((point) => point.calls);
    expect(calls).toEqual([...calls].sort((a, b) => b - a));
    expect(thresholds.map(({ lost_listed }) => lost_listed)).toEqual([2, 2, 0]);
    expect(thresholds[1]).toMatchObject({
      threshold: 0.7,
      calls: 6,
      students: 4,
      contacted: 3,
      lost: 2,
      recall: 1,
      recall_in_time: 0,
    });
    // 20 % of four is one place, rounded up.
    expect(capacities.map(({ listed_a_week }) => listed_a_week)).toEqual([1, 2]);
  });
});

describe('the page and the table of a replayed term', () => {
  let dir: string;
  const written = async (students: boolean) => {
    const reportFile = join(dir, 'term.html');
    const csvFile = join(dir, 'term.csv');
    const data = await ouladData('test/fixtures/oulad-small');
    const options = { early_places: null, every_days: 14, contact_after_days: null, leave_out: false, seed: 1, now_ms: 0 };
    const { result } = await backtestRun({ data, modelDir: await championFolder(), ...options, students, reportFile, csvFile });
    const ids = data.courses.flatMap(({ learners }) => learners.map(({ history }) => String(history.user_id)));
    return { page: await readFile(reportFile, 'utf8'), csv: await readFile(csvFile, 'utf8'), json: JSON.stringify(result), ids };
  };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'holdfast-backtest-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it('name nobody unless asked to', async () => {
    const { page, csv, json, ids } = await written(false);
    for (const text of [page, csv, json]) expect(ids.filter((id) => text.includes(id))).toEqual([]);
    expect(page).not.toMatch(/<script|https?:|NaN|undefined/);
    expect(csv).toMatch(/^course,week,/);
  });

  it('name students where they are asked for', async () => {
    const { page, csv, json, ids } = await written(true);
    for (const text of [csv, json]) expect(ids.every((id) => text.includes(id))).toBe(true);
    expect(ids.some((id) => page.includes(`<td>${id}</td>`))).toBe(true);
    expect(csv.split('\n')).toHaveLength(ids.length + 2);
  });
});

/** `backtest`: a term that is over, replayed by a model, or each course by one that was made without it. */
import { writeFile } from 'node:fs/promises';
import { TensorflowTrainer } from '../adapters/tensorflow/trainer.js';
import type { CourseHistory } from '../domain.js';
import type { ModelManifest, Predictor } from '../ports.js';
import { type Backtest, backtest, type CourseBacktest } from '../training/backtest.js';
import { type BacktestAbout, backtestPage } from '../training/backtest-page.js';
import { THRESHOLD } from '../training/judge.js';
import { randomFrom } from '../training/random.js';
import { retrain } from '../training/retrain.js';
import { ALERT_RULES } from './alert-rules.js';
import { studentsCsv, weeksCsv } from './backtest-csv.js';
import type { LabelledData } from './course-histories.js';
import { predictorOf } from './evaluate-run.js';
import { learntFrom, replayAll } from './simulate-run.js';

export interface BacktestRun {
  data: LabelledData;
  modelDir: string;
  threshold?: number;
  early_places: number | null;
  every_days: number;
  contact_after_days: number | null;
  /** Trains one model for each course, without it and without its students. */
  leave_out: boolean;
  seed: number;
  now_ms: number;
  /** What tells of single students leaves only with it. */
  students: boolean;
  reportFile?: string;
  csvFile?: string;
  onProgress?: (done: number, total: number) => void;
  onLine?: (line: string) => void;
}

/** Single students only where they were asked for. */
type ShownCourse = Omit<CourseBacktest, 'students'> & Partial<Pick<CourseBacktest, 'students'>>;

export interface Backtested {
  about: BacktestAbout;
  result: Omit<Backtest, 'courses'> & { courses: ShownCourse[] };
}

export async function backtestRun(options: BacktestRun): Promise<Backtested> {
  const { data, modelDir, threshold = THRESHOLD, early_places, every_days, contact_after_days, students } = options;
  const champion = await predictorOf(modelDir, ['disengagement'], options.onLine);
  const { target } = champion.manifest;
  const others = options.leave_out ? await withoutEach(champion.manifest, options) : null;
  const replayed = await replayAll(data, (name) => others?.get(name) ?? champion, target, every_days, options.onProgress);
  const result = backtest(replayed, { target, threshold, early_places, contact_after_days }, ALERT_RULES);
  const about: BacktestAbout = {
    model: others ? `made like ${champion.manifest.version}, each without the course that it scores` : champion.manifest.version,
    target,
    data: data.name,
    threshold,
    early_places,
    every_days,
    contact_after_days,
    learnt_from: others ? [] : learntFrom(champion.manifest, data),
    left_out: options.leave_out,
    students,
  };
  if (options.reportFile !== undefined) await writeFile(options.reportFile, backtestPage(result, about));
  if (options.csvFile !== undefined) await writeFile(options.csvFile, students ? studentsCsv(result) : weeksCsv(result));
  const courses = result.courses.map(({ students: named, ...course }) => (students ? { ...course, students: named } : course));
  return { about, result: { ...result, courses } };
}

/** By course: a model of the others, without the students that are in it too. */
async function withoutEach(like: ModelManifest, { data, seed, now_ms, onLine }: BacktestRun): Promise<Map<string, Predictor>> {
  if (data.courses.length < 2) throw new Error('--leave-out needs a second course to learn from. This data has one.');
  const predictors = new Map<string, Predictor>();
  for (const course of data.courses) {
    onLine?.(`A model without ${course.name} is being made.`);
    const { model, manifest } = await retrain(othersOf(data.courses, course), new TensorflowTrainer(randomFrom, onLine), {
      version: `without ${course.name}`,
      data_name: `${data.short_name} without ${course.name}`,
      attribution: data.attribution,
      limits: data.limits,
      command: 'npx holdfast backtest --leave-out',
      target: like.target,
      seed,
      now_ms,
    });
    predictors.set(course.name, model.predictor(manifest));
  }
  return predictors;
}

function othersOf(courses: readonly CourseHistory[], left_out: CourseHistory): CourseHistory[] {
  const students = new Set(left_out.learners.map(({ history }) => history.user_id));
  return courses
    .filter((course) => course !== left_out)
    .map((course) => ({ ...course, learners: course.learners.filter(({ history }) => !students.has(history.user_id)) }));
}

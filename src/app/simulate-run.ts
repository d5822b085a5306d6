/** `simulate-threshold`: terms with known outcomes, scored again by a model, under each threshold and each staff capacity. */
import type { Target } from '../domain.js';
import type { ModelManifest, Predictor } from '../ports.js';
import type { Capacity } from '../training/listing.js';
import { coursesLearnt } from '../training/promotion.js';
import { type ReplayedCourse, replay, tickDays } from '../training/replay.js';
import { type CapacityFigures, SHARES, simulate, THRESHOLDS, type ThresholdFigures } from '../training/simulate.js';
import { ALERT_RULES } from './alert-rules.js';
import type { LabelledData } from './course-histories.js';
import { predictorOf } from './evaluate-run.js';

/** Which points; without any of them the usual thresholds and shares. */
export interface Points {
  threshold?: number;
  share?: number;
  calls?: number;
}

export interface SimulateRun extends Points {
  data: LabelledData;
  modelDir: string;
  target: Target;
  /** Days between scorings; 1 is what a live site does. */
  every_days: number;
  contact_after_days: number | null;
  onProgress?: (done: number, total: number) => void;
  onLine?: (line: string) => void;
}

export interface Simulation {
  model: string;
  target: Target;
  data: string;
  courses: string[];
  every_days: number;
  contact_after_days: number | null;
  /** Courses that the model has learnt from: figures on them flatter. */
  learnt_from: string[];
  thresholds: ThresholdFigures[];
  capacities: CapacityFigures[];
}

/** Those of the data's courses that the model has learnt from. */
export function learntFrom(manifest: ModelManifest, { courses }: Pick<LabelledData, 'courses'>): string[] {
  const known = new Set(coursesLearnt(manifest));
  return courses.flatMap(({ name }) => (known.has(name) ? [name] : []));
}

/** All courses, one after another, each by the model that `predictorFor` gives. */
export async function replayAll(
  { courses }: Pick<LabelledData, 'courses'>,
  predictorFor: (course: string) => Predictor,
  target: Target,
  every_days: number,
  onProgress: (done: number, total: number) => void = () => {},
): Promise<ReplayedCourse[]> {
  const total = courses.reduce((sum, course) => sum + tickDays(course, every_days).length, 0);
  let done = 0;
  const replayed: ReplayedCourse[] = [];
  for (const course of courses)
    replayed.push(await replay(course, predictorFor(course.name), target, every_days, () => onProgress(++done, total)));
  return replayed;
}

export async function simulateRun(options: SimulateRun): Promise<Simulation> {
  const { data, modelDir, target, every_days, contact_after_days, onProgress, onLine } = options;
  const predictor = await predictorOf(modelDir, [target, 'disengagement'], onLine);
  const replayed = await replayAll(data, () => predictor, target, every_days, onProgress);
  const points = pointsOf(options);
  return {
    model: predictor.manifest.version,
    target,
    data: data.name,
    courses: data.courses.map(({ name }) => name),
    every_days,
    contact_after_days,
    learnt_from: learntFrom(predictor.manifest, data),
    ...simulate(replayed, { target, contact_after_days, ...points }, ALERT_RULES),
  };
}

export function pointsOf({ threshold, share, calls }: Points): {
  thresholds: readonly number[];
  capacities: readonly Capacity[];
} {
  if (threshold === undefined && share === undefined && calls === undefined)
    return { thresholds: THRESHOLDS, capacities: SHARES.map((each) => ({ share: each })) };
  return {
    thresholds: threshold === undefined ? [] : [threshold],
    capacities: [...(share === undefined ? [] : [{ share }]), ...(calls === undefined ? [] : [{ calls }])],
  };
}

/** `evaluate`: a model of a folder, judged on labelled data. */
import { writeFile } from 'node:fs/promises';
import { loadModel } from '../adapters/tensorflow/load-model.js';
import type { Target } from '../domain.js';
import type { ModelManifest, Predictor } from '../ports.js';
import { assertFits, parseManifest } from '../scoring/manifest.js';
import { type Evaluation, evaluate, predictionsCsv } from '../training/evaluate.js';
import { reportPage } from '../training/report-page.js';
import type { LabelledData } from './course-histories.js';

export interface EvaluateRun {
  data: LabelledData;
  modelDir: string;
  target: Target;
  /** Days from the course's start; the ends of weeks 1 … 15 by default. */
  landmarks?: readonly number[];
  /** Where the predictions go, as CSV. */
  predictionsFile?: string;
  /** Where the page goes. */
  reportFile?: string;
  onLine?: (line: string) => void;
}

/** The model of a folder, able to predict `targets`. */
export function predictorOf(dir: string, targets: readonly Target[], onLine?: (line: string) => void): Promise<Predictor> {
  return loadModel(dir, { parse: parseManifest, fits: (manifest: ModelManifest) => assertFits(manifest, targets) }, onLine);
}

export async function evaluateRun(options: EvaluateRun): Promise<Evaluation> {
  const { data, modelDir, target, landmarks, predictionsFile, reportFile, onLine } = options;
  const predictor = await predictorOf(modelDir, [target], onLine);
  const evaluation = await evaluate(predictor, data.courses, target, landmarks, await data.peopleGroups?.());
  if (reportFile !== undefined) await writeFile(reportFile, reportPage(evaluation, data.name));
  if (predictionsFile !== undefined) await writeFile(predictionsFile, predictionsCsv(evaluation.rows));
  return evaluation;
}

/** A model judged on course histories with known outcomes: every row of the population once, figures over the labelled ones. */
import type { CourseHistory, Target } from '../domain.js';
import type { Predictor, ReliabilityBin } from '../ports.js';
import { examplesOf, selected } from './examples.js';
import { type Fairness, fairnessOf, type PeopleGroups } from './fairness.js';
import { judgedOf, judgeSurely, THRESHOLD } from './judge.js';
import { LANDMARKS } from './labels.js';
import { type LeadTime, leadTimeOf } from './lead-time.js';
import { auc, listSize, type Metrics } from './metrics.js';
import { peersOf } from './peers.js';
import { reliabilityOf } from './reliability.js';

export interface EvaluationRow {
  user_id: number;
  /** The course's name: `AAA/2013J`. */
  course_id: string;
  landmark_day: number;
  score: number;
  /** null = the horizon was not observed. */
  label: 0 | 1 | null;
}

export interface Evaluation {
  model: string;
  target: Target;
  /** Over all landmarks. Each figure with the ends of its interval over students: `brier`, `brier_low`, `brier_high`. */
  pooled: Metrics;
  /** By landmark day. */
  by_landmark: Record<string, Metrics>;
  /** AUC of what anybody would use instead, on the same rows. */
  peers: Record<string, number>;
  reliability: ReliabilityBin[];
  /** Only where the groups of people were given. */
  fairness: Fairness | null;
  /** At the threshold, and at the capacity: among the most at risk of a course and week. */
  lead_time: { threshold: LeadTime; top15: LeadTime };
  /** By (user_id, course_id, landmark_day). */
  rows: EvaluationRow[];
}

const DECIMALS = 1e6;

/** Draws of the interval are seeded, so that two runs print the same. */
const SEED = 1;

/** Throws where the model has no head for the target, or no row has a label. */
export async function evaluate(
  predictor: Predictor,
  courses: readonly CourseHistory[],
  target: Target,
  landmarks: readonly number[] = LANDMARKS,
  groups: PeopleGroups | null = null,
): Promise<Evaluation> {
  const { version, heads } = predictor.manifest;
  if (!heads.includes(target)) throw new Error(`Model ${version} has no head for ${target}; it has ${heads.join(', ')}.`);
  const everyone = examplesOf(courses, [target], landmarks);
  const examples = selected(everyone, (i) => everyone.asked[i] === 1);
  const probabilities = (await predictor.predict(examples.rows, examples.count))[target]!;
  const scores = Array.from(probabilities, (p) => Math.round(p * DECIMALS) / DECIMALS);
  const pooled = judgedOf(examples, target, scores);
  if (pooled.labels.length === 0) throw new Error(`No enrolment has a known outcome for ${target} at these landmarks.`);
  const by_landmark = landmarks.flatMap((day) => {
    const part = selected(examples, (i) => examples.landmark_days[i] === day);
    const judged = judgedOf(
      part,
      target,
      scores.filter((_, i) => examples.landmark_days[i] === day),
    );
    return judged.labels.length === 0 ? [] : [[String(day), judgeSurely(judged, SEED)]];
  });
  const rows = scores.map((score, i) => ({
    user_id: examples.user_ids[i]!,
    course_id: examples.courses[i]!,
    landmark_day: examples.landmark_days[i]!,
    score,
    label: Number.isNaN(examples.labels[i]!) ? null : (examples.labels[i]! as 0 | 1),
  }));
  rows.sort(
    (a, b) =>
      a.user_id - b.user_id ||
      (a.course_id < b.course_id ? -1 : a.course_id > b.course_id ? 1 : 0) ||
      a.landmark_day - b.landmark_day,
  );
  const peers = Object.entries(peersOf(examples, target === 'disengagement')).map(([name, peer]) => {
    const judged = judgedOf(examples, target, peer);
    return [name, auc(judged.scores, judged.labels)];
  });
  const top = topOfEachList(rows);
  const lead_time = {
    threshold: leadTimeOf(courses, rows, ({ score }) => score > THRESHOLD),
    top15: leadTimeOf(courses, rows, (row) => top.has(row)),
  };
  return {
    model: version,
    target,
    pooled: judgeSurely(pooled, SEED),
    by_landmark: Object.fromEntries(by_landmark),
    peers: Object.fromEntries(peers),
    reliability: reliabilityOf(pooled.scores, pooled.labels),
    fairness: groups && fairnessOf(rows, groups),
    lead_time,
    rows,
  };
}

/** The rows among the most at risk of their course and landmark, as many as the staff's capacity. */
function topOfEachList(rows: readonly EvaluationRow[]): Set<EvaluationRow> {
  const lists = new Map<string, EvaluationRow[]>();
  for (const row of rows) {
    const list = lists.get(`${row.course_id}|${row.landmark_day}`);
    if (list) list.push(row);
    else lists.set(`${row.course_id}|${row.landmark_day}`, [row]);
  }
  return new Set(
    [...lists.values()].flatMap((list) => [...list].sort((a, b) => b.score - a.score).slice(0, listSize(list.length))),
  );
}

/** `user_id,course_id,landmark_day,score,label`; an unobserved label is empty. */
export function predictionsCsv(rows: readonly EvaluationRow[]): string {
  const lines = rows.map((row) => `${row.user_id},${row.course_id},${row.landmark_day},${row.score},${row.label ?? ''}`);
  return `${['user_id,course_id,landmark_day,score,label', ...lines].join('\n')}\n`;
}

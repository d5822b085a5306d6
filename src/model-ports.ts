/** The doors to models: what one says of itself, how it is asked, and which of them scores. Beside `ports.ts`, which gives them on. */
import type { Target } from './domain.js';

/** What a model says of itself. Kept as `manifest.json` beside its weights. */
export interface ModelManifest {
  version: string;
  kind: string;
  created: string;
  /** SHA-256 of the ordered feature definitions; a mismatch is refused at start. */
  feature_schema: string;
  features: string[];
  heads: Target[];
  target: Target;
  seed: number;
  /** `courses`: the names of those that it learnt from; without it they are read from the end of `name`. */
  data: { name: string; courses?: string[]; rows: number; enrolments: number; positives: Record<string, number> };
  metrics: Record<string, Record<string, number | null>>;
  attribution: string;
  limits: string[];
  /** Per head, how log-odds become probabilities, and how that was chosen. Models from before have none. */
  calibration?: Record<string, CalibrationChoice>;
  /** What it learnt from, in bins: how foreign a site is to it is told against this. Models from before have none. */
  reference?: ModelReference;
  /** How the alert's scores came true on courses that a model of the same making had not seen. Models from before have none. */
  tested?: ModelTest;
}

/** Rows are enrolments at the end of a week; each is counted once for every week. */
export interface ModelTest {
  /** What the rows come from, as people call it, and which courses. */
  data: string;
  courses: string[];
  /** By predicted probability, in tenths; `to` is exclusive but for the last; empty ones are left out. */
  reliability: ReliabilityBin[];
  /** By groups of people, whom no feature knows; null where the data has none. Groups that are too small for a figure are only named. */
  fairness: { groups: TestedGroup[]; left_out: string[] } | null;
}

export interface ReliabilityBin {
  from: number;
  to: number;
  rows: number;
  positives: number;
  mean_predicted: number;
}

export interface TestedGroup {
  /** `gender` and `F`. */
  attribute: string;
  value: string;
  enrolments: number;
  rows: number;
  base_rate: number;
  mean_predicted: number;
  auc: number;
  /** 95 %, drawing students; models from before have none. */
  auc_low?: number;
  auc_high?: number;
  ece: number;
}

/** The correction of one head: what its log-odds mean. */
export interface Calibration {
  /** Platt's: probability = sigmoid(slope × log-odds + intercept). */
  slope: number;
  intercept: number;
  /** Where it is there, isotonic: the probability lies on the line through these points instead. Reasons keep the slope. */
  points?: CalibrationPoints;
}

/** At least one; log-odds ascending, probabilities never falling; beyond an end as at the end. */
export interface CalibrationPoints {
  log_odds: number[];
  probabilities: number[];
}

export interface CalibrationChoice {
  kept: 'platt' | 'isotonic';
  /** Mean log loss of each on students that it was not fitted on, and the standard error of the difference; null = not compared. */
  log_loss: { platt: number; isotonic: number; error: number } | null;
}

/** @example probabilityOf({ slope: 1, intercept: 0 }, 0) → 0.5; with the points (−1, .1), (1, .5): .1 at −2, .3 at 0 */
export function probabilityOf({ slope, intercept, points }: Calibration, log_odds: number): number {
  if (points === undefined) return 1 / (1 + Math.exp(-(slope * log_odds + intercept)));
  const { log_odds: x, probabilities: p } = points;
  const last = x.length - 1;
  if (log_odds <= x[0]!) return p[0]!;
  if (log_odds >= x[last]!) return p[last]!;
  let low = 0;
  let high = last;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= log_odds) low = middle;
    else high = middle;
  }
  const share = (log_odds - x[low]!) / (x[high]! - x[low]!);
  return p[low]! + share * (p[high]! - p[low]!);
}

/** Counts of the training rows, by input and week of the course; made and read by `scoring/drift.ts`. */
export interface ModelReference {
  /** Per input: the limits between its bins, ascending; a value equal to a limit is below it. `score` is the alert's. */
  edges: Record<string, number[]>;
  /** Per bucket of weeks and input: rows in each bin, the last one those without a value, as text: `12 40 33 … 5`. */
  weeks: Record<string, Record<string, string>>;
}

/**
 * Features to probabilities. `rows` holds `count` feature vectors one after another, in the manifest's order; NaN = missing.
 * The same rows give the same bytes whatever is beside them in the batch.
 */
export abstract class Predictor {
  abstract readonly manifest: ModelManifest;
  /** Which backend runs: `tensorflow wasm`. */
  abstract readonly backend: string;
  /** Per head: `count` calibrated probabilities. */
  abstract predict(rows: Float32Array, count: number): Promise<Partial<Record<Target, Float32Array>>>;
  /** Per feature: its part of the log-odds of `head`, as the difference from the model's mean student. Same length as one row. */
  abstract contributions(row: Float32Array, head: Target): Float32Array;
}

/** What was once decided about models, or found out about them. */
export interface ModelDecision {
  /** ISO 8601. */
  at: string;
  /** What a person is called, `retrain`, or the schedule. */
  by: string;
  /** Who that is in Moodle, where it is known. */
  by_user_id?: number | null;
  what: 'promote' | 'rollback' | 'challenge' | 'compare';
  /** Versions; of a comparison the champion and the challenger. */
  from: string | null;
  to: string | null;
  why: string;
  /** Of a comparison: its figures. */
  figures?: Record<string, unknown>;
}

/** Who decides, and why: for the history. */
export type DecidedBy = Pick<ModelDecision, 'by' | 'by_user_id' | 'why'> & Partial<Pick<ModelDecision, 'figures'>>;

/** A model and what it does: the champion scores, the challenger beside it, unseen. */
export interface ShelfPlace {
  manifest: ModelManifest;
  champion: boolean;
  challenger: boolean;
}

/** The models that are there, by version, and which of them is the champion. */
export abstract class ModelShelf {
  abstract list(): Promise<ShelfPlace[]>;
  /** null where there is no such version; `card` is Markdown. */
  abstract show(version: string): Promise<(ShelfPlace & { card: string }) | null>;
  /** All that was decided and found, the oldest first. */
  abstract history(): Promise<ModelDecision[]>;
  /** Makes a version the champion, from the next scoring on. Refused (an Error with a hint) where its feature schema does not fit. */
  abstract promote(version: string, said?: DecidedBy): Promise<void>;
  /** The champion, loaded; null where there is none that fits, with the reason why. */
  abstract champion(): Promise<{ predictor: Predictor | null; why_not: string | null }>;
}

/** few: too few students, or of one kind. ranking, calibration: what is not good. The others: why nothing can be told. */
export type StandingFault = 'few' | 'ranking' | 'calibration' | 'log-late' | 'young' | 'short' | 'crowded' | 'elsewhere';

/** How far a model's scores have proved themselves on one course (`training/trust.ts`), as it was looked up last. */
export interface CourseStanding {
  course_id: number;
  /** Of which model this is said: nothing is known of another. */
  model_version: string;
  /** The scheduled scoring up to which outcomes were looked at. */
  checked_ms: number;
  /** left-out: its activity tells nothing, or its history is not known. */
  standing: 'checked' | 'not-yet' | 'not-good' | 'left-out';
  /** A sentence for people. */
  why: string;
  /** The same as codes, for who words it otherwise; none of a course that is checked. Standings from before have none of these three. */
  faults?: StandingFault[];
  /** Of the rows, by predicted probability. */
  reliability?: ReliabilityBin[];
  /** Of the rows, by the week of the scoring; `from` is its Monday, and the oldest comes first. */
  weeks?: { from: string; rows: number; positives: number; mean_predicted: number }[];
  /** With a known outcome, and those of them who stopped at least once. */
  students: number;
  stopped: number;
  rows: number;
  /** null where there is too little. */
  auc: number | null;
  auc_low: number | null;
  calibration_error: number | null;
}

export type ShadowKey = [as_of_ms: number, course_id: number, user_id: number, model_version: string];

/** A term and what became of it, with room: longer than anybody waits with the choice of a model. */
export const SHADOW_KEPT_MS = 400 * 86_400_000;
/** A day is compared with one up to five weeks before. */
export const DRIFT_KEPT_MS = 40 * 86_400_000;

/** How one course looked at a tick, in counts, so that two days can be compared. */
export interface CourseSigns {
  course_id: number;
  /** Scored. */
  students: number;
  /** Of those: here for two weeks; and of these, active in the last 7 days. */
  settled: number;
  settled_active: number;
  /** With a score above the threshold. */
  above: number;
  /** Students by active days in the last 7: 0 … 7. */
  active_days: number[];
  /** Active students by activities on an active day, in half octaves. */
  per_day: number[];
  /** Students by score, in twentieths. */
  scores: number[];
}

export const DOUBTS = ['active-days', 'per-active-day', 'more-above', 'hardly-active'] as const;

/** Which sign speaks against the data, and the figures of its sentence by name: with them it can be said in another language. */
export interface Doubt {
  sign: (typeof DOUBTS)[number];
  figures: Record<string, number>;
}

/** Whether a tick's data could be believed. */
export interface DriftCheck {
  as_of_ms: number;
  /** Why not, as a sentence; null where nothing spoke against it. */
  suspect: string | null;
  /** The same in figures; checks from before have none. */
  doubt?: Doubt | null;
  /** New alerts waited for that reason. */
  held: boolean;
  /** The day that it was compared with; null where there was none. */
  compared_ms: number | null;
  /** Population stability against that day; null where there was none, or too few students. */
  psi: { active_days: number; per_active_day: number; scores: number } | null;
  /** How foreign the site is to what its model learnt from: told, and holds nothing back. null where it cannot be told. */
  training: { rows: number; scores: number; inputs: number; furthest: { name: string; psi: number }[] } | null;
  courses: CourseSigns[];
}

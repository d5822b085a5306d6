/** What is said of models, and of how far they can be believed, as JSON Schema. */
import { TARGETS } from '../domain.js';
import { DOUBTS } from '../ports.js';
import { bool, count, day, int, list, ms, num, object, oneOf, orNull, type Schema, text } from './schema-words.js';

export const standing = {
  ...oneOf('checked', 'not-yet', 'not-good', 'left-out'),
  description: 'Whether the scores have proved themselves on this course, by what became of its students.',
};

const outcome = { rows: count, positives: count, mean_predicted: num };
const reliability = {
  ...list(object({ from: num, to: num, ...outcome })),
  description: 'By predicted probability: rows, and those of them that came true.',
};
/** Standings that were looked up by an older version have none of these. */
const proof = {
  faults: {
    ...list(oneOf('few', 'ranking', 'calibration', 'log-late', 'young', 'short', 'crowded', 'elsewhere')),
    description: 'What `why` says, as codes.',
  },
  reliability,
  weeks: { ...list(object({ from: day, ...outcome })), description: 'The same by week of the scoring, from its Monday.' },
};
const known_standing = object({
  course_id: int,
  model_version: text,
  checked_ms: ms,
  standing,
  why: text,
  students: count,
  stopped: count,
  rows: count,
  auc: orNull(num),
  auc_low: orNull(num),
  calibration_error: orNull(num),
});
export const course_standing: Schema = {
  ...known_standing,
  properties: { ...(known_standing.properties as Record<string, Schema>), ...proof },
};
const learnt_from: Schema = {
  type: 'object',
  required: ['name', 'rows', 'enrolments', 'positives'],
  properties: {
    name: text,
    courses: { ...list(text), description: 'Older models name them in `name` only.' },
    rows: count,
    enrolments: count,
    positives: { type: 'object', additionalProperties: num },
  },
};
const model = {
  version: text,
  kind: text,
  created: text,
  feature_schema: text,
  features: list(text),
  heads: list(oneOf(...TARGETS)),
  target: oneOf(...TARGETS),
  seed: int,
  data: learnt_from,
  metrics: { type: 'object', additionalProperties: { type: 'object', additionalProperties: { type: ['number', 'null'] } } },
  attribution: text,
  limits: list(text),
  champion: bool,
  challenger: { ...bool, description: 'Scores beside the champion, unseen.' },
  compared: {
    ...orNull(
      object({
        at: text,
        verdict: text,
        rows: count,
        students: count,
        difference: orNull(object({ auc: num, low: num, high: num })),
      }),
    ),
    description: 'The last comparison with the champion, on the same rows: the difference of the AUC with its interval.',
  },
};

/** Made with the model; one from before has none. */
const calibration: Schema = {
  type: 'object',
  description:
    'Per target: which correction of the probabilities is kept, and the mean log loss of each on students that it was not fitted on.',
  additionalProperties: object({
    kept: oneOf('platt', 'isotonic'),
    log_loss: orNull(object({ platt: num, isotonic: num, error: num })),
  }),
};

/** Made with the model; one from before has none. */
const slice = object({
  attribute: text,
  value: text,
  enrolments: count,
  rows: count,
  base_rate: num,
  mean_predicted: num,
  auc: num,
  ece: num,
});
/** Of the AUC, over students; models from before have none. */
const with_interval: Schema = {
  ...slice,
  properties: { ...(slice.properties as Record<string, Schema>), auc_low: num, auc_high: num },
};
const tested = object({
  data: text,
  courses: list(text),
  reliability: {
    ...list(object({ from: num, to: num, rows: count, positives: count, mean_predicted: num })),
    description: 'By predicted probability: rows, and those of them that came true; of models made without the course.',
  },
  fairness: orNull(
    object({
      groups: list(with_interval),
      left_out: { ...list(text), description: 'Too small for figures.' },
    }),
  ),
});

/** With `sign` and `figures` it can be said in another language. */
export const doubt: Schema = {
  ...orNull(object({ sign: oneOf(...DOUBTS), figures: { type: 'object', additionalProperties: num } })),
  description:
    'Which sign speaks against the data, with the figures of the sentence `suspect`; null where that is, or of older data.',
};

const psi = object({ active_days: num, per_active_day: num, scores: num });
const training = object({
  rows: count,
  scores: num,
  inputs: num,
  furthest: list(object({ name: text, psi: num })),
});
export const drift = object({
  checks: list(
    object({
      as_of_ms: ms,
      suspect: { ...orNull(text), description: 'Why the data could not be believed; null: nothing spoke against it.' },
      doubt,
      held: bool,
      compared_ms: orNull(ms),
      psi: { ...orNull(psi), description: 'Population stability against the day compared with.' },
      training: { ...orNull(training), description: 'The same against what the model learnt from.' },
    }),
  ),
});

export const modelWith = (more: Record<string, Schema>): Schema => {
  const known = object({ ...model, ...more });
  return { ...known, properties: { ...(known.properties as Record<string, Schema>), calibration, tested } };
};

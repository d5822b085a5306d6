/** The answers as JSON Schema (2020-12, as OpenAPI 3.1 has it), by the names of domain and views. */
import { PERSON_OUTCOMES } from '../domain.js';
import { ERRORS_TOLD } from '../pipeline/click-door.js';
import { ALERT_STATES, BANDS } from './requests.js';
import {
  bool,
  by_user_id,
  count,
  counts,
  day,
  int,
  list,
  ms,
  num,
  object,
  oneOf,
  orNull,
  probability,
  ref,
  type Schema,
  text,
} from './schema-words.js';
import { course_standing, doubt, drift, modelWith, standing } from './schemas-models.js';
import { OF_THE_SERVICE } from './schemas-service.js';
import { statements, unread, unread_statements } from './schemas-statements.js';
import { assignments, courseDays, handIn, last_contact, reason } from './schemas-students.js';
import { call, trials } from './schemas-trials.js';
import { person_views } from './schemas-views.js';

const ENROLMENT_STATES = ['active', 'not-started', 'suspended', 'withdrawn', 'completed', 'ended'];
const SYSTEM_OUTCOMES = ['recovered', 'withdrew', 'completed', 'ended', 'suspended', 'not-active'];

const score = object({
  user_id: int,
  course_id: int,
  as_of_ms: ms,
  score: probability,
  early_score: orNull(probability),
  band: oneOf(...BANDS),
  model_version: text,
  cohort_version: text,
  method: oneOf('model', 'heuristic'),
  reasons: list(ref('Reason')),
});
const course_name = { course_id: int, shortname: text, fullname: text, standing };
const enrolment = {
  user_id: int,
  course_id: int,
  state: oneOf(...ENROLMENT_STATES),
  reason: orNull(text),
  since_ms: orNull(ms),
  enrolled_ms: orNull(ms),
};
const prediction = {
  user_id: int,
  course_id: int,
  as_of_ms: ms,
  score: orNull(ref('Score')),
  not_scored: orNull(text),
  last_active_ms: orNull(ms),
};
const alert = {
  alert_id: text,
  user_id: int,
  course_id: int,
  state: oneOf(...ALERT_STATES),
  opened_ms: ms,
  score: probability,
  reasons: list(ref('Reason')),
  assignee: orNull(text),
  muted_until_ms: orNull(ms),
  outcome: orNull(oneOf(...new Set([...PERSON_OUTCOMES, ...SYSTEM_OUTCOMES]))),
  note: orNull(text),
  closed_ms: orNull(ms),
  recovered_ticks: count,
  touched_ms: ms,
  revision: { type: 'integer', minimum: 1, description: 'The ETag, in quotes.' },
  opened_by: { ...orNull(text), description: 'Who opened it; null: the score did.' },
};
const early = {
  course_id: int,
  rank: { type: 'integer', minimum: 1 },
  user_id: int,
  early_score: probability,
  reasons: list(ref('Reason')),
  last_active_ms: orNull(ms),
  as_of_ms: ms,
};
const course = { ...course_name, category: orNull(int), start_ms: orNull(ms), end_ms: orNull(ms) };
const course_summary = {
  ...course,
  standing,
  enrolments: counts('Students by enrolment state.'),
  scored: count,
  at_risk: count,
  early: count,
  activities: count,
  last_activity_ms: orNull(ms),
};

const summary = object({
  site: text,
  time_zone: text,
  clock: object({ kind: oneOf('wall', 'event'), now_ms: orNull(ms), last_tick_ms: orNull(ms) }),
  next_tick_ms: orNull(ms),
  model: object({
    version: text,
    method: oneOf('model', 'heuristic'),
    why_not: { ...orNull(text), description: 'Why no model scores.' },
  }),
  data: object({
    suspect: { ...orNull(text), description: 'Why the data of the last tick cannot be believed; null: it can.' },
    doubt,
    alerts_held: bool,
    remedy: orNull(text),
  }),
  threshold: probability,
  sessions_open: orNull(count),
  sessions: orNull(count),
  activities: orNull(count),
  enrolments: counts('Enrolments by state.'),
  scored: count,
  not_scored: counts('Active enrolments without a score, by why.'),
  at_risk: count,
  early: { ...count, description: 'Places of the early lists.' },
  early_students: { ...count, description: 'Students on them.' },
  alerts: counts('Alerts by state.'),
  highest_score: orNull(probability),
  rejected: counts('Input that could not be used, by why.'),
  ignored: counts('Input that is not used, by what it was.'),
});

const problem: Schema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'instance'],
  properties: {
    type: text,
    title: text,
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: text,
    instance: text,
    errors: list(object({ pointer: text, rule: text, detail: text })),
    reference: text,
  },
};

const session = {
  user_id: int,
  course_id: orNull(int),
  start_ms: ms,
  end_ms: ms,
  activities: count,
  duration_s: num,
  closed: bool,
};
const timeline_day = object({ course_id: int, day, activities: count, sessions: count, duration_s: num });
const past_score = object({ course_id: int, as_of_ms: ms, score: probability, band: oneOf(...BANDS) });

/** The fields that differ; of a note only that it changed. */
const fields: Schema = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } };

export const SCHEMAS: Record<string, Schema> = {
  Problem: problem,
  Reason: reason,
  Score: score,
  Person: object({ user_id: int, name: orNull(text) }),
  CourseName: object(course_name),
  Enrolment: object(enrolment),
  Prediction: object(prediction),
  Alert: object(alert),
  AlertItem: object({ ...alert, person: ref('Person'), course: ref('CourseName') }),
  AtRisk: object({
    ...prediction,
    trend: orNull(list(object({ as_of_ms: ms, score: probability }))),
    person: ref('Person'),
    course: ref('CourseName'),
    enrolment: ref('Enrolment'),
    alert: orNull(ref('Alert')),
    unread,
    last_contact,
  }),
  EarlyItem: object({
    ...early,
    person: ref('Person'),
    course: ref('CourseName'),
    call,
    unread,
    also_in: list(ref('CourseName')),
    owner: { ...orNull(text), description: 'Who takes care of the student, whatever the course.' },
    alert: orNull(ref('Alert')),
    last_contact,
    dealt_with: { type: 'boolean', description: 'Somebody reached the student, or saw no need to, in the last 14 days.' },
  }),
  Summary: summary,
  CourseSummary: object(course_summary),
  CourseDetail: object({ ...course_summary, at_risk_list: list(ref('AtRisk')), early_list: list(ref('EarlyItem')) }),
  CourseWeeks: object({
    course_id: int,
    weeks: list(object({ from: day, students: count, active: count, activities: count, q1: num, median: num, q3: num })),
    bands: counts('Open enrolments with a score, by band.'),
    expected: { ...num, description: 'The scores of the open enrolments added up: about how many will stop.' },
    standing: orNull(course_standing),
  }),
  CourseDays: courseDays,
  Assignments: assignments,
  Drift: drift,
  Contact: object({
    alert_id: text,
    person: ref('Person'),
    course: ref('CourseName'),
    opened_ms: ms,
    closed_ms: ms,
    outcome: oneOf(...PERSON_OUTCOMES),
    assignee: orNull(text),
    active_again: { ...orNull(bool), description: 'In the 14 days after; null while they are not over and there was none.' },
    by: { ...orNull(text), description: 'Who resolved it; null where that was not recorded.' },
  }),
  ContactFigures: object({
    reached: { ...count, description: 'Who was reached, and of whom it is known by now whether they were active again.' },
    active_again: { ...count, description: 'Of these: in the 14 days after.' },
  }),
  AlertChanges: object({
    changes: list(object({ alert_id: text, revision: count, at_ms: ms, by: text, by_user_id, from: fields, to: fields })),
  }),
  PersonViews: person_views,
  Case: object({
    person: ref('Person'),
    owner: orNull(text),
    score: probability,
    alerts: list(object({ ...alert, course: ref('CourseName') })),
  }),
  Student: object({
    person: ref('Person'),
    enrolments: list(object({ ...enrolment, course: ref('CourseName'), prediction: orNull(ref('Prediction')) })),
    alerts: list(ref('Alert')),
  }),
  Statements: statements,
  UnreadStatements: unread_statements,
  SessionItem: object(session),
  Timeline: object({
    user_id: int,
    days: list(timeline_day),
    hand_ins: list(handIn),
    scores: list(past_score),
    alerts: list(ref('Alert')),
  }),
  ScoreRun: object({
    as_of_ms: ms,
    scored: count,
    at_risk: count,
    opened: count,
    resolved: count,
    not_scored: counts('By why.'),
  }),
  Model: modelWith({}),
  ModelCard: modelWith({ card: { type: 'string', description: 'Markdown.' } }),
  RetrainJob: object({
    job_id: text,
    state: oneOf('running', 'done', 'failed'),
    by: text,
    started_ms: ms,
    ended_ms: orNull(ms),
    step: text,
    progress: probability,
    version: orNull(text),
    promoted: orNull(bool),
    message: { ...orNull(text), description: 'What came of it, or why it failed.' },
  }),
  Simulation: {
    ...object({ model: text, target: text, data: text, courses: list(text), learnt_from: list(text) }),
    description:
      'As simulate-threshold --json: beside these, `thresholds` and `capacities`, each with work, precision, recall and lead time.',
    additionalProperties: true,
  },
  SimulationStatus: object({
    running: orNull(object({ started_ms: ms, step: oneOf('reading', 'replaying'), progress: probability })),
  }),
  ...trials,
  RetrainStatus: object({ job: orNull(ref('RetrainJob')) }),
  Taken: object({
    accepted: { ...count, description: 'Stored, or known already by their own ids.' },
    refused: count,
    errors: {
      ...list(object({ line: { type: 'integer', minimum: 1 }, reason: text, detail: text })),
      description: `The first ${ERRORS_TOLD} that were refused, by line of the text or element of the array.`,
    },
  }),
  ...OF_THE_SERVICE,
};

/** `total`: how many there are on all pages together. */
export function listOf(name: string, total = false): Schema {
  return object({ items: list(ref(name)), next_cursor: orNull(text), ...(total ? { total: count } : {}) });
}

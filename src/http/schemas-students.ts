/** What is said of one student beside scores and alerts, as JSON Schema. */
import { PERSON_OUTCOMES } from '../domain.js';
import { HAND_IN_STATES } from '../reading/handed-in.js';
import { count, day, int, list, ms, num, object, oneOf, orNull, ref, type Schema, text } from './schema-words.js';

const told_reason = object({
  feature: text,
  value: orNull(num),
  unit: text,
  cohort_percentile: orNull({ type: 'number', minimum: 0, maximum: 100 }),
  contribution: { type: 'number', description: 'Part of the log-odds; positive raises the score.' },
  text,
});
/** Reasons of scores from before have no figures beside the sentence. */
const beside: Schema = {
  type: 'object',
  description: 'The other figures of the sentence, by name: with `feature` and `value` it can be said in another language.',
  additionalProperties: num,
};
export const reason: Schema = { ...told_reason, properties: { ...(told_reason.properties as Record<string, Schema>), beside } };

export const handIn = object({
  course_id: int,
  kind: oneOf('assign', 'quiz'),
  id: int,
  name: orNull(text),
  due_ms: orNull(ms),
  submitted_ms: orNull(ms),
  state: oneOf(...HAND_IN_STATES),
});

export const courseDays = object({
  course_id: int,
  days: list(object({ day, students: count, q1: num, median: num, q3: num })),
});

export const assignments = object({
  groups: { ...list(text), description: 'Names of groups and intakes.' },
  tutors: list(ref('Person')),
  assignees: { ...list(text), description: 'Names of those whom alerts are or were assigned to.' },
});

export const last_contact = {
  ...orNull(object({ at_ms: ms, outcome: oneOf(...PERSON_OUTCOMES), by: orNull(text) })),
  description: 'The last thing that a person did about this enrolment in the last 28 days, and who; null: nothing.',
};

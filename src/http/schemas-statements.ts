/** What students said, as JSON Schema. */
import { STATEMENT_KINDS } from '../pipeline/student-voice.js';
import { by_user_id, int, list, ms, object, oneOf, orNull, ref, type Schema, text } from './schema-words.js';

export const statements = object({
  items: list(
    object({
      statement_id: int,
      user_id: int,
      course_id: int,
      at_ms: ms,
      kind: oneOf(...STATEMENT_KINDS),
      text,
      seen: orNull(object({ by: text, by_user_id, at_ms: ms })),
    }),
  ),
});

export const unread: Schema = {
  ...orNull(oneOf(...STATEMENT_KINDS)),
  description: 'What presses most of what the student wrote in this course and nobody has read.',
};

/** Without the words: those are on the page of the student. */
export const unread_statements = object({
  items: list(
    object({
      statement_id: int,
      person: ref('Person'),
      course: ref('CourseName'),
      at_ms: ms,
      kind: oneOf(...STATEMENT_KINDS),
    }),
  ),
});

/** What students said, as JSON Schema. */
import { STATEMENT_KINDS } from '../pipeline/student-voice.js';
import { int, list, ms, object, oneOf, orNull, text } from './schema-words.js';

export const statements = object({
  items: list(
    object({
      statement_id: int,
      user_id: int,
      course_id: int,
      at_ms: ms,
      kind: oneOf(...STATEMENT_KINDS),
      text,
      seen: orNull(object({ by: text, at_ms: ms })),
    }),
  ),
});

/** Who was shown whom, as JSON Schema. */
import { by_user_id, count, int, list, ms, object, oneOf, orNull, text } from './schema-words.js';

export const person_views = object({
  views: list(
    object({
      course_id: orNull(int),
      at_ms: ms,
      viewer: text,
      by_user_id,
      kind: oneOf('open', 'key', 'staff', 'student'),
      what: { ...text, description: 'The route, without its numbers.' },
      people: { ...count, description: 'How many people the answer showed.' },
    }),
  ),
});

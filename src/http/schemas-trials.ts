/** What is said of a fair trial, as JSON Schema. */
import { count, int, list, ms, num, object, oneOf, orNull, probability, ref, text } from './schema-words.js';

export const call = {
  ...orNull(oneOf('now', 'later')),
  description: 'What a fair trial asks: to call this week, or next week; null without a trial.',
};

const drawn = object({ drawn: count, known: { ...count, description: 'Whose days after the draw are over.' } });

export const trials = {
  Trial: object({
    id: int,
    seed: { ...text, description: 'With it, and who was on the list, anybody can draw again.' },
    by: text,
    started_ms: ms,
    weeks: count,
    drawn: list(text),
    ended_ms: orNull(ms),
    how: oneOf('running', 'done', 'stopped'),
  }),
  TrialState: object({
    trial: orNull(ref('Trial')),
    now: drawn,
    later: drawn,
    result: {
      ...orNull(object({ difference: num, low: num, high: num })),
      description:
        'Share active again within 7 days of the draw, of those to be called at once less of those to be called a week later, with its 95 % interval. Told at the end.',
    },
    word: oneOf('none', 'running', 'stopped', 'cannot-be-told', 'more', 'fewer'),
    power: object({
      base: orNull(probability),
      a_week: num,
      past_weeks: count,
      smallest: { ...orNull(num), description: 'The difference that so many weeks show 80 times of 100.' },
      weeks_for_ten_points: orNull(count),
    }),
  }),
};

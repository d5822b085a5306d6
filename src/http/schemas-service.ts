/** Answers about the service itself: how it is doing, what happens on the site now, and who is asking. */
import { SCOPES } from '../access/viewer.js';
import { ACTIVITY_GROUPS } from '../domain.js';
import { PANELS } from '../reading/panels.js';
import {
  bool,
  by_user_id,
  count,
  counts,
  day,
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

const column = object({
  name: text,
  type: oneOf('integer', 'number', 'boolean', 'text', 'json', 'day', 'identifier'),
  nullable: bool,
});

const job = object({
  name: oneOf('first-copy', 'simulation', 'trust-check', 'daily-clearing'),
  state: {
    ...oneOf('running', 'done', 'failed', 'waiting'),
    description: 'waiting: for its time. What failed is tried again; the log says why.',
  },
  step: { ...orNull(text), description: 'What is being done; of the copy, the table.' },
  progress: orNull(probability),
  rows: { ...orNull(count), description: 'Of the copy, of all tables, about; `rows_known`: how many there are.' },
  rows_known: orNull(count),
  since_ms: { ...orNull(ms), description: 'When what runs began.' },
  last_day: { ...orNull(day), description: 'The day of the latest that came to its end.' },
  next_day: { ...orNull(day), description: 'The day from which the next is due.' },
});

export const OF_THE_SERVICE: Record<string, Schema> = {
  Table: object({ name: text, meaning: text, columns: list(column), key: list(text) }),
  TableRow: {
    type: 'object',
    description: `A row: the columns that GET tables names, activity groups being ${ACTIVITY_GROUPS.join(', ')}.`,
    additionalProperties: true,
  },
  System: object({
    clock: object({ kind: oneOf('wall', 'event'), now_ms: orNull(ms), last_tick_ms: orNull(ms) }),
    waiting: { ...list(text), description: 'What the service waits for before it can be asked.' },
    sources: list(object({ name: text, lag_s: orNull(num) })),
    sinks: {
      ...list(
        object({ name: text, of: oneOf('site', 'clicks'), up: bool, since_ms: orNull(ms), waiting: count, refused: count }),
      ),
      description:
        'Sinks and channels of notices: of the site as all processes know them, of clicks as this one does. `since_ms`: when it went or came, null = it was never away. `waiting`: commits, or notices that are due. `refused`: rows or notices that it will never take.',
    },
    rejected: counts('Input that could not be used, by why.'),
    ignored: counts('Input that is not used, by what it was.'),
    training: orNull(ref('RetrainJob')),
    jobs: {
      ...list(job),
      description: 'Long work beside training: of the site, and of this process the first copy and what-if.',
    },
  }),
  Live: object({
    panels: oneOf(...PANELS),
    from_ms: ms,
    until_ms: orNull(ms),
    bucket_ms: num,
    figures: list(object({ name: text, value: orNull(num) })),
    charts: list(
      object({
        name: text,
        look: oneOf('bars', 'lines', 'points'),
        times_ms: list(ms),
        series: list(object({ name: text, values: list(orNull(num)) })),
      }),
    ),
    tables: list(object({ name: text, columns: list(text), rows: list(list({ type: ['string', 'number', 'null'] })) })),
    cut: { ...bool, description: 'A table had more rows than were looked at.' },
  }),
  Session: object({
    signed_in: bool,
    access: { ...oneOf('open', 'keys'), description: 'open: whoever reaches the service may do everything.' },
    name: orNull(text),
    kind: orNull(oneOf('open', 'key', 'staff', 'student')),
    scopes: list(oneOf(...SCOPES)),
    whole_site: { ...bool, description: 'False: sees their own courses and students only.' },
    accounts: { ...bool, description: 'People may sign in with an account of the identity provider, at /auth/login.' },
  }),
  RecordedChanges: object({
    items: list(
      object({
        at_ms: ms,
        by: { ...text, description: 'Whom the service knows them as; command: somebody on the server.' },
        by_user_id,
        what: { ...text, description: 'import, erase, opt-out, score, training, trial, notices, ids, key.' },
        detail: { ...text, description: 'One sentence, without whom it was about.' },
      }),
    ),
    next_cursor: orNull(text),
  }),
  ErasedRows: object({ rows: count, removed: counts('Rows that went, by table.') }),
  Ready: object({ status: oneOf('ready') }),
  Health: object({ status: oneOf('ok') }),
};

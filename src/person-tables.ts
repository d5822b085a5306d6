/**
 * Every table of the store that says something about a person: by which column, what for, and how long. Subject reports, erasure and
 * retention work through this list, so what is not in it would be left out of all three; a test compares it with the schema.
 */

export interface PersonTable {
  name: string;
  /** The column that names the person; `alert_id` = that of the row's alert. */
  person: 'user_id' | 'alert_id';
  /** For the person who asks what is held about them. */
  what: string;
  /** Its name in HOLDFAST_RETENTION; null = not by age, and `stays` says why. */
  kept: RetentionKey | null;
  stays?: string;
}

/** In the order in which an erasure goes through them: what hangs on an alert before the alerts. */
export const PERSON_TABLES: readonly PersonTable[] = [
  {
    name: 'sessions',
    person: 'user_id',
    what: 'When you were active on the site, from first to last, and how often.',
    kept: 'sessions',
  },
  {
    name: 'course_sessions',
    person: 'user_id',
    what: 'The same in each course.',
    kept: 'course_sessions',
  },
  {
    name: 'activity_days',
    person: 'user_id',
    what: 'How often you were active in a course on a day, by the kind of activity.',
    kept: 'activity_days',
  },
  {
    name: 'reference_rows',
    person: 'user_id',
    what: "Copies of Moodle's rows about you (name, enrolments, roles, groups, hand-ins, grades) and what the student information system or you yourself said.",
    kept: null,
    stays: 'as long as the store: they say who is a student of whom; Moodle would send them again',
  },
  {
    name: 'scores',
    person: 'user_id',
    what: 'How likely you were thought to leave a course, at each scheduled scoring, with the reasons.',
    kept: 'scores',
  },
  {
    name: 'predictions',
    person: 'user_id',
    what: 'The latest of those for each course, or why there is none.',
    kept: 'predictions',
  },
  {
    name: 'shadow_scores',
    person: 'user_id',
    what: 'What another model would have said. Nobody was shown it.',
    kept: null,
    stays: 'a bounded time before the newest: a new one makes the oldest go',
  },
  {
    name: 'alert_edits',
    person: 'alert_id',
    what: 'What staff changed of an alert about you, who and when.',
    kept: null,
    stays: 'as long as their alerts',
  },
  {
    name: 'alerts',
    person: 'user_id',
    what: 'That somebody should ask how you are: since when, why, who does, what came of it, and the note.',
    kept: 'alerts',
  },
  {
    name: 'person_views',
    person: 'user_id',
    what: 'Who was shown something about you, when and where.',
    kept: 'views',
  },
  {
    name: 'user_claims',
    person: 'user_id',
    what: 'Which part of the service counts your activity.',
    kept: null,
    stays: 'as long as the store: one number',
  },
];

/** Where a member of staff stands, and what of it is theirs: never whom it was about. */
export interface StaffTable {
  table: string;
  /** The column, or the field of `inside`, that holds the name. */
  name: string;
  /** The same of their number in Moodle; null = by name alone, which is what people were called when they took something. */
  number: string | null;
  /** A column of JSON text; null = a column of its own. */
  inside: 'body' | 'columns' | null;
  shown: readonly string[];
  what: string;
}

export const STAFF_TABLES: readonly StaffTable[] = [
  {
    table: 'person_views',
    name: 'viewer',
    number: 'by_user_id',
    inside: null,
    shown: ['at_ms', 'kind', 'what', 'people'],
    what: 'What you looked at.',
  },
  {
    table: 'alerts',
    name: 'assignee',
    number: null,
    inside: null,
    shown: ['opened_ms', 'state'],
    what: 'Alerts that you take care of.',
  },
  {
    table: 'alerts',
    name: 'opened_by',
    number: null,
    inside: null,
    shown: ['opened_ms', 'state'],
    what: 'Alerts that you opened.',
  },
  {
    table: 'alert_edits',
    name: 'by',
    number: 'by_user_id',
    inside: 'body',
    shown: ['at_ms'],
    what: 'Changes of alerts that you made.',
  },
  {
    table: 'recorded_changes',
    name: 'changed_by',
    number: 'by_user_id',
    inside: null,
    shown: ['at_ms', 'what', 'detail'],
    what: 'What you changed of the service.',
  },
  {
    table: 'reference_rows',
    name: 'seen_by',
    number: 'seen_by_user_id',
    inside: 'columns',
    shown: ['seen_ms'],
    what: "Students' words that you said you have read.",
  },
];

/** Tables that hold a person only inside a text: erasure goes through them by hand. */
export const PERSON_TEXTS: Readonly<Record<string, string>> = {
  outbox: 'rows on their way out: those about the person are taken out of them',
  clock: 'who confirms a jump of the clock: taken out',
  site_clock: 'the same in another kind of store',
  lane_clocks: 'the same of each lane',
  positions:
    'where sources and sinks are; when staff were last sent notices, and of which alerts: those of the person are taken out',
  recorded_changes: 'what staff changed of the service, with name and number of who did',
};

/** Tables that say nothing about one person, and why. */
export const IMPERSONAL_TABLES: Readonly<Record<string, string>> = {
  store_identity: 'the name of the site',
  seen_pages: 'numbers of log rows that are counted, without whose they are; they stay, so that nothing counts twice',
  cohorts: 'figures of whole courses',
  course_standings: 'figures of whole courses',
  drift_checks: 'figures of the whole site',
  rejected: 'place and reason of bad input, never its content',
  counts: 'how many of what',
  leases: 'which process does what',
  erased: 'keyed hashes of who was erased',
  erased_version: 'how often somebody was erased',
};

export const RETENTION_KEYS = [
  'sessions',
  'course_sessions',
  'activity_days',
  'scores',
  'predictions',
  'alerts',
  'notes',
  'views',
  'changes',
  'words',
] as const;
export type RetentionKey = (typeof RETENTION_KEYS)[number];
/** Those whose rows a store finds by a column; students' words are dated inside a text, and few. */
export type AgeingKey = Exclude<RetentionKey, 'words'>;

/** What goes when it is too old. */
export interface Ageing {
  table: string;
  /** What a row is dated by. */
  column: string;
  /** `day`: a day number of the site's calendar. */
  unit: 'ms' | 'day';
  /** By which clock: of the activity, or of the machine for what people did here. */
  clock: 'store' | 'machine';
  row_key: readonly string[];
  /** Rows of a running course stay: its scores are made of them. */
  of_courses: boolean;
}

const ageing = (table: string, column: string, row_key: string, rest: Partial<Ageing> = {}): Ageing => ({
  table,
  column,
  row_key: row_key.split(' '),
  unit: 'ms',
  clock: 'store',
  of_courses: true,
  ...rest,
});
const OF_PEOPLE = { clock: 'machine', of_courses: false } as const;

/** `notes`: of alerts that are closed, the note alone. */
export const AGEING: Readonly<Record<AgeingKey, Ageing>> = {
  sessions: ageing('sessions', 'start_ms', 'user_id start_ms', { of_courses: false }),
  course_sessions: ageing('course_sessions', 'start_ms', 'user_id course_id start_ms'),
  activity_days: ageing('activity_days', 'day', 'user_id course_id day', { unit: 'day' }),
  scores: ageing('scores', 'as_of_ms', 'user_id course_id as_of_ms'),
  predictions: ageing('predictions', 'as_of_ms', 'user_id course_id'),
  alerts: ageing('alerts', 'closed_ms', 'alert_id'),
  notes: ageing('alerts', 'closed_ms', 'alert_id', { of_courses: false }),
  views: ageing('person_views', 'slot_ms', 'user_id slot_ms viewer kind what course_id by_user_id', OF_PEOPLE),
  changes: ageing('recorded_changes', 'at_ms', 'at_ms what detail', OF_PEOPLE),
};

/** In days; null = as long as the store. */
export type Retention = Readonly<Record<RetentionKey, number | null>>;

/** Five years: as far back as models learn from, and longer than a degree. */
const HISTORY_DAYS = 1_825;
/** Three: the end of a degree's last complaint. */
const NOTES_DAYS = 1_095;
/** `VIEWS_KEPT_MS`. */
const VIEWS_DAYS = 400;
/** An academic year, and the time to look back on it. */
const WORDS_DAYS = 400;

export const RETENTION: Retention = {
  sessions: HISTORY_DAYS,
  course_sessions: HISTORY_DAYS,
  activity_days: HISTORY_DAYS,
  scores: HISTORY_DAYS,
  predictions: HISTORY_DAYS,
  alerts: HISTORY_DAYS,
  notes: NOTES_DAYS,
  views: VIEWS_DAYS,
  changes: HISTORY_DAYS,
  words: WORDS_DAYS,
};

/** Less than a month, and windows that an event may still touch would go. */
const RETENTION_DAYS_MIN = 30;
/** As the setting has them when nothing is set: `sessions=1825d,…`. */
export const RETENTION_TEXT = Object.entries(RETENTION)
  .map(([name, days]) => `${name}=${days === null ? 'keep' : `${days}d`}`)
  .join(',');
export const RETENTION_FAULT = `must be NAME=DAYSd or NAME=keep with commas, at least ${RETENTION_DAYS_MIN}d, views and words at most ${VIEWS_DAYS}d; names: ${RETENTION_KEYS.join(', ')}`;

/** `views=200d,scores=keep`: those that are named; the others stay at their default. Undefined for what means nothing. */
export function retentionOf(text: string): Retention | undefined {
  const kept: Record<RetentionKey, number | null> = { ...RETENTION };
  for (const part of text.split(',')) {
    const [, name, days] = /^(\w+)=(keep|\d{2,5}d)$/.exec(part.trim()) ?? [];
    const key = RETENTION_KEYS.find((known) => known === name);
    if (key === undefined || days === undefined) return undefined;
    kept[key] = days === 'keep' ? null : Number(days.slice(0, -1));
    if ((kept[key] ?? RETENTION_DAYS_MIN) < RETENTION_DAYS_MIN) return undefined;
  }
  // Of views the store itself lets go of older ones, and older words are shown to nobody.
  const most = Math.max(kept.views ?? Number.POSITIVE_INFINITY, kept.words ?? Number.POSITIVE_INFINITY);
  return most <= VIEWS_DAYS ? kept : undefined;
}

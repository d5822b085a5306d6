/**
 * The doors of the house: what the core needs from outside, as abstract classes (a type and a Nest token at once).
 * Every adapter of a port passes that port's contract suite (`test/contracts/`).
 */
import type {
  ActivityDay,
  Alert,
  Change,
  Clock,
  Cohort,
  Coordinate,
  EnrolmentChange,
  Prediction,
  ReferenceRow,
  ReferenceTable,
  Rejected,
  Score,
  SeenPage,
  Session,
  ShadowScore,
  Target,
  WindowChanges,
  WindowRow,
  WindowTable,
} from './domain.js';
import { SEEN_PAGE_IDS } from './domain.js';
import type { Calibration, CourseStanding, DriftCheck, ModelManifest, Predictor, ShadowKey } from './model-ports.js';
import type { GoneRows, PersonStore } from './person-ports.js';
import type { DoneBy, PersonView, RecordedChange, ViewsByOthers } from './view-ports.js';

export * from './model-ports.js';
export * from './person-ports.js';
export * from './view-ports.js';

// ---------------------------------------------------------------------------------------------------------------- source

/** What a source hands over at once. Acknowledged (`batches` is asked for the next) only after it is committed. */
export interface ChangeBatch {
  /** Identity of the source's position in the store: `file:<sha256>`, `binlog:<site>`. */
  source: string;
  changes: Change[];
  rejected: Rejected[];
  /** Input that is none of ours, by what it was: `table config`, `schema change`, `tombstone`. */
  ignored: Record<string, number>;
  /** The position once this batch is done. Opaque to all but the source. */
  position: string;
  /** An initial snapshot is running: no tick fires until a batch says false. */
  snapshot: boolean;
  /** True when nothing more was waiting: live scoring may begin. Always false for recorded input. */
  caught_up: boolean;
}

/**
 * Where changes come from.
 * - `batches` begins after `from` (null = the beginning) and yields in the order of the source; it may yield again what was
 *   yielded before, never leave anything out.
 * - It ends when a recorded source is at its end, and when `signal` aborts (after a whole batch). It throws an Error whose
 *   message tells the operator what to do for anything that it cannot mend itself.
 */
export abstract class ChangeSource {
  /** For people: `site-history.ndjson.gz`, `mysql://host:3306/moodle`. Never with a password. */
  abstract readonly name: string;
  /** True for sources that follow a live site (wall clock, `future` is refused). */
  abstract readonly live: boolean;
  /** Key of the position in the store. May read the whole of a recorded input (its content hash). */
  abstract identity(): Promise<string>;
  abstract batches(from: string | null, signal: AbortSignal): AsyncIterable<ChangeBatch>;
}

/**
 * A source that several processes share. It comes in lanes (a Kafka partition is one), each in order and with a position of
 * its own; which lanes are here changes while it runs.
 * - For each lane that comes here: `lanes.open`, then `lanes.batch` for one batch after another (`ChangeBatch.source` is the
 *   lane), then `lanes.close` when the lane goes elsewhere or the run ends. Different lanes may run side by side.
 * - As with `ChangeSource`, batches may repeat what was delivered before and never leave anything out.
 * - `lanes.batch` may take long (the store is away, a sink is behind): the source keeps its lanes meanwhile. It rejects with
 *   `StalePosition` when another process has gone on with the lane: the source then gives the lane up or opens it anew.
 */
export abstract class LanedSource {
  /** For people: `kafka:moodle at broker-1:9092`. Never with a password. */
  abstract readonly name: string;
  /** Ends after the batches in hand once `signal` aborts. Rejects with what the operator has to mend. */
  abstract run(lanes: Lanes, signal: AbortSignal): Promise<void>;
}

/** Where the lanes of a `LanedSource` are worked on. */
export interface Lanes {
  /** The position after which the lane goes on; null = its beginning. Drops what was held of it before. */
  open(lane: string): Promise<string | null>;
  /** Resolves when the batch is committed. */
  batch(batch: ChangeBatch): Promise<void>;
  close(lane: string): Promise<void>;
}

// ----------------------------------------------------------------------------------------------------------------- store

/** Everything that one step of the pipeline changed. Written whole or not at all. */
export interface Commit {
  /** Compare-and-set: refused with `StalePosition` unless the stored position equals `from`. */
  position?: { source: string; from: string | null; to: string };
  /**
   * Which users' windows these are, where several processes count: refused with `StaleState` unless each of these users was
   * last claimed for this lane (`Store.claim`). Absent: the only process that counts.
   */
  lane?: { name: string; user_ids: number[] };
  /** The clock of `lane`, or the site's where there is none. */
  clock?: Clock;
  windows?: WindowChanges[];
  /** Newly counted ids only. Refused with `StaleState` where one of them is counted already; else added to what is stored. */
  seen?: SeenPage[];
  /** Applied in order. A row never steps back to an older version: see `Store.commit`. */
  references?: EnrolmentChange[];
  cohorts?: Cohort[];
  /** Scheduled scores. An existing (user, course, as_of) stays as it is: issued scores are history. */
  scores?: Score[];
  predictions?: Prediction[];
  /** A challenger's scores of a tick; an existing one stays. Those more than SHADOW_KEPT_MS older than the newest go. */
  shadow_scores?: ShadowScore[];
  /** Replaces the one of the same tick; those more than DRIFT_KEPT_MS older than the newest go. */
  drift?: DriftCheck;
  /** Each replaces that of its course. */
  standings?: CourseStanding[];
  /** Alerts as they are now. `revision` must be the stored one + 1 (or 1 for a new alert), else `StaleAlert`. */
  alerts?: Alert[];
  /** Kept for ever, as long as their alerts. */
  alert_edits?: AlertEdit[];
  /** The first of the same thing in a quarter of an hour stays. Those more than VIEWS_KEPT_MS older than the newest go. */
  person_views?: PersonView[];
  changes?: RecordedChange[];
  /** By which version of the list of erased people this was made; refused with `ErasedMeanwhile` where there is a newer. */
  erased?: number;
  rejected?: Rejected[];
  ignored?: Record<string, number>;
  /** Sinks that have to hear of the windows, scores and alerts of this commit: kept for each in its outbox, in the same transaction. */
  sinks?: string[];
}

/** What a person changed of an alert: the fields that differ, before and after. Of a note only that it changed. */
export interface AlertEdit extends DoneBy {
  alert_id: string;
  /** The alert's revision that it made. */
  revision: number;
  at_ms: number;
  from: AlertFields;
  to: AlertFields;
}
export type AlertFields = Partial<Pick<Alert, 'state' | 'assignee' | 'muted_until_ms' | 'outcome'>> & { note?: boolean };

/** What one commit has to tell a sink. Rows are whole, as they were committed. */
export interface OutboxEntry {
  /** Grows with each commit that touches the same rows. */
  id: number;
  windows: WindowChanges[];
  scores: Score[];
  alerts: Alert[];
  /** Scores and alerts that are no more. */
  gone?: GoneRows;
}

/** Half-open in time, all parts optional. */
export interface Filter {
  user_id?: number;
  course_id?: number;
  /** Inclusive. Compared with start_ms, as_of_ms, opened_ms, or with the day (already converted) as the table has it. */
  from?: number;
  /** Exclusive. */
  to?: number;
}

/** Rows at `after` (exclusive, in the order of the table's key) and at most `limit` of them. */
export interface Page<K> {
  after?: K;
  limit: number;
}

/** Another process holds the position: stop, reload, do not commit. */
export class StalePosition extends Error {
  override readonly name = 'StalePosition';
}
/**
 * What this process holds in memory is no longer what is stored: another lane has taken some of these users over, or has
 * counted some of these log rows. Drop it, claim and load again, and do the batch once more.
 */
export class StaleState extends Error {
  override readonly name = 'StaleState';
}
/** Somebody changed the alert meanwhile. */
export class StaleAlert extends Error {
  override readonly name = 'StaleAlert';
}

export interface SessionTotals {
  sessions: number;
  open: number;
  activities: number;
}

export interface StoreIdentity {
  site: string;
  /** IANA zone of the days in it. */
  time_zone: string;
  /** The day of an instant in that zone, by the calendar that counts the days: sessions are joined to the day of their start. */
  day: (time_ms: number) => number;
}

/** `own`: the one process that writes, and claims the store. `read`: beside it, for exports; commits are refused. */
export type StoreMode = 'own' | 'read';

/** The store cannot be used as it is, and only a person can change that. The message says what is wrong and what to do. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  constructor(
    readonly problem: string,
    readonly hint: string,
    options?: ErrorOptions,
  ) {
    super(`${problem}. ${hint}`, options);
  }
}

/**
 * The truth. State, outputs and positions in one place, so that one commit covers them.
 *
 * `commit` is atomic and durable when its promise resolves. Reference rows: a change replaces the kept row unless it is
 * stale, that is, older by coordinate and not newer by source time, or older by source time where either has no coordinate.
 * A change with neither always replaces. Events (`enrolment_events`) are facts: the first stays. Rejections are known by
 * (source, position, reason), kept to a bound of `REJECTED_KEPT` per source and counted beyond it.
 *
 * Reading gives committed rows only. Every list is in the order of its key, ascending.
 */
export abstract class Store {
  /**
   * Opens, migrates to the newest schema and claims the store. Refuses with a hint for the operator: a second process on the
   * same file, a file that is none, a newer schema, a site or time zone that differs from the one it was made for (each as
   * `StoreUnavailable`). With `read` it neither migrates nor claims, and refuses a store that does not exist yet.
   */
  abstract open(identity: StoreIdentity, mode?: StoreMode): Promise<void>;
  abstract close(): Promise<void>;
  /** What it does for one person. */
  abstract readonly people: PersonStore;
  /** Another number after each commit; null where another process may commit too. */
  get revision(): number | null {
    return null;
  }
  /** Refuses a commit that `commitFault` finds fault with (a TypeError: ours, not the operator's). */
  abstract commit(commit: Commit): Promise<void>;

  abstract position(source: string): Promise<string | null>;
  /** The site's own clock, as `commit` without a lane left it. */
  abstract clock(): Promise<Clock | null>;
  /** The clocks of all lanes there ever were, by lane; `heard_ms`: when its latest commit was, by the clock of the store. */
  abstract laneClocks(): Promise<{ lane: string; clock: Clock; heard_ms: number }[]>;
  /**
   * Takes these users over for a lane, durable when it resolves. What others hold of them in memory is stale from now on: their
   * next commit with one of these users is refused. Windows read after it resolves are the latest there are.
   */
  abstract claim(lane: string, user_ids: number[]): Promise<void>;

  /**
   * Takes, or keeps, the right to do something that one process at a time does, for `ttl_ms` by the store's clock. The token is
   * greater than any given before for this name, so what is done under an older one can be told apart. null: another has it.
   */
  abstract lease(name: string, holder: string, ttl_ms: number): Promise<number | null>;
  /** Lets others have it at once. */
  abstract release(name: string, holder: string): Promise<void>;

  /** The oldest entries that this sink has not confirmed, by id. */
  abstract outbox(sink: string, limit: number): Promise<OutboxEntry[]>;
  /** The sink has them for good: they go. */
  abstract confirm(sink: string, ids: number[]): Promise<void>;
  /** How many entries wait for this sink. */
  abstract backlog(sink: string): Promise<number>;

  /** Pages by number; a page never written is left out. */
  abstract seenPages(pages: number[]): Promise<SeenPage[]>;

  /**
   * Windows whose end (start, for a table without an end column) is ≥ `end_from`: what the engine holds after a restart. Of these
   * users alone where they are given (the first key column; at most 500).
   */
  abstract heldWindows(table: WindowTable, end_from: number, user_ids?: number[]): Promise<WindowRow[]>;
  /** Windows of the given keys that overlap [from, to], both inclusive: neighbours of a late event. At most 500 ranges a call. */
  abstract windowsNear(table: WindowTable, ranges: { key: readonly number[]; from: number; to: number }[]): Promise<WindowRow[]>;

  /** Rows of a reference table or several, deleted ones too, by id and table. With both filters a row must match both; user_id null = about nobody in particular. At most 500 values in each. */
  abstract references(
    tables: ReferenceTable | readonly ReferenceTable[],
    filter?: { user_ids?: (number | null)[]; parent_ids?: number[] },
  ): Promise<ReferenceRow[]>;

  /** By (user_id, start_ms). */
  abstract sessions(filter: Filter, page: Page<[number, number]>): Promise<Session[]>;
  /** By (user_id, course_id, start_ms). */
  abstract courseSessions(filter: Filter, page: Page<[number, number, number]>): Promise<Session[]>;
  /** By (user_id, course_id, day); `from`, `to` are days. */
  abstract activityDays(filter: Filter, page: Page<[number, number, number]>): Promise<ActivityDay[]>;
  /** By (day, course_id, user_id); `from`, `to` are days. */
  abstract activityDaysByDay(filter: Filter, page: Page<[number, number, number]>): Promise<ActivityDay[]>;
  /** How many sessions there are, how many of them end at or after `open_from_ms`, and the activities in all. */
  abstract sessionTotals(open_from_ms: number): Promise<SessionTotals>;
  /** Per course: first and last counted activity, and how many. By course_id. */
  abstract courseActivity(): Promise<{ course_id: number; first_ms: number; last_ms: number; activities: number }[]>;

  /**
   * Per user of a course, by user: the end of the latest of their sessions there that started before `before_ms` (exclusive). One
   * user where `user_id` is given.
   */
  abstract lastActive(course_id: number, before_ms: number, user_id?: number): Promise<{ user_id: number; last_ms: number }[]>;

  /** The cohort of a course with the greatest day ≤ `day`; null where there is none. */
  abstract cohort(course_id: number, day: number): Promise<Cohort | null>;
  /** By (user_id, course_id, as_of_ms); `from`, `to` are times. */
  abstract scores(filter: Filter & { above?: number }, page: Page<[number, number, number]>): Promise<Score[]>;
  /** By (user_id, course_id). */
  abstract predictions(filter: Filter, page: Page<[number, number]>): Promise<Prediction[]>;
  abstract alert(alert_id: string): Promise<Alert | null>;
  /** By alert_id. */
  abstract alerts(filter: Filter & { states?: Alert['state'][] }, page: Page<string>): Promise<Alert[]>;
  /** What people changed of one alert, by revision. */
  abstract alertEdits(alert_id: string): Promise<AlertEdit[]>;
  /** Who was shown something about this person since `from_ms` (inclusive), the latest first. */
  abstract personViews(user_id: number, from_ms: number, limit: number, by_others?: ViewsByOthers): Promise<PersonView[]>;
  /** What people changed of the service since `from_ms` (inclusive), the latest first. */
  abstract changes(from_ms: number, limit: number): Promise<RecordedChange[]>;
  /** By (as_of_ms, course_id, user_id, model_version). */
  abstract shadowScores(page: Page<ShadowKey>): Promise<ShadowScore[]>;
  /** From `from_ms` on, inclusive, by as_of_ms. */
  abstract driftChecks(from_ms: number): Promise<DriftCheck[]>;
  /** By course_id. */
  abstract standings(): Promise<CourseStanding[]>;
  /** By (source, position, reason). */
  abstract rejected(page: Page<[string, string, string]>): Promise<Rejected[]>;
  /** How many there were, by reason, including those beyond the bound; and the ignored, by what they were. */
  abstract counts(): Promise<{ rejected: Record<string, number>; ignored: Record<string, number> }>;
}

/**
 * Per source. More is a broken source, and the first ten thousand show it. Beyond it rejections are only counted, and a
 * redelivered one then counts again, since it can no longer be known.
 */
export const REJECTED_KEPT = 10_000;

/** A call of `references` or `windowsNear` names at most this many keys: within every database's bound on parameters. */
export const STORE_KEYS_MAX = 500;

/** What dates a change of a reference row. */
export interface RowVersion {
  source_ms: number | null;
  coordinate: Coordinate | null;
}

/**
 * The version guard of `Store`: true when `change` must not replace `kept`. Coordinates first; source time overrules an older
 * coordinate (another server's log, of which nothing says that it came later), and decides alone where either has no coordinate.
 *
 * | change, seen from the kept row   | source time older | same or unknown | newer |
 * | -------------------------------- | ----------------- | --------------- | ----- |
 * | older coordinate                 | stale             | stale           | –     |
 * | same or newer coordinate         | –                 | –               | –     |
 * | one of the two has no coordinate | stale             | –               | –     |
 */
export function isStale(change: RowVersion, kept: RowVersion): boolean {
  const time = change.source_ms === null || kept.source_ms === null ? 0 : change.source_ms - kept.source_ms;
  if (!change.coordinate || !kept.coordinate) return time < 0;
  const [a, b] = [change.coordinate, kept.coordinate];
  const place = a.log - b.log || a.offset - b.offset || a.row - b.row;
  return place < 0 && time <= 0;
}

/**
 * What no store can keep, found before anything is written: a number that is none (`NaN` would come back as null, or as 0),
 * or a page of seen ids of the wrong length. Says where: `scores.3.score is NaN`. Null when there is no fault.
 */
export function commitFault(commit: Commit): string | null {
  for (const { bits, page } of commit.seen ?? []) {
    if (bits.length !== SEEN_PAGE_IDS / 8) return `seen page ${page} has ${bits.length} bytes`;
  }
  return numberFault({ ...commit, seen: (commit.seen ?? []).map((seen) => seen.page) });
}

function numberFault(value: unknown): string | null {
  if (typeof value === 'number') return Number.isFinite(value) ? null : `is ${value}`;
  if (typeof value !== 'object' || value === null) return null;
  for (const name in value) {
    const fault = numberFault((value as Record<string, unknown>)[name]);
    if (fault !== null) return fault.startsWith('is ') ? `${name} ${fault}` : `${name}.${fault}`;
  }
  return null;
}

// ------------------------------------------------------------------------------------------------------------------ sink

/** The site's tables whose rows are told outside, by the names of `domain.ts` and of the exports. */
export const PUBLISHED_TABLES = [
  'sessions',
  'course_sessions',
  'user_activity',
  'activity_days',
  'cohort_ratios',
  'scores',
  'in_risk',
  'alerts',
] as const;
export type PublishedTable = (typeof PUBLISHED_TABLES)[number];

/** One row as it is now, or that it is no more. */
export interface Publication {
  /** One of the site's, or of the click tables (`click-ports.ts`). */
  table: string;
  /** Values of the table's key columns, in their order; days as YYYY-MM-DD. The identity of the document. */
  key: readonly (number | string)[];
  /** Columns as exports have them (days as YYYY-MM-DD, times in ms); null = the row is no more. */
  row: Record<string, unknown> | null;
  /** What the row is about in time: start, day's midnight in UTC, as_of, opening. For the document's @timestamp. */
  time_ms: number;
}

/** The sink cannot take anything just now: wait and send again. The message says what to look at. */
export class SinkUnavailable extends Error {
  override readonly name = 'SinkUnavailable';
}

/**
 * Where committed rows are told: a search index, topics. Holds nothing that could not be sent again from the store.
 * - `send` resolves when all of it is kept for good. Within one call the order of publications with the same key counts.
 * - Sending again is harmless. `round` grows with each call, also over restarts and processes: what arrives late from an older
 *   round must not replace what a newer one brought, as far as the sink can tell.
 * - It retries within bounds and then throws `SinkUnavailable`; for what no retry mends it throws an Error with a hint. A
 *   publication that the sink refuses for good is returned, with why, and does not hold up the others.
 */
export abstract class Sink {
  /** `kafka`, `elasticsearch`: the name of its outbox and its lease. */
  abstract readonly name: string;
  /** Tables that it takes; publications of others are not handed to it. */
  abstract readonly tables: readonly string[];
  /** False: it tells that something happened, and holds nothing that would have to go when a person opts out. */
  readonly keeps_rows: boolean = true;
  /** Makes what is missing over there: topics, templates. May be called again. */
  abstract open(): Promise<void>;
  abstract send(publications: Publication[], round: number): Promise<{ refused: { publication: Publication; why: string }[] }>;
  abstract close(): Promise<void>;
}

// --------------------------------------------------------------------------------------------------------------- trainer

/** Rows to learn from: features one row after another (NaN = missing), labels likewise (one per head, NaN = not labelled). */
export interface LabelledRows {
  /** `read` false: the feature keeps its place in the rows, and the model ignores it. */
  features: readonly { name: string; scale: 'linear' | 'log'; read: boolean }[];
  heads: readonly Target[];
  count: number;
  rows: Float32Array;
  labels: Float32Array;
  /**
   * Further outcomes of each row, 0 … 1, NaN = unknown: learnt beside the heads, since they shape what the heads share, and left
   * out of the model. `count` × any number.
   */
  auxiliary: Float32Array;
  /** Of each row. */
  weights: Float32Array;
  /** Of each row: 0 … FOLDS − 1, the same for all rows of a student. */
  folds: Uint8Array;
  seed: number;
}

/** How many groups of students there are: each is predicted by learners that have not seen it. */
export const FOLDS = 4;

/** A model in memory that has learnt, not yet kept. */
export interface FittedModel {
  readonly kind: string;
  /** Per head and row, before calibration. */
  logOdds(rows: Float32Array, count: number): Promise<Partial<Record<Target, Float32Array>>>;
  /** The model with these corrections in place of those it had. */
  calibrated(by_head: Partial<Record<Target, Calibration>>): FittedModel;
  predictor(manifest: ModelManifest): Predictor;
  /** Writes the model's folder below `models_dir`, named after the version. Refuses a version that is already there. */
  save(models_dir: string, manifest: ModelManifest, card: string): Promise<void>;
  /** Frees what it holds outside JavaScript's memory. */
  dispose(): void;
}

/** What was learnt, and per head the log-odds of each row by learners that have not seen its student: what calibration needs. */
export interface Learnt {
  model: FittedModel;
  unseen: Partial<Record<Target, Float32Array>>;
}

/** Learns one model with a head for each target. The same rows, order and seed give the same weights to the byte. */
export abstract class Trainer {
  /** With a `base`, learning goes on from it. `onProgress` is told the share that is done. */
  abstract fit(examples: LabelledRows, base: FittedModel | null, onProgress?: (share: number) => void): Promise<Learnt>;
}

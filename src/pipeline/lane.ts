/**
 * One ordered stream of changes, counted into windows and committed: all of a site in one process, or one of the partitions that
 * several processes share.
 *
 * Shared lanes hold windows in memory side by side, so nobody may count on what another has changed meanwhile. A lane *claims* a
 * user the first time it meets them, reads what is stored of them, and only then counts. Its commit is refused (`StaleState`)
 * when a user was claimed by another lane since, or a log row was counted elsewhere: it then forgets everything and does the
 * batch once more. Whatever arrives in whatever lane, the rows come out as if one process had counted all.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Activity, Clock, EnrolmentChange, Rejected } from '../domain.js';
import { type Interpreted, interpret } from '../moodle/interpret.js';
import { type ChangeBatch, type Commit, StaleState, type Store } from '../ports.js';
import type { Calendar } from '../windows/calendar.js';
import { see } from '../windows/event-clock.js';
import { Counting } from './counting.js';
import { type Erased, ignoredOf } from './erased.js';
import { patienceOf } from './patience.js';
import { future, isAnother, reused, unknownTables } from './refused.js';
import type { Roster } from './roster.js';

export interface LaneSettings {
  gap_ms: number;
  count_anonymous: boolean;
  /** Sinks that hear of every commit. */
  sinks: readonly string[];
}

/** What a lane works with; the same for all lanes of a process. */
export interface LaneWorld {
  store: Store;
  calendar: Calendar;
  roster: Roster;
  erased: Erased;
  settings: LaneSettings;
  /** The machine's clock. */
  wall: () => number;
  events: LaneEvents;
  /** Waits so long; the machine's clock by default. */
  pause?: (ms: number) => Promise<unknown>;
}

/** For metrics. Never awaited. */
export interface LaneEvents {
  /** A commit is durable; it took so long. */
  committed?(seconds: number): void;
  /** Another lane took users or rows over: this one begins again from the store. */
  stale?(lane: string | null): void;
}

/** Ticks that fire inside a batch, where one process counts everything. */
export interface BatchTicks {
  /** Those that the clock passes when it moves on. */
  due(clock: Clock, next_now_ms: number): number[];
  /** What was counted so far is committed when it is called. */
  fire(tick_ms: number): Promise<void>;
}

export interface BatchDone {
  source: string;
  changes: number;
  counted: number;
  /** Activity that was known already. */
  repeated: number;
  rejected: number;
  /** Log rows that are nobody's own activity, by reason. */
  not_counted: Record<string, number>;
  now_ms: number | null;
}

/** A live source's activity further ahead of the machine's clock than this is refused: the contract's 24 hours. */
const FUTURE_MS_MAX = 24 * 3_600_000;
/** Reference tables that everybody's enrolments hang on. */
const FRAME = ['course', 'enrol', 'role', 'context', 'enrolment_events'];
const PEOPLE = ['user', 'user_enrolments', 'role_assignments', 'course_completions'];
/**
 * A batch is done again this often when other lanes claim its users meanwhile. Each time costs a batch; lanes that fight over users for
 * longer than this have the same stream twice, which somebody has to look at.
 */
export const ATTEMPTS_MAX = 20;
/** Users known to be claimed, per lane: 4 M entries are about 160 MB. Beyond it they are claimed again, which is harmless. */
const CLAIMED_MAX = 4_000_000;

/** What has been gathered since the last commit. */
interface Step {
  references: EnrolmentChange[];
  rejected: Rejected[];
  /** Users whose windows changed. */
  counted: Set<number>;
}

export class Lane {
  #counting: Counting | null = null;
  #claimed = new Set<number>();
  #position: string | null = null;
  /** The list of erased people when what is in memory was read. */
  #erased = 0;

  /** `name` null: the only lane there is, so nothing is claimed. */
  constructor(
    private readonly world: LaneWorld,
    readonly name: string | null,
    public clock: Clock,
    private readonly ticks: BatchTicks | null,
  ) {}

  /** Windows in memory. */
  get open_windows(): number {
    return this.#counting?.open_windows ?? 0;
  }

  /** Takes up where the store stands. A shared lane reads a user's windows when it meets them. */
  async open(position: string | null): Promise<void> {
    this.#position = position;
    if (this.name === null) await this.#opened();
  }

  /** Counts and commits one batch. Says what it did, and whom it touched. */
  async process(batch: ChangeBatch, { name, live }: { name: string; live: boolean }) {
    const before = this.clock;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#process(batch, name, live);
      } catch (error) {
        if (!(error instanceof StaleState) || attempt === ATTEMPTS_MAX) throw error;
        this.world.events.stale?.(this.name);
        this.clock = before;
        this.#forget();
        await (this.world.pause ?? sleep)(patienceOf(this.name ?? '', attempt));
      }
    }
  }

  /** What is in memory is no longer what is stored. */
  #forget(): void {
    this.#counting = null;
    this.#claimed.clear();
  }

  async #process(batch: ChangeBatch, name: string, live: boolean): Promise<{ done: BatchDone; touched: Set<number> }> {
    const { store, settings, wall, erased } = this.world;
    if (erased.version !== this.#erased) this.#forget();
    const from = this.name === null ? await store.position(batch.source) : this.#position;
    const interpreted = batch.changes.map((change) => erased.spared(interpret(change, settings)));
    const counting = await this.#prepared(activitiesOf(interpreted));
    const done: BatchDone = {
      source: name,
      changes: batch.changes.length,
      counted: 0,
      repeated: 0,
      rejected: batch.rejected.length,
      not_counted: {},
      now_ms: null,
    };
    const touched = new Set<number>();
    const reached_ms = this.clock.now_ms;
    const fresh = new Set<number>();
    let step: Step = newStep([...batch.rejected, ...unknownTables(name, batch.ignored)]);
    const reject = (rejected: Rejected) => {
      step.rejected.push(rejected);
      done.rejected++;
    };
    if (this.clock.snapshot !== batch.snapshot && (batch.snapshot || this.name !== null))
      this.clock = { ...this.clock, snapshot: batch.snapshot };
    for (const [i, { activity, references, rejected, not_counted }] of interpreted.entries()) {
      const change = batch.changes[i]!;
      if (rejected) reject({ source: name, position: change.at, ...rejected });
      if (not_counted) done.not_counted[not_counted] = (done.not_counted[not_counted] ?? 0) + 1;
      for (const reference of references) {
        step.references.push(reference);
        if (reference.op !== 'truncate' && reference.reference.user_id !== null) touched.add(reference.reference.user_id);
      }
      if (!activity) continue;
      if (live && activity.time_ms > wall() + FUTURE_MS_MAX) reject(future(name, change, activity));
      else if (counting.hasCounted(activity.id)) {
        if (this.name === null && !fresh.has(activity.id) && isAnother(activity, reached_ms))
          reject(reused(name, change, activity));
        else done.repeated++;
      } else {
        if (await this.#moveClock(activity, step)) {
          step = newStep([]);
          await counting.prepare(activitiesOf(interpreted.slice(i)));
        }
        counting.count(activity);
        fresh.add(activity.id);
        step.counted.add(activity.user_id);
        touched.add(activity.user_id);
        done.counted++;
      }
    }
    await this.#commit(step, {
      position: { source: batch.source, from, to: batch.position },
      ignored: ignoredOf(batch.ignored, done.not_counted),
    });
    this.#position = batch.position;
    return { done: { ...done, now_ms: this.clock.now_ms }, touched };
  }

  /** Moves the clock on to an activity that is about to be counted; the ticks that it passes fire first. True when one did. */
  async #moveClock(activity: Activity, step: Step): Promise<boolean> {
    const next = see(this.clock, activity.user_id, activity.time_ms);
    const ticks = next.now_ms === this.clock.now_ms ? [] : (this.ticks?.due(this.clock, next.now_ms!) ?? []);
    if (ticks.length > 0) await this.#commit(step, {});
    for (const tick_ms of ticks) await this.ticks!.fire(tick_ms);
    this.clock = { ...next, last_tick_ms: this.clock.last_tick_ms };
    return ticks.length > 0;
  }

  async #commit(step: Step, rest: Pick<Commit, 'position' | 'ignored'>): Promise<void> {
    const { erased, settings, roster, events } = this.world;
    const begun_ms = performance.now();
    await erased.commit({
      ...rest,
      ...(this.name === null ? {} : { lane: { name: this.name, user_ids: [...step.counted] } }),
      clock: this.clock,
      references: step.references,
      rejected: step.rejected,
      ...this.#counting?.drain(this.clock.now_ms),
      sinks: [...settings.sinks],
    });
    events.committed?.((performance.now() - begun_ms) / 1000);
    const tables = new Set<string>(step.references.map((r) => (r.op === 'truncate' ? r.table : r.reference.table)));
    if (FRAME.some((table) => tables.has(table))) roster.forget();
    else if (PEOPLE.some((table) => tables.has(table))) roster.changed();
  }

  /** Everything in memory that these activities need. Lanes of reference tables count nothing and hold nothing. */
  async #prepared(activities: Activity[]): Promise<Counting | NoCounting> {
    if (activities.length === 0) return this.#counting ?? NO_COUNTING;
    const counting = this.#counting ?? (await this.#opened());
    if (this.name !== null) await this.#claim(this.name, activities, counting);
    await counting.prepare(activities);
    return counting;
  }

  async #opened(): Promise<Counting> {
    const { store, calendar, settings } = this.world;
    const counting = new Counting(store, calendar, settings.gap_ms);
    if (this.name === null) await counting.open(this.clock.now_ms);
    else counting.openShared(this.clock.now_ms);
    this.#counting = counting;
    this.#erased = this.world.erased.version;
    return counting;
  }

  /** First claimed, then read: what another lane commits in between is read here, and what it would commit later is refused. */
  async #claim(lane: string, activities: Activity[], counting: Counting): Promise<void> {
    if (this.#claimed.size > CLAIMED_MAX) this.#claimed.clear();
    const users = [...new Set(activities.map((a) => a.user_id))].filter((user) => !this.#claimed.has(user));
    if (users.length === 0) return;
    await this.world.store.claim(lane, users);
    await counting.loadHeld(users, this.clock.now_ms);
    for (const user of users) this.#claimed.add(user);
  }
}

/** Where nothing is to be counted, nothing has been. */
type NoCounting = Pick<Counting, 'hasCounted' | 'prepare' | 'count'>;
const NO_COUNTING: NoCounting = {
  hasCounted: () => false,
  prepare: async () => undefined,
  count: () => {
    throw new Error('an activity came that was not prepared');
  },
};

function newStep(rejected: Rejected[]): Step {
  return { references: [], rejected, counted: new Set() };
}

function activitiesOf(interpreted: Interpreted[]): Activity[] {
  return interpreted.flatMap((i) => i.activity ?? []);
}

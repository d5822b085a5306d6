/**
 * The one place where stages meet. A batch of changes becomes activities, windows and reference rows, and ONE commit of all
 * of them with the source's position; the schedule turns rows into features, scores and alerts, and commits those.
 *
 * Everything that is written is known by identity, so a batch that is delivered again, whole or in part, changes nothing.
 * That is why the position may move with whole batches only, although a tick splits a batch in two commits.
 */
import { onPerson } from '../alerts/person.js';
import type { Activity, Alert, Change, Clock, EnrolmentChange, Rejected } from '../domain.js';
import { type Interpreted, interpret } from '../moodle/interpret.js';
import { UNUSED_TABLES } from '../moodle/tables.js';
import type { ChangeBatch, ChangeSource, Commit, Predictor, Store } from '../ports.js';
import { latestTick, ticksBetween } from '../scoring/ticks.js';
import type { Calendar } from '../windows/calendar.js';
import { see } from '../windows/event-clock.js';
import { type AlertPatch, stepsOf } from './alert-patch.js';
import { Counting } from './counting.js';
import { Histories } from './histories.js';
import { Roster } from './roster.js';
import { type RunMode, type ScoreRun, ScoringRun, type ScoringSettings } from './scoring-run.js';

export interface PipelineSettings extends ScoringSettings {
  gap_ms: number;
  /** Cron expression of the schedule, in the site's zone. */
  cron: string;
  time_zone: string;
  count_anonymous: boolean;
  /** null = as the store has it; `event` for a new one. */
  clock: Clock['kind'] | null;
}

/** What the world hears of: for logs, metrics and progress. Never awaited. */
export interface PipelineEvents {
  batch?(done: BatchDone): void;
  scored?(run: ScoreRun, mode: RunMode): void;
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

export type AlertChange =
  | { kind: 'changed'; alert: Alert }
  | { kind: 'not-found' }
  | { kind: 'conflict'; alert: Alert }
  | { kind: 'refused'; why: string };

/** A live source's activity further ahead of the machine's clock than this is refused: the contract's 24 hours. */
const FUTURE_MS_MAX = 24 * 3_600_000;
/** Reference tables that everybody's enrolments hang on. */
const FRAME = new Set(['course', 'enrol', 'role', 'context', 'enrolment_events']);

/** What has been gathered since the last commit. */
interface Step {
  references: EnrolmentChange[];
  rejected: Rejected[];
  touched: Set<number>;
}

export class Pipeline {
  #clock: Clock;
  #lock: Promise<unknown> = Promise.resolve();
  readonly #counting: Counting;
  /** The one roster: it is told when courses, methods or roles change, so whoever reads must read through it. */
  readonly roster: Roster;
  readonly #histories: Histories;

  constructor(
    private readonly store: Store,
    private readonly calendar: Calendar,
    private readonly settings: PipelineSettings,
    private readonly predictor: Predictor | null,
    private readonly wall: () => number,
    private readonly events: PipelineEvents = {},
  ) {
    this.#clock = { kind: settings.clock ?? 'event', now_ms: null, last_tick_ms: null, snapshot: false, ahead: [] };
    this.#counting = new Counting(store, calendar, settings.gap_ms);
    this.roster = new Roster(store);
    this.#histories = new Histories(store, calendar);
  }

  /** Takes up where the store stands: its clock, and the windows that an event may still touch. */
  async open(): Promise<void> {
    const stored = await this.store.clock();
    this.#clock = { ...this.#clock, ...stored, kind: this.settings.clock ?? stored?.kind ?? 'event' };
    await this.#counting.open(this.#clock.now_ms);
  }

  get clock(): Clock {
    return this.#clock;
  }

  /** Decodes, counts, computes and commits one batch. When its promise resolves, the source may forget the batch. */
  processBatch(batch: ChangeBatch, { name, live }: Pick<ChangeSource, 'name' | 'live'>): Promise<void> {
    return this.#alone(async () => {
      const from = await this.store.position(batch.source);
      const interpreted = batch.changes.map((change) => interpret(change, { count_anonymous: this.settings.count_anonymous }));
      await this.#counting.prepare(activitiesOf(interpreted));
      const done: BatchDone = {
        source: name,
        changes: batch.changes.length,
        counted: 0,
        repeated: 0,
        rejected: batch.rejected.length,
        not_counted: {},
        now_ms: null,
      };
      const step: Step = {
        references: [],
        rejected: [...batch.rejected, ...unknownTables(name, batch.ignored)],
        touched: new Set(),
      };
      const reject = (rejected: Rejected) => {
        step.rejected.push(rejected);
        done.rejected++;
      };
      if (batch.snapshot) this.#clock = { ...this.#clock, snapshot: true };
      for (const [i, { activity, references, rejected, not_counted }] of interpreted.entries()) {
        const change = batch.changes[i]!;
        if (rejected) reject({ source: name, position: change.at, ...rejected });
        if (not_counted) done.not_counted[not_counted] = (done.not_counted[not_counted] ?? 0) + 1;
        for (const reference of references) this.#keep(step, reference);
        if (!activity) continue;
        if (live && activity.time_ms > this.wall() + FUTURE_MS_MAX) reject(future(name, change, activity));
        else if (this.#counting.hasCounted(activity.id)) done.repeated++;
        else {
          const ticked = await this.#passTicks(activity, step);
          if (ticked) await this.#counting.prepare(activitiesOf(interpreted.slice(i)));
          this.#counting.count(activity);
          step.touched.add(activity.user_id);
          done.counted++;
        }
      }
      await this.#commit(step, { position: { source: batch.source, from, to: batch.position }, ignored: batch.ignored });
      if (this.#clock.snapshot && !batch.snapshot) await this.#completeSnapshot();
      // On the event clock only the schedule scores: two runs are then alike, however quickly each of them read.
      const follows = live && batch.caught_up && this.#clock.kind === 'wall';
      if (follows && !this.#clock.snapshot && step.touched.size > 0)
        await this.#score('live', this.wall(), { user_ids: [...step.touched] });
      this.events.batch?.({ ...done, now_ms: this.#clock.now_ms });
    });
  }

  /** The second door: the schedule, for those who send nothing. Fires the latest tick at or before `now_ms` unless it has fired. */
  scoreDue(now_ms: number): Promise<ScoreRun | null> {
    return this.#alone(async () => {
      if (this.#clock.snapshot || this.#clock.now_ms === null) return null;
      const tick_ms = latestTick(this.settings.cron, this.settings.time_zone, now_ms);
      return tick_ms > (this.#clock.last_tick_ms ?? -Infinity) ? this.#tick(tick_ms) : null;
    });
  }

  /** Scores some students now (REST), or everybody as of a time: `past` adds missing scores only. */
  score(mode: RunMode, as_of_ms: number, only?: { user_ids?: number[]; course_id?: number }): Promise<ScoreRun> {
    return this.#alone(() => this.#score(mode, as_of_ms, only));
  }

  /** Scores some of the site again as things stand, in between the ticks: latest word and alerts, not the history. */
  scoreNow({ user_id, course_id }: { user_id?: number; course_id?: number }): Promise<ScoreRun> {
    return this.score('live', this.now_ms(), { user_ids: user_id === undefined ? undefined : [user_id], course_id });
  }

  /** What a person does with an alert. `revision` null = whatever it is now. */
  changeAlert(alert_id: string, revision: number | null, patch: AlertPatch, actor: string): Promise<AlertChange> {
    return this.#alone(async () => {
      const alert = await this.store.alert(alert_id);
      if (!alert) return { kind: 'not-found' };
      if (revision !== null && revision !== alert.revision) return { kind: 'conflict', alert };
      const steps = stepsOf(patch);
      if (typeof steps === 'string') return { kind: 'refused', why: steps };
      const next = onPerson(alert, steps, actor, this.now_ms());
      if ('refused' in next) return { kind: 'refused', why: next.refused };
      await this.store.commit({ alerts: [next] });
      return { kind: 'changed', alert: next };
    });
  }

  /** The store's clock: the machine's for a live site, the activity's for a recorded one. */
  now_ms(): number {
    return this.#clock.kind === 'wall' ? this.wall() : (this.#clock.now_ms ?? this.wall());
  }

  /** Moves the clock on to an activity that is about to be counted; the ticks that it passes fire first. True when one did. */
  async #passTicks(activity: Activity, step: Step): Promise<boolean> {
    const next = see(this.#clock, activity.user_id, activity.time_ms);
    let ticks: number[] = [];
    if (next.now_ms !== this.#clock.now_ms && this.#clock.now_ms !== null && !this.#clock.snapshot) {
      const after_ms = Math.max(this.#clock.now_ms, this.#clock.last_tick_ms ?? -Infinity);
      ticks = ticksBetween(this.settings.cron, this.settings.time_zone, after_ms, next.now_ms!);
    }
    if (ticks.length > 0) {
      await this.#commit(step, {});
      step.references = [];
      step.rejected = [];
      for (const tick_ms of ticks) await this.#tick(tick_ms);
    }
    this.#clock = { ...next, last_tick_ms: this.#clock.last_tick_ms };
    return ticks.length > 0;
  }

  #keep(step: Step, reference: EnrolmentChange): void {
    step.references.push(reference);
    if (reference.op !== 'truncate' && reference.reference.user_id !== null) step.touched.add(reference.reference.user_id);
  }

  async #commit(step: Step, rest: Pick<Commit, 'position' | 'ignored'>): Promise<void> {
    await this.store.commit({
      ...rest,
      clock: this.#clock,
      references: step.references,
      rejected: step.rejected,
      ...this.#counting.drain(this.#clock.now_ms),
    });
    if (step.references.some((r) => FRAME.has(r.op === 'truncate' ? r.table : r.reference.table))) this.roster.forget();
  }

  async #completeSnapshot(): Promise<void> {
    this.#clock = { ...this.#clock, snapshot: false };
    const tick_ms =
      this.#clock.now_ms === null ? null : latestTick(this.settings.cron, this.settings.time_zone, this.#clock.now_ms);
    if (tick_ms !== null && tick_ms > (this.#clock.last_tick_ms ?? -Infinity)) await this.#tick(tick_ms);
    else await this.store.commit({ clock: this.#clock });
  }

  async #tick(tick_ms: number): Promise<ScoreRun> {
    const clock = { ...this.#clock, last_tick_ms: tick_ms };
    const run = await this.#score('tick', tick_ms, undefined, { clock });
    this.#clock = clock;
    return run;
  }

  /** One commit for all courses, so that a tick has fired for everybody or for nobody. */
  async #score(
    mode: RunMode,
    as_of_ms: number,
    only?: { user_ids?: number[]; course_id?: number },
    rest: Commit = {},
  ): Promise<ScoreRun> {
    const commit = { cohorts: [], scores: [], predictions: [], alerts: [], ...rest } satisfies Commit as Required<
      Pick<Commit, 'cohorts' | 'scores' | 'predictions' | 'alerts'>
    >;
    const total: ScoreRun = { as_of_ms, scored: 0, at_risk: 0, opened: 0, resolved: 0, not_scored: {} };
    const scoring = new ScoringRun(this.store, this.roster, this.#histories, this.calendar, this.settings, this.predictor);
    for await (const { commit: part, run } of scoring.run(mode, as_of_ms, only)) {
      for (const name of ['cohorts', 'scores', 'predictions', 'alerts'] as const)
        (commit[name] as unknown[]).push(...(part[name] ?? []));
      for (const name of ['scored', 'at_risk', 'opened', 'resolved'] as const) total[name] += run[name];
      for (const [why, n] of Object.entries(run.not_scored)) total.not_scored[why] = (total.not_scored[why] ?? 0) + n;
    }
    await this.store.commit(commit);
    this.events.scored?.(total, mode);
    return total;
  }

  /** One at a time: the runner, the schedule and people's requests share the clock and the windows. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lock.then(work);
    this.#lock = result.catch(() => undefined);
    return result;
  }
}

function activitiesOf(interpreted: Interpreted[]): Activity[] {
  return interpreted.flatMap((i) => i.activity ?? []);
}

/** Each table that is not one of Moodle's is named once; its rows are only counted. */
function unknownTables(source: string, ignored: Record<string, number>): Rejected[] {
  return Object.keys(ignored)
    .filter((what) => what.startsWith('table ') && !UNUSED_TABLES.has(what.slice('table '.length)))
    .map((what) => ({
      source,
      position: what,
      reason: 'unknown-table',
      detail: 'none of the tables that are read; its rows are left out',
    }));
}

function future(source: string, change: Change, activity: Activity): Rejected {
  return {
    source,
    position: change.at,
    reason: 'future',
    detail: `${change.table}.timecreated of row ${activity.id} is more than 24 h ahead of this machine's clock`,
  };
}

/**
 * The one place where stages meet. A batch of changes becomes activities, windows and reference rows, and ONE commit of all
 * of them with the source's position; the schedule turns rows into features, scores and alerts, and commits those.
 *
 * Everything that is written is known by identity, so a batch that is delivered again, whole or in part, changes nothing.
 * That is why the position may move with whole batches only, although a tick splits a batch in two commits.
 */
import type { Clock } from '../domain.js';
import {
  type Actor,
  type ChangeBatch,
  type ChangeSource,
  type Commit,
  type DriftCheck,
  type Predictor,
  StaleAlert,
  type Store,
} from '../ports.js';
import { latestTick, ticksBetween } from '../scoring/ticks.js';
import type { Calendar } from '../windows/calendar.js';
import { AlertActs, type AlertChange, type AlertOpened, type AlertOpening } from './alert-acts.js';
import type { AlertPatch } from './alert-patch.js';
import { Erased, type HashOf, noKey } from './erased.js';
import { type Hindsight, HindsightReader } from './hindsight.js';
import { Histories } from './histories.js';
import { type BatchDone, Lane, type LaneEvents, type LaneSettings, type LaneWorld } from './lane.js';
import { Roster } from './roster.js';
import { type RunMode, type ScoreRun, ScoringRun, type ScoringSettings } from './scoring-run.js';
import { SharedClock } from './shared-clock.js';
import { TickWatch } from './tick-watch.js';

export interface PipelineSettings extends ScoringSettings, LaneSettings {
  /** Cron expression of the schedule, in the site's zone. */
  cron: string;
  time_zone: string;
  /** Several processes count into one store, each in lanes of its own; null = as the store has it. */
  shared: boolean | null;
  /** null = as the store has it; `event` for a new one. */
  clock: Clock['kind'] | null;
  /** The keyed hash of people; null for who only reads. Nobody can be erased where it is left out. */
  hash?: (() => Promise<HashOf>) | null;
}

/** What the world hears of: for logs, metrics and progress. Never awaited. */
export interface PipelineEvents extends LaneEvents {
  batch?(done: BatchDone): void;
  scored?(run: ScoreRun, mode: RunMode): void;
  /** At every tick, unless nobody looks. */
  drift?(check: DriftCheck): void;
}

/** Some students, or one course. */
export interface ScoredPart {
  user_ids?: number[];
  course_id?: number;
}

/** A score is made again this often when a person changes an alert at the same moment. */
const ALERT_RACES_MAX = 5;
const SHARED_STORE =
  'Several processes count into this store from Kafka, so nothing else can: send it through Kafka, or read it into a store of its own (HOLDFAST_STORE).';
/** What the courses of a run add to its one commit. */
const LISTS = ['cohorts', 'scores', 'predictions', 'shadow_scores', 'alerts'] as const;
/** Position of the schedule in a shared store: the latest tick that fired. */
const SCHEDULE = 'schedule';

export class Pipeline {
  #lock: Promise<unknown> = Promise.resolve();
  /** The one roster: it is told when courses, methods or roles change, so whoever reads must read through it. */
  readonly roster: Roster;
  /** Whoever writes about people writes through it. */
  readonly erased: Erased;
  /** What lanes work with. */
  readonly world: LaneWorld;
  readonly #lane: Lane;
  readonly #acts: AlertActs;
  readonly #histories: Histories;
  #watch: TickWatch;
  /** The site's clock where several processes count; null where this one does alone. */
  #shared: SharedClock | null = null;
  /** Told of the scores and alerts that this process has committed: lists keep what they go through in memory. */
  onChanged: (rows: Pick<Commit, 'predictions' | 'alerts'>) => void = () => undefined;

  constructor(
    private readonly store: Store,
    private readonly calendar: Calendar,
    private readonly settings: PipelineSettings,
    private predictor: Predictor | null,
    readonly wall: () => number,
    readonly events: PipelineEvents = {},
    /** Scores beside the champion at every tick, unseen. */
    challenger: Predictor | null = null,
    /** The machine's clock as far as it is believed (`windows/steady-clock.ts`): what is scored, and what goes by age, goes by it. */
    readonly believed_ms: () => number = wall,
  ) {
    this.#watch = new TickWatch(store, settings, predictor, challenger);
    this.roster = new Roster(store, () => (this.#shared ? wall() : null));
    this.#histories = new Histories(store, calendar);
    this.erased = new Erased(store, settings.hash === undefined ? noKey : settings.hash);
    this.world = { store, calendar, roster: this.roster, erased: this.erased, settings, wall, events };
    const heard = (rows: Pick<Commit, 'alerts'>) => this.onChanged(rows);
    this.#acts = new AlertActs(store, this.roster, this.erased, settings, () => this.now_ms(), heard);
    const clock: Clock = { kind: settings.clock ?? 'event', now_ms: null, last_tick_ms: null, snapshot: false, ahead: [] };
    this.#lane = new Lane(this.world, null, clock, {
      due: ({ now_ms, last_tick_ms, snapshot }, next_now_ms) =>
        now_ms === null || snapshot ? [] : this.#ticksBetween(Math.max(now_ms, last_tick_ms ?? -Infinity), next_now_ms),
      fire: async (tick_ms) => void (await this.#tick(tick_ms)),
    });
  }

  /** Takes up where the store stands: its clock, and the windows that an event may still touch. */
  async open(): Promise<void> {
    await this.erased.load();
    if (this.settings.shared ?? (await this.store.laneClocks()).length > 0) {
      this.#shared = new SharedClock(this.store, this.settings.clock, this.believed_ms);
      return this.#shared.refresh();
    }
    const stored = await this.store.clock();
    this.#lane.clock = { ...this.#lane.clock, ...stored, kind: this.settings.clock ?? stored?.kind ?? 'event' };
    await this.#lane.open(null);
  }

  /** Several processes count into the store. Known once it is open. */
  get isShared(): boolean {
    return this.#shared !== null;
  }

  get clock(): Clock {
    return this.#shared?.site ?? this.#lane.clock;
  }

  /** Windows in memory, where this process counts alone. */
  get open_windows(): number {
    return this.#lane.open_windows;
  }

  /** Other models, from the next scoring on; one that runs ends with those that it began with. */
  scoreBy(champion: Predictor | null, challenger: Predictor | null): void {
    this.predictor = champion;
    this.#watch = new TickWatch(this.store, this.settings, champion, challenger);
  }

  /** Looks up what other processes have counted meanwhile. Nothing to do where there are none. */
  async refresh(): Promise<void> {
    await this.#shared?.refresh();
  }

  /** Decodes, counts, computes and commits one batch. When its promise resolves, the source may forget the batch. */
  processBatch(batch: ChangeBatch, source: Pick<ChangeSource, 'name' | 'live'>): Promise<void> {
    if (this.#shared) throw new Error(SHARED_STORE);
    return this.#alone(async () => {
      const { done, touched } = await this.#lane.process(batch, source);
      if (this.clock.snapshot && !batch.snapshot) await this.#completeSnapshot();
      if (source.live && batch.caught_up) await this.#scoreTouched(touched);
      this.events.batch?.(done);
    });
  }

  /** Live scoring of those whom a batch touched. On the event clock only the schedule scores: two runs are then alike. */
  scoreTouched(user_ids: Set<number>): Promise<void> {
    return this.#alone(() => this.#scoreTouched(user_ids));
  }

  /**
   * The second door: the schedule, for those who send nothing. One process alone fires the latest tick at or before `now_ms` unless
   * it has fired; where several count, every tick that all of their lanes have passed, in order. Who calls must hold the lease then.
   */
  scoreDue(now_ms: number): Promise<ScoreRun | null> {
    return this.#alone(async () => {
      if (this.#shared) return this.#scoreShared(this.#shared);
      if (this.clock.snapshot || this.clock.now_ms === null) return null;
      const tick_ms = latestTick(this.settings.cron, this.settings.time_zone, now_ms);
      return tick_ms > (this.clock.last_tick_ms ?? -Infinity) ? this.#tick(tick_ms) : null;
    });
  }

  /** Scores some students now (REST), or everybody as of a time: `past` adds missing scores only. */
  score(mode: RunMode, as_of_ms: number, only?: ScoredPart): Promise<ScoreRun> {
    return this.#alone(() => this.#score(mode, as_of_ms, only));
  }

  /** Scores some of the site again as things stand, in between the ticks: latest word and alerts, not the history. */
  scoreNow({ user_id, course_id }: { user_id?: number; course_id?: number }): Promise<ScoreRun> {
    return this.score('live', this.now_ms(), { user_ids: user_id === undefined ? undefined : [user_id], course_id });
  }

  /** What a person does with an alert. `revision` null = whatever it is now. */
  changeAlert(alert_id: string, revision: number | null, patch: AlertPatch, actor: Actor): Promise<AlertChange> {
    return this.#alone(() => this.#acts.change(alert_id, revision, patch, actor));
  }

  /** A person opens a case about a student who has no alert. */
  openAlert(opening: AlertOpening, actor: Actor): Promise<AlertOpened> {
    return this.#alone(() => this.#acts.open(opening, actor));
  }

  /** The courses with what became of their students, as of now. */
  hindsight(): Promise<Hindsight> {
    const { store, roster, calendar, settings } = this;
    return new HindsightReader(store, roster, this.#histories, calendar, settings.scope, settings.teaching ?? null).read(
      this.now_ms(),
    );
  }

  /** The store's clock: the machine's for a live site, the activity's for a recorded one. */
  now_ms(): number {
    return this.clock.kind === 'wall' ? this.believed_ms() : (this.clock.now_ms ?? this.believed_ms());
  }

  async #scoreTouched(user_ids: Set<number>): Promise<void> {
    if (this.clock.kind !== 'wall' || this.clock.snapshot || user_ids.size === 0) return;
    await this.#score('live', this.believed_ms(), { user_ids: [...user_ids] });
  }

  async #scoreShared(shared: SharedClock): Promise<ScoreRun | null> {
    let from = await this.store.position(SCHEDULE);
    await shared.refresh();
    const reached_ms = shared.reached_ms;
    if (shared.site.snapshot || reached_ms === null) return null;
    this.roster.forget();
    const { last_tick_ms } = shared.site;
    const due =
      last_tick_ms === null
        ? [latestTick(this.settings.cron, this.settings.time_zone, reached_ms)]
        : this.#ticksBetween(last_tick_ms, reached_ms);
    let run: ScoreRun | null = null;
    for (const tick_ms of due) {
      // A tick that two processes fire at once is committed by one of them.
      run = await this.#tick(tick_ms, { source: SCHEDULE, from, to: String(tick_ms) });
      from = String(tick_ms);
    }
    return run;
  }

  #ticksBetween(after_ms: number, to_ms: number): number[] {
    return ticksBetween(this.settings.cron, this.settings.time_zone, after_ms, to_ms);
  }

  async #completeSnapshot(): Promise<void> {
    this.#lane.clock = { ...this.clock, snapshot: false };
    const { now_ms, last_tick_ms } = this.clock;
    const tick_ms = now_ms === null ? null : latestTick(this.settings.cron, this.settings.time_zone, now_ms);
    if (tick_ms !== null && tick_ms > (last_tick_ms ?? -Infinity)) await this.#tick(tick_ms);
    else await this.store.commit({ clock: this.clock });
  }

  async #tick(tick_ms: number, position?: Commit['position']): Promise<ScoreRun> {
    const clock = { ...this.clock, last_tick_ms: tick_ms };
    const run = await this.#score('tick', tick_ms, undefined, { clock, position });
    if (this.#shared) this.#shared.ticked(tick_ms);
    else this.#lane.clock = clock;
    return run;
  }

  async #score(mode: RunMode, as_of_ms: number, only?: ScoredPart, rest: Commit = {}): Promise<ScoreRun> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#scoreOnce(mode, as_of_ms, only, rest);
      } catch (error) {
        if (!(error instanceof StaleAlert) || attempt === ALERT_RACES_MAX) throw error;
      }
    }
  }

  /** One commit for all courses, so that a tick has fired for everybody or for nobody. */
  async #scoreOnce(mode: RunMode, as_of_ms: number, only: ScoredPart | undefined, rest: Commit): Promise<ScoreRun> {
    const commit: Commit = { cohorts: [], scores: [], predictions: [], shadow_scores: [], alerts: [], ...rest };
    const lists = commit as Record<(typeof LISTS)[number], unknown[]>;
    const total: ScoreRun = { as_of_ms, scored: 0, at_risk: 0, opened: 0, resolved: 0, not_scored: {} };
    const { last_tick_ms } = this.clock;
    const { store, roster, calendar, settings } = this;
    const scoring = new ScoringRun(store, roster, this.#histories, calendar, settings, this.predictor, this.#watch, last_tick_ms);
    for await (const { commit: part, run } of scoring.run(mode, as_of_ms, only)) {
      for (const name of LISTS) for (const row of part[name] ?? []) lists[name].push(row);
      if (part.drift) commit.drift = part.drift;
      for (const name of ['scored', 'at_risk', 'opened', 'resolved'] as const) total[name] += run[name];
      for (const [why, n] of Object.entries(run.not_scored)) total.not_scored[why] = (total.not_scored[why] ?? 0) + n;
    }
    this.onChanged(await this.erased.commit({ ...commit, sinks: [...this.settings.sinks] }));
    this.events.scored?.(total, mode);
    if (commit.drift) this.events.drift?.(commit.drift);
    return total;
  }

  /** One at a time: the runner, the schedule and people's requests share the clock and the windows. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#lock.then(work);
    this.#lock = result.catch(() => undefined);
    return result;
  }
}

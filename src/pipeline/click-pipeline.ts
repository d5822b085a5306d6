/**
 * Clicks on their way into the store: records are joined, counted in all tables, and ONE commit has all of it with the source's
 * position. A click that its sender names is counted once; one that is known by its place in a source, as often as the position says.
 */
import type {
  ClickBatch,
  ClickClock,
  ClickRecord,
  ClickReferenceTable,
  ClickStore,
  ClickUser,
  JoinedClick,
} from '../click-ports.js';
import { type DescribeAgent, join, type Locate } from '../clickstream/join.js';
import type { ClickTable } from '../clickstream/tables.js';
import type { Rejected } from '../domain.js';
import { STORE_KEYS_MAX } from '../ports.js';
import { JUMP_MS_MAX, see } from '../windows/event-clock.js';
import { ClickCounting } from './click-counting.js';
import { ClickReferences } from './click-references.js';

/** A live record dated further ahead of the machine's clock is refused. */
export const AHEAD_MS_MAX = 86_400_000;

export interface ClickSettings {
  tables: readonly ClickTable[];
  sinks: readonly string[];
  locate: Locate;
  describe: DescribeAgent;
}

/**
 * Position of what has none of its own (HTTP, UDP, standard input): a number that each such commit moves on by one. A process that
 * another has replaced, and that does not know it yet, is so refused instead of writing over what the other has counted.
 */
const INTAKE = 'intake';

/** What one batch came to. */
export interface ClicksDone {
  clicks: number;
  events: number;
  references: number;
  /** Known already by their senders' ids. */
  repeated: number;
  rejected: number;
  /** The same by reason. */
  rejected_by: Record<string, number>;
  /** By table. */
  late: Record<string, number>;
  commit_ms: number;
}

export interface ClickEvents {
  counted?(done: ClicksDone): void;
}

type Named = Extract<ClickRecord, { kind: 'click' | 'event' }>;

export class ClickPipeline {
  #clock: ClickClock = { now_ms: null, ahead: [] };
  #counting: ClickCounting;
  readonly #references: ClickReferences;
  #lock: Promise<unknown> = Promise.resolve();
  #intake: string | null = null;
  /** What is in memory is not what is stored: a commit failed. */
  #stale = false;

  constructor(
    private readonly store: ClickStore,
    private readonly settings: ClickSettings,
    private readonly wall: () => number,
    private readonly events: ClickEvents = {},
  ) {
    this.#counting = new ClickCounting(settings.tables);
    this.#references = new ClickReferences(store);
  }

  async open(): Promise<void> {
    this.#clock = (await this.store.clock()) ?? { now_ms: null, ahead: [] };
    this.#intake = await this.store.position(INTAKE);
    this.#counting = new ClickCounting(this.settings.tables);
    this.#references.forget();
    await this.#counting.open(this.store, this.#clock);
    this.#stale = false;
  }

  /** The clicks' own clock; null before the first click. */
  get now_ms(): number | null {
    return this.#clock.now_ms;
  }

  get open_windows(): number {
    return this.#counting.open_windows;
  }

  /**
   * Joins, counts and commits. When it resolves, the source may forget the batch; when it rejects, nothing of it counts.
   * `StalePosition`: another process counts now.
   */
  process(batch: ClickBatch): Promise<ClicksDone> {
    const done = this.#lock.then(() => this.#process(batch));
    this.#lock = done.catch(() => undefined);
    return done;
  }

  async #process(batch: ClickBatch): Promise<ClicksDone> {
    if (this.#stale) await this.open();
    this.#stale = true;
    const { records, rejected } = this.#sorted(batch);
    const seen = await this.#seen(records);
    await this.#load(records);
    const done: ClicksDone = {
      clicks: 0,
      events: 0,
      references: 0,
      repeated: 0,
      rejected: rejected.length,
      rejected_by: countsOf(rejected),
      late: {},
      commit_ms: 0,
    };
    const { clicks, named } = this.#count(records, seen, done);
    const { windows, late } = this.#counting.drain();
    const references = records.flatMap((r) => (r.kind === 'reference' ? [r.reference] : []));
    const started_ms = performance.now();
    const position = batch.position ?? { source: INTAKE, from: this.#intake, to: String(Number(this.#intake ?? 0) + 1) };
    await this.store.commit({
      position,
      clock: this.#clock,
      windows,
      clicks,
      seen: named,
      references,
      rejected,
      counts: late,
      sinks: [...this.settings.sinks],
    });
    if (position.source === INTAKE) this.#intake = position.to;
    this.#stale = false;
    Object.assign(done, { late, commit_ms: performance.now() - started_ms });
    this.events.counted?.(done);
    return done;
  }

  /** Counts what is new: `seen` is what was counted before, by the senders' ids. */
  #count(records: readonly ClickRecord[], seen: Set<string>, done: ClicksDone) {
    const clicks: JoinedClick[] = [];
    const named: { id: string; time_ms: number }[] = [];
    for (const record of records) {
      if (record.kind === 'reference') {
        this.#references.learn(record.reference);
        done.references++;
        continue;
      }
      const { id, time_ms } = record.kind === 'click' ? record.click : record.event;
      if (id !== null && seen.has(id)) {
        done.repeated++;
        continue;
      }
      if (id !== null) {
        seen.add(id);
        named.push({ id, time_ms });
      }
      if (record.kind === 'event') {
        this.#counting.countEvent(record.event);
        done.events++;
        continue;
      }
      const joined = this.#join(record.click, record.id);
      this.#see(joined);
      this.#counting.count(joined);
      clicks.push(joined);
      done.clicks++;
    }
    return { clicks, named };
  }

  /** Records of a live site that claim to be of tomorrow are refused. */
  #sorted({ records, rejected, live }: ClickBatch): { records: ClickRecord[]; rejected: Rejected[] } {
    if (!live) return { records, rejected };
    const latest_ms = this.wall() + AHEAD_MS_MAX;
    const refused: Rejected[] = [];
    const taken = records.filter((record) => {
      if (record.kind === 'reference') return true;
      const time_ms = record.kind === 'click' ? record.click.time_ms : record.event.time_ms;
      if (time_ms <= latest_ms) return true;
      const [source, position] = splitId(record.id);
      refused.push({ source, position, reason: 'future', detail: 'dated more than 24 hours ahead of this machine’s clock' });
      return false;
    });
    return { records: taken, rejected: [...rejected, ...refused] };
  }

  async #seen(records: readonly ClickRecord[]): Promise<Set<string>> {
    const ids = records
      .filter((r): r is Named => r.kind !== 'reference')
      .flatMap((r) => (r.kind === 'click' ? r.click.id : r.event.id) ?? []);
    const seen = new Set<string>();
    for (let i = 0; i < ids.length; i += STORE_KEYS_MAX)
      for (const id of await this.store.seen(ids.slice(i, i + STORE_KEYS_MAX))) seen.add(id);
    return seen;
  }

  async #load(records: readonly ClickRecord[]): Promise<void> {
    const keys: Record<ClickReferenceTable, ClickUser[]> = { users: [], codes: [] };
    for (const record of records) {
      if (record.kind === 'reference') keys[record.reference.table].push(record.reference.key);
      if (record.kind !== 'click') continue;
      const { user_id, status } = record.click;
      if (user_id !== null) keys.users.push(user_id);
      if (status !== null) keys.codes.push(status);
    }
    await this.#references.load('users', keys.users);
    await this.#references.load('codes', keys.codes);
  }

  #join(click: Parameters<typeof join>[0], id: string): JoinedClick {
    const { locate, describe } = this.settings;
    const user = this.#references.at('users', click.user_id, click.time_ms);
    const code = this.#references.at('codes', click.status, click.time_ms);
    return join(click, id, { user, code, locate, describe });
  }

  /** The clock goes on before the click is counted, so that what is too late does not depend on how clicks are batched. */
  #see({ time_ms, user_id, ip }: JoinedClick): void {
    const { now_ms, ahead } = this.#clock;
    if (now_ms !== null && time_ms <= now_ms) return;
    if (now_ms !== null && time_ms <= now_ms + JUMP_MS_MAX && ahead.length === 0) this.#clock.now_ms = time_ms;
    else this.#clock = see(this.#clock, numberOf(user_id ?? ip), time_ms);
    this.#counting.advance(this.#clock.now_ms!);
  }
}

/** A record's own id is source and place, as `<source>#<place>`. */
function splitId(id: string): [string, string] {
  const at = id.lastIndexOf('#');
  return at < 0 ? ['clicks', id] : [id.slice(0, at), id.slice(at + 1)];
}

/** A number for each visitor, good enough to tell three of them apart (FNV-1a). */
function numberOf(visitor: number | string | null): number {
  if (typeof visitor === 'number') return visitor;
  let hash = 0x811c9dc5;
  for (const letter of visitor ?? '') hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}

function countsOf(rejected: readonly Rejected[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of rejected) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

/** Moodle's activity in windows, each log row once. */
import {
  ACTIVITY_DAYS,
  ACTIVITY_GROUPS,
  type Activity,
  COURSE_SESSIONS,
  SEEN_PAGE_IDS,
  SESSIONS,
  type SeenPage,
  type WindowChanges,
} from '../domain.js';
import type { Store } from '../ports.js';
import type { Calendar } from '../windows/calendar.js';
import { count, defineTable, session, sum, tumbling } from '../windows/declaration.js';
import { WindowEngine } from '../windows/engine.js';

const DAY_MS = 86_400_000;
/** How far back windows stay in memory; what comes later merges with rows read back from the store. */
const GRACE_MS = DAY_MS;
/** The same for days, whose unit is the day: today, and a day that may have begun two midnights ago. */
const GRACE_DAYS = 2;
/** Pages of seen ids in memory: 4 MB, the latest 33 million log rows. Older ones are read when an old row comes. */
const SEEN_PAGES_MAX = 4_096;
/** The store's limit of keys in one question. */
const KEYS_PER_QUESTION = 500;

/** The windows of a user, of a user in a course, and the days of a user in a course. */
function declare(gap_ms: number) {
  const aggregates = [count()];
  return {
    sessions: defineTable({ table: SESSIONS, window: session(gap_ms), aggregates, grace: GRACE_MS, late: 'merge' }),
    courseSessions: defineTable({ table: COURSE_SESSIONS, window: session(gap_ms), aggregates, grace: GRACE_MS, late: 'merge' }),
    days: defineTable({
      table: ACTIVITY_DAYS,
      window: tumbling(1),
      aggregates: [count(), ...ACTIVITY_GROUPS.map((group) => sum(group))],
      grace: GRACE_DAYS,
      late: 'merge',
    }),
  };
}

export class Counting {
  readonly #sessions: WindowEngine;
  readonly #courseSessions: WindowEngine;
  readonly #days: WindowEngine;
  /** By page: ids known to be counted, and of those the ones that no commit has brought to the store yet. */
  readonly #seen = new Map<number, { bits: Uint8Array; fresh: Uint8Array | null }>();
  /** One activity's numbers for `activity_days`: 1 in the place of its group. */
  readonly #group = new Float64Array(ACTIVITY_GROUPS.length);

  constructor(
    private readonly store: Store,
    private readonly calendar: Calendar,
    gap_ms: number,
  ) {
    const tables = declare(gap_ms);
    this.#sessions = new WindowEngine(tables.sessions);
    this.#courseSessions = new WindowEngine(tables.courseSessions);
    this.#days = new WindowEngine(tables.days);
  }

  /** Takes in the windows that an event may still touch. */
  async open(now_ms: number | null): Promise<void> {
    if (now_ms === null) return;
    for (const engine of this.#engines) {
      const now = this.#timeOf(engine, now_ms);
      engine.resume(now, await this.store.heldWindows(engine.declaration.table, engine.heldFrom(now)));
    }
  }

  /** Begins at this time with nothing in memory: for a lane that reads what is stored of a user when it claims them (`loadHeld`). */
  openShared(now_ms: number | null): void {
    if (now_ms === null) return;
    for (const engine of this.#engines) engine.resume(this.#timeOf(engine, now_ms), []);
  }

  /** Takes in what is stored of these users and what an event may still touch. Since `now_ms` nothing was drained. */
  async loadHeld(user_ids: number[], now_ms: number | null): Promise<void> {
    for (const engine of this.#engines) {
      const from = now_ms === null ? Number.MIN_SAFE_INTEGER : engine.heldFrom(this.#timeOf(engine, now_ms));
      for (let i = 0; i < user_ids.length; i += KEYS_PER_QUESTION) {
        const users = user_ids.slice(i, i + KEYS_PER_QUESTION);
        engine.load(await this.store.heldWindows(engine.declaration.table, from, users));
      }
    }
  }

  /** Reads from the store what these activities need beside what is held: once before a batch, and again after a commit inside it. */
  async prepare(activities: Activity[]): Promise<void> {
    await this.#loadSeen(activities);
    const fresh = activities.filter((a) => !this.hasCounted(a.id));
    const inCourses = fresh.filter((a) => a.course_id !== null);
    await this.#loadNear(this.#sessions, fresh, (a) => ({ key: [a.user_id], time: a.time_ms }));
    await this.#loadNear(this.#courseSessions, inCourses, (a) => ({ key: [a.user_id, a.course_id!], time: a.time_ms }));
    await this.#loadNear(this.#days, inCourses, (a) => ({ key: [a.user_id, a.course_id!], time: this.calendar.day(a.time_ms) }));
  }

  /** Whether this log row was counted before, in whatever run. Its page must have been prepared. */
  hasCounted(id: number): boolean {
    const { page, byte, mask } = placeOf(id);
    return (this.#seen.get(page)!.bits[byte]! & mask) !== 0;
  }

  count({ id, user_id, course_id, time_ms, group }: Activity): void {
    const { page, byte, mask } = placeOf(id);
    const seen = this.#seen.get(page)!;
    seen.bits[byte]! |= mask;
    seen.fresh ??= new Uint8Array(SEEN_PAGE_IDS / 8);
    seen.fresh[byte]! |= mask;
    this.#sessions.add1(user_id, time_ms);
    if (course_id === null) return;
    this.#courseSessions.add2(user_id, course_id, time_ms);
    this.#group.fill(0);
    this.#group[ACTIVITY_GROUPS.indexOf(group)] = 1;
    this.#days.add2(user_id, course_id, this.calendar.day(time_ms), this.#group);
  }

  /** What changed since the last call, for the commit. What no activity inside grace can touch leaves memory. */
  drain(now_ms: number | null): { windows: WindowChanges[]; seen: SeenPage[] } {
    if (now_ms !== null) for (const engine of this.#engines) engine.advance(this.#timeOf(engine, now_ms));
    return { windows: this.#engines.map((engine) => engine.drain()), seen: this.#drainSeen() };
  }

  /** Windows in memory, of all tables. */
  get open_windows(): number {
    return this.#engines.reduce((sum, { size }) => sum + size, 0);
  }

  /** The newly counted ids alone: the store adds them to what it has, and refuses those that another lane has counted. */
  #drainSeen(): SeenPage[] {
    const pages: SeenPage[] = [];
    for (const [page, seen] of this.#seen) {
      if (seen.fresh === null) continue;
      pages.push({ page, bits: seen.fresh });
      seen.fresh = null;
    }
    return pages;
  }

  /** Least recently asked for pages go when there are too many; all of those were committed. */
  async #loadSeen(activities: Activity[]): Promise<void> {
    const pages = new Set(activities.map((a) => placeOf(a.id).page));
    for (const page of this.#seen.keys()) {
      if (this.#seen.size + pages.size <= SEEN_PAGES_MAX) break;
      if (!pages.has(page) && this.#seen.get(page)!.fresh === null) this.#seen.delete(page);
    }
    const missing = [...pages].filter((page) => !this.#seen.has(page));
    const stored = new Map((await this.store.seenPages(missing)).map(({ page, bits }) => [page, bits]));
    for (const page of missing)
      this.#seen.set(page, { bits: stored.get(page) ?? new Uint8Array(SEEN_PAGE_IDS / 8), fresh: null });
  }

  get #engines(): WindowEngine[] {
    return [this.#sessions, this.#courseSessions, this.#days];
  }

  /** A time in the unit of a table: the day for `activity_days`. */
  #timeOf(engine: WindowEngine, now_ms: number): number {
    return engine === this.#days ? this.calendar.day(now_ms) : now_ms;
  }

  async #loadNear(
    engine: WindowEngine,
    activities: Activity[],
    at: (a: Activity) => { key: number[]; time: number },
  ): Promise<void> {
    const ranges = activities.map(at).filter(({ time }) => engine.needsLoading(time)).map(({ key, time }) => engine.near(key, time)); // biome-ignore format: one chain
    for (let i = 0; i < ranges.length; i += KEYS_PER_QUESTION)
      engine.load(await this.store.windowsNear(engine.declaration.table, ranges.slice(i, i + KEYS_PER_QUESTION)));
  }
}

/** The bit of a log id: page, byte in it, and the bit as a mask. */
function placeOf(id: number): { page: number; byte: number; mask: number } {
  const page = Math.floor(id / SEEN_PAGE_IDS);
  const bit = id - page * SEEN_PAGE_IDS;
  return { page, byte: bit >> 3, mask: 1 << (bit & 7) };
}

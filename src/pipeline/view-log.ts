/**
 * Who was shown what about whom. Written before anything is shown: `record` resolves when the rows are kept, and rejects where they
 * cannot be, so that nothing about a person is seen unrecorded. Answers that come together share a commit.
 *
 *     const views = new ViewLog(store);
 *     await views.record(viewer, 'students/:userId', [{ user_id: 43, course_id: null }]);
 *     await views.of(43, { from_ms: 0, limit: 100 })  → [{ user_id: 43, viewer: 'Ann Lee', by_user_id: 7, what: 'students/:userId', … }], the latest first
 */
import type { Viewer } from '../access/viewer.js';
import { type PersonView, type Store, slotOf, type ViewsByOthers, viewKey } from '../ports.js';

/** People a commit may name; what is beyond it waits for the next. */
const ROWS_A_COMMIT = 10_000;
/** Rows that may wait. Beyond it the store is not keeping up, and further answers are refused. */
const WAITING_MAX = 200_000;
/** Views of this quarter of an hour that are known to be kept: about 30 MB at the most. */
const KNOWN_MAX = 200_000;
/** As the database's columns have them. */
const VIEWER_CHARACTERS = 190;
const WHAT_CHARACTERS = 120;

export interface Shown {
  user_id: number;
  course_id: number | null;
}

/** The record of views cannot be written just now, so nothing about a person may be shown. */
export class ViewsUnrecorded extends Error {
  override readonly name = 'ViewsUnrecorded';
}

interface Waiting {
  rows: PersonView[];
  keys: string[];
  kept: () => void;
  failed: (error: ViewsUnrecorded) => void;
}

export class ViewLog {
  #waiting: Waiting[] = [];
  #waiting_rows = 0;
  #known = new Set<string>();
  #known_slot = Number.NaN;
  #flushing = false;

  constructor(
    private readonly store: Pick<Store, 'commit' | 'personViews'>,
    private readonly now_ms: () => number = Date.now,
  ) {}

  async record(
    { name, kind, user_id: by_user_id }: Pick<Viewer, 'name' | 'kind' | 'user_id'>,
    what: string,
    shown: readonly Shown[],
  ): Promise<void> {
    const at_ms = this.#clock();
    const people = new Set(shown.map(({ user_id }) => user_id)).size;
    const new_ones = new Map<string, PersonView>();
    const viewer = name.slice(0, VIEWER_CHARACTERS);
    const said = { at_ms, viewer, by_user_id, kind, what: what.slice(0, WHAT_CHARACTERS), people };
    for (const { user_id, course_id } of shown) {
      const view = { user_id, course_id, ...said };
      const key = viewKey(view).join('|');
      if (!this.#known.has(key)) new_ones.set(key, view);
    }
    if (new_ones.size === 0) return;
    if (this.#waiting_rows + new_ones.size > WAITING_MAX) throw new ViewsUnrecorded('Too many views wait to be recorded.');
    const kept = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ rows: [...new_ones.values()], keys: [...new_ones.keys()], kept: resolve, failed: reject });
    });
    this.#waiting_rows += new_ones.size;
    if (!this.#flushing) void this.#flush();
    return kept;
  }

  /** The latest first; `from_ms` is inclusive. */
  of(
    user_id: number,
    { from_ms, limit, by_others }: { from_ms: number; limit: number; by_others?: ViewsByOthers },
  ): Promise<PersonView[]> {
    return this.store.personViews(user_id, from_ms, limit, by_others);
  }

  #clock(): number {
    const at_ms = this.now_ms();
    if (slotOf(at_ms) !== this.#known_slot) this.#known.clear();
    this.#known_slot = slotOf(at_ms);
    return at_ms;
  }

  async #flush(): Promise<void> {
    this.#flushing = true;
    while (this.#waiting.length > 0) {
      const now = this.#taken();
      try {
        await this.store.commit({ person_views: now.flatMap(({ rows }) => rows) });
        for (const { keys, kept } of now) {
          for (const key of keys) if (this.#known.size < KNOWN_MAX) this.#known.add(key);
          kept();
        }
      } catch (cause) {
        const why = new ViewsUnrecorded('The record of views could not be written.', { cause });
        for (const { failed } of now) failed(why);
      }
    }
    this.#flushing = false;
  }

  #taken(): Waiting[] {
    const taken: Waiting[] = [];
    for (let rows = 0; this.#waiting.length > 0 && rows < ROWS_A_COMMIT; ) {
      const next = this.#waiting.shift()!;
      rows += next.rows.length;
      taken.push(next);
    }
    this.#waiting_rows -= taken.reduce((sum, { rows }) => sum + rows.length, 0);
    return taken;
  }
}

/**
 * The list of erased people, and the one door for what is written about people: nothing about somebody on the list passes, whoever
 * writes it. The list holds keyed hashes, so it says of a number whether it is on it, and names nobody.
 *
 * Another process may erase somebody while this one works. Each commit therefore says by which version of the list it was made; the store
 * refuses one by an older version, and it is made again by the newer.
 */
import type { EnrolmentChange } from '../domain.js';
import type { Interpreted } from '../moodle/interpret.js';
import { type Commit, clockWithout, ErasedMeanwhile, type Erasure, type Store } from '../ports.js';

/** The keyed hash of a person. */
export type HashOf = (user_id: number) => string;

/** People whose place on the list is known: about 200 MB at the most. */
const KNOWN_MAX = 2_000_000;
/** A commit is made again this often while others erase. */
const ATTEMPTS_MAX = 20;
/** For counts: what was left out because its person is erased. */
const ERASED = 'erased';

export class Erased {
  #version = 0;
  #people: ReadonlySet<string> = new Set();
  #known = new Map<number, boolean>();
  #hash: HashOf | null = null;
  /** Told when the list has grown: what is held in memory of people is to be read again. */
  heard: () => void = () => undefined;

  /** `key` gives the hash, once it is needed; null for who only reads: they meet no rows of erased people, and write nothing. */
  constructor(
    private readonly store: Pick<Store, 'commit' | 'people'>,
    private readonly key: (() => Promise<HashOf>) | null,
  ) {}

  /** Grows with each erasure. */
  get version(): number {
    return this.#version;
  }

  /** Reads the list. */
  async load(): Promise<void> {
    if (this.key === null) return;
    const { version, people } = await this.store.people.erasedList();
    if (people.length > 0) this.#hash ??= await this.key();
    const grown = version > this.#version;
    this.#version = version;
    this.#people = new Set(people);
    this.#known.clear();
    if (grown) this.heard();
  }

  has(user_id: number): boolean {
    if (this.#people.size === 0) return false;
    const known = this.#known.get(user_id);
    if (known !== undefined) return known;
    const has = this.#people.has(this.#hash!(user_id));
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(user_id, has);
    return has;
  }

  /** What a captured row means here; nothing, where it is about somebody on the list. */
  spared(interpreted: Interpreted): Interpreted {
    if (this.#people.size === 0) return interpreted;
    const { activity, references } = interpreted;
    const left = references.flatMap((change) => this.#reference(change) ?? []);
    const gone = (activity !== null && this.has(activity.user_id)) || left.length < references.length;
    if (gone) return { activity: null, references: left, rejected: null, not_counted: ERASED };
    return { ...interpreted, references: left };
  }

  /** As `Store.commit`, without what is about somebody on the list. Gives what was committed. */
  async commit(commit: Commit): Promise<Commit> {
    if (this.key === null) {
      await this.store.commit(commit);
      return commit;
    }
    for (let attempt = 1; ; attempt++) {
      const made = this.#without(commit);
      try {
        await this.store.commit(made);
        return made;
      } catch (error) {
        if (!(error instanceof ErasedMeanwhile) || attempt === ATTEMPTS_MAX) throw error;
        await this.load();
        // A lane of ours may have claimed them after the erasure: that goes too. When they were erased stays as it was.
        for (const user_id of commit.lane?.user_ids.filter((id) => this.has(id)) ?? []) await this.erase(user_id, 0, []);
      }
    }
  }

  /** Removes all that is held about a person, and keeps them out from now on. */
  async erase(user_id: number, at_ms: number, sinks: readonly string[]): Promise<Erasure> {
    if (this.key === null) throw new Error('the store is open for reading');
    this.#hash ??= await this.key();
    const erasure = await this.store.people.erase({ user_id, person: this.#hash(user_id), at_ms, sinks });
    await this.load();
    return erasure;
  }

  #without(commit: Commit): Commit {
    const erased = this.#version;
    if (this.#people.size === 0) return { ...commit, erased };
    const others = <T extends { user_id: number }>(rows: T[] | undefined) => rows?.filter(({ user_id }) => !this.has(user_id));
    const alerts = others(commit.alerts);
    const gone = new Set((commit.alerts ?? []).flatMap((one) => (this.has(one.user_id) ? one.alert_id : [])));
    return {
      ...commit,
      erased,
      ...(commit.lane && { lane: { ...commit.lane, user_ids: commit.lane.user_ids.filter((id) => !this.has(id)) } }),
      ...(commit.clock && { clock: clockWithout(commit.clock, (id) => this.has(id)) }),
      windows: commit.windows?.map((changes) => ({
        ...changes,
        upserts: changes.upserts.filter(({ key }) => !this.has(key[0]!)),
      })),
      references: commit.references?.flatMap((change) => this.#reference(change) ?? []),
      scores: others(commit.scores),
      predictions: others(commit.predictions),
      shadow_scores: others(commit.shadow_scores),
      person_views: others(commit.person_views),
      alerts,
      alert_edits: commit.alert_edits?.filter(({ alert_id }) => !gone.has(alert_id)),
    };
  }

  /** null: nothing of it may be kept. */
  #reference(change: EnrolmentChange): EnrolmentChange | null {
    if (change.op === 'truncate') return change;
    const { user_id, table, row } = change.reference;
    if (user_id !== null && this.has(user_id)) return null;
    if (table === 'sis_tutors' && typeof row.tutor_id === 'number' && this.has(row.tutor_id)) return null;
    if (table !== 'enrolment_events' || typeof row.userid !== 'number' || !this.has(row.userid)) return change;
    return { ...change, reference: { ...change.reference, row: { ...row, userid: null } } };
  }
}

/** What a batch left out, with what was about erased people. */
export function ignoredOf(ignored: Record<string, number>, not_counted: Record<string, number>): Record<string, number> {
  const left_out = not_counted[ERASED] ?? 0;
  return left_out === 0 ? ignored : { ...ignored, [ERASED]: (ignored[ERASED] ?? 0) + left_out };
}

/** A store as far as those need who write about people beside the pipeline. */
export function spared(
  store: Pick<Store, 'references' | 'personViews'>,
  erased: Erased,
): Pick<Store, 'commit' | 'references' | 'personViews'> {
  return {
    commit: async (commit) => void (await erased.commit(commit)),
    references: (tables, filter) => store.references(tables, filter),
    personViews: (user_id, from_ms, limit, by_others) => store.personViews(user_id, from_ms, limit, by_others),
  };
}

export async function noKey(): Promise<HashOf> {
  throw new Error('somebody was erased from this store, and no key was given to know them by');
}

/**
 * Random commits over few keys, so that they meet: small users, courses, days and times. Made of atoms (one row each), which
 * can be committed one by one or many at once.
 */
import fc from 'fast-check';
import type { Alert, ReferenceRow, SeenPage } from '../../src/domain.js';
import { ACTIVITY_DAYS, COURSE_SESSIONS, REFERENCE_TABLES, SESSIONS } from '../../src/domain.js';
import type { Commit, Store } from '../../src/ports.js';
import { alert, cohort, DAY_MS, prediction, reference, rejected, score } from './store-samples.js';

const small = fc.integer({ min: -1, max: 3 });
/** Near the edges of days, and small numbers that the filters of `everythingIn` are about. */
const time = fc.oneof(
  small,
  fc.integer({ min: 0, max: 6 }).map((half) => (half * DAY_MS) / 2 - 1),
);
const version = fc.record({
  source_ms: fc.option(fc.integer({ min: 0, max: 3 })),
  coordinate: fc.option(fc.record({ log: fc.nat(1), offset: fc.nat(2), row: fc.nat(1) })),
});

const window = fc
  .tuple(fc.constantFrom(SESSIONS, COURSE_SESSIONS, ACTIVITY_DAYS), small, small, time, fc.nat(5), fc.nat(9), fc.boolean())
  .map(([table, user, course, at, length, value, remove]): Commit => {
    const key = table.key.length === 1 ? [user] : [user, course];
    const start = table === ACTIVITY_DAYS ? Math.floor(at / DAY_MS) : at;
    const end = table === ACTIVITY_DAYS ? start : start + length;
    const upserts = [{ key, start, end, values: table.values.map((_, index) => value + index) }];
    return { windows: [remove ? { table, deletes: [{ key, start }], upserts: [] } : { table, deletes: [], upserts }] };
  });

const table = fc.constantFrom('user', 'user', ...REFERENCE_TABLES);
const referenceChange = fc
  .tuple(
    table,
    small,
    fc.option(small),
    fc.option(small),
    fc.nat(9),
    version,
    fc.constantFrom('upsert', 'upsert', 'delete', 'key-only', 'truncate'),
  )
  .map(([table, id, user_id, parent_id, value, dated, op]): Commit => {
    if (op === 'truncate') return { references: [{ op, table, ...dated }] };
    const row: ReferenceRow['row'] = op === 'key-only' ? {} : { value, text: `“${value}”`, none: null };
    const changed = reference({ table, id, user_id, parent_id, row, ...dated });
    return { references: [{ op: op === 'upsert' ? 'upsert' : 'delete', reference: changed }] };
  });

const scored = fc
  .tuple(small, small, small, fc.nat(4), fc.constantFrom('score', 'prediction', 'none'))
  .map(([user_id, course_id, as_of_ms, quarter, kind]): Commit => {
    const made = score({ user_id, course_id, as_of_ms, score: quarter / 4, early_score: quarter === 1 ? 0.125 : null });
    if (kind === 'score') return { scores: [made] };
    const word = { user_id, course_id, as_of_ms };
    if (kind === 'none')
      return { predictions: [prediction({ ...word, score: null, not_scored: 'not-active', last_active_ms: null })] };
    return { predictions: [prediction({ ...word, score: made })] };
  });

const other = fc
  .tuple(small, small, fc.nat(9), fc.constantFrom('seen', 'clock', 'cohort', 'rejected', 'ignored'))
  .map(([a, b, value, kind]): Commit => {
    if (kind === 'seen') return { seen: [{ page: Math.abs(a), bits: new Uint8Array(1024).fill(value) }] };
    if (kind === 'clock') {
      return {
        clock: { kind: 'event', now_ms: value, last_tick_ms: null, snapshot: value > 5, ahead: [{ user_id: a, time_ms: b }] },
      };
    }
    if (kind === 'cohort') return { cohorts: [cohort(a, b, `v${value}`)] };
    if (kind === 'ignored') return { ignored: { tombstone: value, [`table ${a}`]: 1 } };
    const reason = value > 5 ? 'not-json' : 'bad-value';
    return { rejected: [rejected({ source: `s${a}`, position: `line ${b}`, reason, detail: `${value}` })] };
  });

/** An alert's revision depends on what is stored, so it is said here only which alert is touched, and how. */
export interface AlertTouch {
  alert: Partial<Alert> & { alert_id: string };
}
const touch = fc
  .tuple(fc.constantFrom('a1', 'a2', 'ä3'), small, small, fc.constantFrom<Alert['state']>('open', 'acknowledged', 'resolved'))
  .map(([alert_id, user_id, opened_ms, state]): AlertTouch => ({ alert: { alert_id, user_id, opened_ms, state } }));

export type Atom = Commit | AlertTouch;
export const atoms: fc.Arbitrary<Atom[]> = fc.array(
  fc.oneof(window, window, referenceChange, referenceChange, scored, other, touch),
  {
    maxLength: 40,
  },
);

/** Atoms as one commit, with the alerts' revisions and the newly counted ids as the store needs them. */
export async function commitOf(store: Store, list: Atom[]): Promise<Commit> {
  const commit: Required<Pick<Commit, 'alerts'>> & Commit = { alerts: [] };
  const revisions = new Map<string, number>();
  const counted = new Map<number, Uint8Array>();
  for (const atom of list) {
    if (!('alert' in atom)) {
      join(commit, { ...atom, ...(atom.seen && { seen: await newly(store, atom.seen, counted) }) });
      continue;
    }
    const { alert_id } = atom.alert;
    const revision = (revisions.get(alert_id) ?? (await store.alert(alert_id))?.revision ?? 0) + 1;
    revisions.set(alert_id, revision);
    commit.alerts.push(alert({ ...atom.alert, revision }));
  }
  return commit;
}

/** Of these ids those that are neither stored nor counted earlier in the same commit. */
async function newly(store: Store, pages: SeenPage[], counted: Map<number, Uint8Array>): Promise<SeenPage[]> {
  const fresh: SeenPage[] = [];
  for (const { page, bits } of pages) {
    const known = counted.get(page) ?? (await store.seenPages([page]))[0]?.bits ?? new Uint8Array(bits.length);
    counted.set(
      page,
      known.map((byte, index) => byte | bits[index]!),
    );
    fresh.push({ page, bits: bits.map((byte, index) => byte & ~known[index]!) });
  }
  return fresh;
}

function join(commit: Commit, atom: Commit): void {
  for (const part of ['windows', 'references', 'scores', 'predictions', 'seen', 'cohorts', 'rejected'] as const) {
    if (atom[part]) Object.assign(commit, { [part]: [...(commit[part] ?? []), ...atom[part]] });
  }
  if (atom.clock) commit.clock = atom.clock;
  for (const [name, count] of Object.entries(atom.ignored ?? {})) {
    commit.ignored = { ...commit.ignored, [name]: (commit.ignored?.[name] ?? 0) + count };
  }
}

/** Hears of everything that `commitInGroups` commits. */
export const SINK = 'elasticsearch';

/** Commits the atoms in groups of the given sizes, in turn; `between` runs before each commit and may hand over a reopened store. */
export async function commitInGroups(
  store: Store,
  list: Atom[],
  sizes: number[],
  between: (store: Store) => Promise<Store> = async (same) => same,
): Promise<Store> {
  let current = store;
  for (let done = 0, turn = 0; done < list.length; turn += 1) {
    const size = sizes[turn % sizes.length]!;
    current = await between(current);
    const from = await current.position('file:a');
    const commit = await commitOf(current, list.slice(done, done + size));
    done += size;
    await current.commit({
      ...commit,
      sinks: [SINK],
      position: { source: 'file:a', from, to: `line ${Math.min(done, list.length)}` },
    });
  }
  return current;
}

/**
 * Random commits of clicks over few keys, so that they meet. Made of atoms (one row each), which can be committed one by one or
 * many at once; between commits old rows may be let go.
 */
import fc from 'fast-check';
import type { ClickCommit, ClickKey, ClickStore } from '../../src/click-ports.js';
import { changes, click, KEYS, rejected, T0, THINGS, TOTALS, user } from './click-store-samples.js';

export const ASKED = { sources: ['file'], ids: ['a', 'A', 'a ', 'é', '😀'], users: [7, '7', 'Ann', 'ann', 'ann ', 0.5] };
/** Hears of everything that `commitInGroups` commits. */
export const SINK = 'kafka';

const time = fc.nat(6).map((ms) => T0 + ms);
const id = fc.constantFrom(...ASKED.ids);
const key: fc.Arbitrary<ClickKey[]> = fc.constantFrom(...KEYS, [7, 'x'], ['7', 'x'], ['ann', 'x'], ['ann ', 'x']);
/** JSON knows no −0, and nobody counts one. */
const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true })).map((n) => n + 0);

const window = fc
  .tuple(key, time, fc.nat(5), fc.tuple(value, value), fc.constantFrom('upsert', 'upsert', 'delete'), fc.boolean())
  .map(([some, start, length, values, op, total]): ClickCommit => {
    const table = total ? TOTALS : THINGS;
    const row = { key: total ? [] : some, start: total ? 0 : start, end: total ? 0 : start + length, values };
    return { windows: [op === 'delete' ? { table, deletes: [row], upserts: [] } : { ...changes(table), upserts: [row] }] };
  });
const clicked = fc
  .tuple(time, id, fc.nat(3), fc.option(fc.string({ maxLength: 5 })))
  .map(([time_ms, name, n, text]): ClickCommit => {
    const row = click(time_ms, name, { bytes: n, referrer: text, bot: n > 1, extra: n > 2 ? { n, text } : {} });
    return { clicks: [row], seen: n > 0 ? [{ id: name, time_ms }] : [] };
  });
const other = fc
  .tuple(fc.constantFrom('reference', 'rejected', 'counts', 'clock'), time, fc.nat(4), fc.constantFrom(...ASKED.users))
  .map(([kind, time_ms, n, person]): ClickCommit => {
    if (kind === 'reference') return { references: [user(person, time_ms, `city ${n}`)] };
    if (kind === 'rejected')
      return { rejected: [rejected(`line ${n}`, { source: n > 2 ? 'udp' : 'http', detail: `${time_ms}` })] };
    if (kind === 'clock') return { clock: { now_ms: time_ms, ahead: n > 2 ? [{ user_id: n, time_ms }] : [] } };
    return { counts: { late: n + 1, [`late ${String(person)}`]: 1 } };
  });

export type Atom = ClickCommit | { retain_ms: number };
export const atoms: fc.Arbitrary<Atom[]> = fc.array(
  fc.oneof(
    { arbitrary: window, weight: 4 },
    { arbitrary: clicked, weight: 3 },
    { arbitrary: other, weight: 3 },
    { arbitrary: time.map((retain_ms) => ({ retain_ms })), weight: 1 },
  ),
  { maxLength: 40 },
);

/** Commits the atoms in groups of the given sizes, in turn; `between` runs after each commit and may hand over a reopened store. Gives how many rows were let go, each time. */
export async function commitInGroups(
  store: ClickStore,
  list: Atom[],
  sizes: number[],
  between: (store: ClickStore) => Promise<ClickStore> = async (same) => same,
): Promise<{ store: ClickStore; gone: number[] }> {
  const gone: number[] = [];
  let current = store;
  let waiting: ClickCommit[] = [];
  let turn = 0;
  let done = 0;
  const flush = async () => {
    if (waiting.length === 0) return;
    const from = await current.position('file');
    await current.commit({ ...joined(waiting), sinks: [SINK], position: { source: 'file', from, to: String(done) } });
    waiting = [];
    turn += 1;
    current = await between(current);
  };
  for (const atom of list) {
    if ('retain_ms' in atom) {
      await flush();
      gone.push(await current.retain(atom.retain_ms));
      continue;
    }
    done += 1;
    if (waiting.push(atom) >= sizes[turn % sizes.length]!) await flush();
  }
  await flush();
  return { store: current, gone };
}

function joined(commits: ClickCommit[]): ClickCommit {
  const counts: Record<string, number> = {};
  for (const commit of commits)
    for (const [name, count] of Object.entries(commit.counts ?? {})) counts[name] = (counts[name] ?? 0) + count;
  return {
    windows: commits.flatMap(({ windows = [] }) => windows),
    clicks: commits.flatMap(({ clicks = [] }) => clicks),
    seen: commits.flatMap(({ seen = [] }) => seen),
    references: commits.flatMap(({ references = [] }) => references),
    rejected: commits.flatMap((commit) => commit.rejected ?? []),
    counts,
    clock: commits.findLast(({ clock }) => clock)?.clock,
  };
}

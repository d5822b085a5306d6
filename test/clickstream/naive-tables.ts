/**
 * The click tables as anybody would compute them with all clicks at hand: group, sort, fold, plain objects. A second reading of the
 * demos' SQL; it shares nothing with the declarations or the engine.
 */
import type { JoinedClick } from '../../src/click-ports.js';

type Cell = number | string;
export type NaiveRow = Record<string, Cell>;
type Naive = (clicks: readonly JoinedClick[]) => NaiveRow[];

interface Group {
  key: Record<string, Cell>;
  clicks: JoinedClick[];
}

/** GROUP BY: a null in any column leaves the click out. */
function grouped(clicks: readonly JoinedClick[], key: (c: JoinedClick) => Record<string, Cell | null>): Group[] {
  const groups = new Map<string, Group>();
  for (const click of clicks) {
    const k = key(click);
    if (Object.values(k).includes(null)) continue;
    const name = JSON.stringify(k);
    if (!groups.has(name)) groups.set(name, { key: k as Record<string, Cell>, clicks: [] });
    groups.get(name)!.clicks.push(click);
  }
  return [...groups.values()];
}

/** Windows [start, start + size) with start a multiple of advance, that have a click in them. */
function fixed(groups: Group[], size: number, advance: number, values: (clicks: JoinedClick[]) => NaiveRow): NaiveRow[] {
  return groups.flatMap(({ key, clicks }) => {
    const starts = new Set<number>();
    for (const { time_ms } of clicks)
      for (let start = Math.floor(time_ms / advance) * advance; start > time_ms - size; start -= advance) starts.add(start);
    return [...starts].map((start) => ({
      ...key,
      window_start_ms: start,
      window_end_ms: start + size,
      ...values(clicks.filter(({ time_ms }) => start <= time_ms && time_ms < start + size)),
    }));
  });
}

/** Clicks at most `gap` apart are one session. */
function sessions(groups: Group[], gap: number, values: (clicks: JoinedClick[]) => NaiveRow): NaiveRow[] {
  return groups.flatMap(({ key, clicks }) => {
    const runs: JoinedClick[][] = [];
    for (const click of [...clicks].sort((a, b) => a.time_ms - b.time_ms)) {
      const run = runs.at(-1);
      if (run && click.time_ms - run.at(-1)!.time_ms <= gap) run.push(click);
      else runs.push([click]);
    }
    return runs.map((run) => ({
      ...key,
      window_start_ms: run[0]!.time_ms,
      window_end_ms: run.at(-1)!.time_ms,
      ...values(run),
    }));
  });
}

const counted = (name: string) => (clicks: JoinedClick[]) => ({ [name]: clicks.length });
const kbytes = (clicks: JoinedClick[]) => ({ kbytes: clicks.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0) / 1024 });
const user = (c: JoinedClick) => ({ userid: c.user_id });
const name = (c: JoinedClick) => ({ username: c.username });
const errors = (clicks: readonly JoinedClick[]) => clicks.filter(({ status }) => status !== null && status > 400);
const pages = (clicks: readonly JoinedClick[]) => clicks.filter(({ request }) => (request ?? '').includes('html'));
const perMinute: Naive = (clicks) => fixed(grouped(clicks, user), 60_000, 60_000, counted('events'));

export const NAIVE: Record<string, Naive> = {
  events_per_min: perMinute,
  events_per_min_max_avg: (clicks) =>
    perMinute(clicks).map(({ userid, window_start_ms, events }) => ({
      userid: userid!,
      window_start_ms: window_start_ms!,
      window_end_ms: (window_start_ms as number) + 10_000,
      min: events!,
      max: events!,
      avg: events!,
    })),
  pages_per_min: (clicks) => fixed(grouped(pages(clicks), user), 60_000, 5_000, counted('pages')),
  click_user_sessions: (clicks) => sessions(grouped(clicks, name), 30_000, counted('events')),
  errors_per_min: (clicks) => fixed(grouped(errors(clicks), (c) => ({ status: c.status })), 60_000, 5_000, counted('errors')),
  errors_per_min_alert: (clicks) =>
    fixed(grouped(errors(clicks), (c) => ({ status: c.status })), 60_000, 20_000, counted('errors')).filter((r) => (r.errors as number) > 5),
  enriched_error_codes_count: (clicks) =>
    fixed(grouped(clicks, (c) => ({ code: c.status, definition: c.definition })), 30_000, 30_000, counted('count')).filter((r) => (r.count as number) > 1),
  user_ip_activity: (clicks) =>
    fixed(grouped(clicks, (c) => ({ username: c.username, ip: c.ip, city: c.city })), 60_000, 60_000, counted('count')).filter((r) => (r.count as number) > 1),
  per_user_kbytes: (clicks) => sessions(grouped(clicks, name), 300_000, kbytes),
  malicious_user_sessions: (clicks) =>
    sessions(grouped(clicks, (c) => ({ username: c.username, ip: c.ip })), 300_000, kbytes).filter((r) => (r.kbytes as number) > 50),
  platinum_errors_per_5_min: (clicks) =>
    fixed(grouped(errors(pages(clicks)).filter(({ level }) => level === 'Platinum'), user), 300_000, 300_000, counted('errors')),
  visitors_per_min: (clicks) =>
    fixed(grouped(clicks, () => ({})), 60_000, 60_000, (inside) => ({
      hits: inside.length,
      visitors: new Set(inside.map((c) => c.ip ?? c.user_id).filter((visitor) => visitor !== null)).size,
      ...kbytes(inside),
    })),
}; // biome-ignore format: a table a line

/** Rows in the order of these columns: numbers before texts. */
export function inOrder(rows: readonly NaiveRow[], key: readonly string[]): NaiveRow[] {
  const compare = (a: Cell, b: Cell) => (typeof a === typeof b ? (a < b ? -1 : a > b ? 1 : 0) : typeof a === 'number' ? -1 : 1);
  return [...rows].sort((a, b) => key.reduce((order, column) => order || compare(a[column]!, b[column]!), 0));
}

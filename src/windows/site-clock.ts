/** One clock for a site that several lanes count, from the clocks of the lanes. */
import type { Clock } from '../domain.js';

/** A lane that has heard nothing for this long holds nobody up. */
export const IDLE_MS = 60_000;
/** A lane this close behind the machine's clock is following, not catching up. */
const LAG_MS_MAX = 60_000;

export interface LaneClock {
  clock: Clock;
  /** When its latest batch was committed. */
  heard_ms: number;
}

/**
 * `site` is what the schedule left: kind and latest tick. `now_ms` is the greatest that any lane has reached, and `reached_ms` what
 * all have: the least of those that are not idle. When all are idle, or follow a live site closely, that is the present.
 *
 * | lanes (now, heard)                      | kind  | wall  | now   | reached |
 * | --------------------------------------- | ----- | ----- | ----- | ------- |
 * | 10:00 just now, 12:00 just now          | any   | 18:00 | 12:00 | 10:00   |
 * | 10:00 two minutes ago, 12:00 just now   | any   | 18:00 | 12:00 | 12:00   |
 * | both two minutes ago                    | event | 18:00 | 12:00 | 12:00   |
 * | both two minutes ago                    | wall  | 18:00 | 12:00 | 18:00   |
 */
export function siteClock(site: Clock, lanes: readonly LaneClock[], wall_ms: number): { site: Clock; reached_ms: number | null } {
  const counted = lanes.filter(({ clock }) => clock.now_ms !== null);
  const heard = lanes.filter(({ heard_ms }) => wall_ms - heard_ms < IDLE_MS);
  const snapshot = heard.some(({ clock }) => clock.snapshot);
  if (counted.length === 0) return { site: { ...site, snapshot }, reached_ms: null };
  const now_ms = greatest(counted);
  const behind = heard.filter(({ clock }) => clock.now_ms !== null);
  const least_ms = behind.reduce((least, { clock }) => Math.min(least, clock.now_ms!), Infinity);
  const follows = behind.length === 0 || least_ms >= wall_ms - LAG_MS_MAX;
  const reached_ms = follows ? (site.kind === 'wall' ? wall_ms : now_ms) : least_ms;
  return { site: { ...site, now_ms, snapshot }, reached_ms };
}

function greatest(lanes: readonly LaneClock[]): number {
  return lanes.reduce((most, { clock }) => Math.max(most, clock.now_ms!), -Infinity);
}

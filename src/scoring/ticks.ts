/**
 * When the schedule fires. Patterns are read on the wall clock of the site's zone, and a fixed time of day fires once on every
 * day of that calendar: a time that the clocks jump over fires at the first instant after the jump, a time that comes twice
 * fires the first time. Worked example, `30 2 * * *` in Europe/Berlin:
 *
 *     2026-03-29 (02:00 → 03:00)   fires at 03:00 = 01:00Z
 *     2026-10-25 (03:00 → 02:00)   fires at the first 02:30 = 00:30Z
 */
import { Cron } from 'croner';

/** Beyond that many ticks at once the caller works in pieces: ten years of days. */
export const TICKS_MAX = 4_000;

/** Schedules remembered; a service has one, tests have some. */
const SCHEDULES_MAX = 32;

class Schedule {
  private readonly cron: Cron;
  /** The latest question's answer: no tick lies in (from_ms, to_ms), both are ticks. */
  private from_ms = Infinity;
  private to_ms = -Infinity;

  constructor(
    private readonly pattern: string,
    private readonly zone: string,
  ) {
    try {
      this.cron = new Cron(pattern, { timezone: zone, paused: true, fixedTimeRule: 'no-wildcard' });
    } catch (error) {
      throw new Error(`The schedule "${pattern}" cannot be read: ${String(error)}. Daily at 03:00 is "0 3 * * *".`);
    }
  }

  /** The tick at or before, and the tick after. */
  around(at_ms: number): { latest_ms: number; next_ms: number } {
    if (!(at_ms >= this.from_ms && at_ms < this.to_ms)) {
      // A run at the asked instant itself counts as the latest, so the look back starts just after it.
      this.from_ms = this.must(this.cron.previousRuns(1, new Date(at_ms + 1))[0]);
      this.to_ms = this.must(this.cron.nextRun(new Date(at_ms)));
    }
    return { latest_ms: this.from_ms, next_ms: this.to_ms };
  }

  private must(run: Date | null | undefined): number {
    if (!run) throw new Error(`The schedule "${this.pattern}" in ${this.zone} never fires. Daily at 03:00 is "0 3 * * *".`);
    return run.getTime();
  }
}

const schedules = new Map<string, Schedule>();

function scheduleOf(cron: string, zone: string): Schedule {
  const key = `${cron}|${zone}`;
  const known = schedules.get(key);
  if (known) return known;
  if (schedules.size >= SCHEDULES_MAX) schedules.clear();
  const made = new Schedule(cron, zone);
  schedules.set(key, made);
  return made;
}

/** The first tick after `after_ms`, exclusive. Throws with a hint for a pattern or zone that cannot be read. */
export function nextTick(cron: string, zone: string, after_ms: number): number {
  return scheduleOf(cron, zone).around(after_ms).next_ms;
}

/** The last tick at or before `at_ms`. */
export function latestTick(cron: string, zone: string, at_ms: number): number {
  return scheduleOf(cron, zone).around(at_ms).latest_ms;
}

/** Ticks in (from_ms, to_ms], ascending, the first TICKS_MAX of them. */
export function ticksBetween(cron: string, zone: string, from_ms: number, to_ms: number): number[] {
  const schedule = scheduleOf(cron, zone);
  const ticks: number[] = [];
  let { next_ms } = schedule.around(from_ms);
  while (next_ms <= to_ms && ticks.length < TICKS_MAX) {
    ticks.push(next_ms);
    next_ms = schedule.around(next_ms).next_ms;
  }
  return ticks;
}

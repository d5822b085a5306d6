/** When nobody wants to hear of it: what falls into such hours waits for their end. */

export interface QuietHours {
  /** Minutes of the day, from inclusive, to exclusive; from > to goes over midnight; equal = no hours of the day. */
  from_min: number;
  to_min: number;
  /** 0 = Sunday. Quiet from midnight to midnight. */
  days: readonly number[];
}

const MINUTE_MS = 60_000;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const zones = new Map<string, Intl.DateTimeFormat>();

export function isQuiet(at_ms: number, time_zone: string, { from_min, to_min, days }: QuietHours): boolean {
  const { day, minute } = localOf(at_ms, time_zone);
  if (days.includes(day)) return true;
  return from_min <= to_min ? minute >= from_min && minute < to_min : minute >= from_min || minute < to_min;
}

/** A week has every hour of every day; a day more for a clock that is changed. */
const WEEK_MIN = 8 * 24 * 60;

/** The first minute from `at_ms` on that is not quiet; null = there is none. */
export function quietUntil(at_ms: number, time_zone: string, quiet: QuietHours): number | null {
  for (let minute = 0; minute < WEEK_MIN; minute++) {
    const then_ms = at_ms + minute * MINUTE_MS;
    if (!isQuiet(then_ms, time_zone, quiet)) return then_ms;
  }
  return null;
}

function localOf(at_ms: number, time_zone: string): { day: number; minute: number } {
  const format =
    zones.get(time_zone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: time_zone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  zones.set(time_zone, format);
  const parts = Object.fromEntries(format.formatToParts(at_ms).map(({ type, value }) => [type, value]));
  return { day: DAYS.indexOf(parts.weekday!.toLowerCase()), minute: Number(parts.hour) * 60 + Number(parts.minute) };
}

/** Numbers, percentages, days: by the reader's language and the site's zone. */
import { LOCALE, TEXTS } from './texts.js';

const DAY_MS = 86_400_000;
const whole = new Intl.NumberFormat(LOCALE);
const percentage = new Intl.NumberFormat(LOCALE, { style: 'percent' });
const tenths = new Intl.NumberFormat(LOCALE, { style: 'percent', minimumFractionDigits: 1 });

let zone = 'UTC';
export function useZone(time_zone) {
  zone = time_zone;
}

export const number = (n) => whole.format(n);
/** As many decimals as asked for, no fewer. */
export const decimal = (n, digits) =>
  new Intl.NumberFormat(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n);
export const percent = (share) => percentage.format(share);

export function bandOf(score, threshold) {
  if (score < 0.4) return 'low';
  if (score <= threshold) return 'raised';
  return score <= 0.85 ? 'high' : 'very high';
}

/**
 * A score in words that never contradict its band (null: it has none), and never 0% or 100%.
 *
 *   0.912 → 91%   0.704 → 70.4% (70% would be raised)   0.70001 → over 70%   0.003 → under 1%   0.998 → over 99%
 */
export function scoreText(score, band, threshold) {
  if (score < 0.01) return TEXTS.under(percent(0.01));
  if (score > 0.99) return TEXTS.over(percent(0.99));
  const rounded = Math.round(score * 100) / 100;
  if (band === null || bandOf(rounded, threshold) === band) return percent(rounded);
  const finer = Math.round(score * 1000) / 1000;
  if (bandOf(finer, threshold) === band) return tenths.format(finer);
  return score > rounded ? TEXTS.over(percent(rounded)) : TEXTS.under(percent(rounded));
}

const formats = new Map();
function dateFormat(options) {
  const key = `${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(LOCALE, { timeZone: zone, ...options }));
  return formats.get(key);
}

/** 2025-11-18 on the site's calendar. */
export function dayOf(ms) {
  const parts = dateFormat({
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(ms);
  const part = (type) => parts.find((p) => p.type === type).value;
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** A day and a half: no zone is further from UTC. */
const REACH_MINUTES = 36 * 60;

/** The first minute of a day `2025-11-18`, or of the one `later` days after it, on the site's calendar; null for what is no day. Days of 23 and 25 hours too. */
export function startOfDay(day, later = 0) {
  const number = dayNumber(day) + later;
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || Number.isNaN(number)) return null;
  const wanted = new Date(number * DAY_MS).toISOString().slice(0, 10);
  const at = (minutes) => number * DAY_MS + minutes * 60_000;
  let [before, from] = [-REACH_MINUTES, REACH_MINUTES];
  while (from - before > 1) {
    const middle = (before + from) >> 1;
    if (dayOf(at(middle)) < wanted) before = middle;
    else from = middle;
  }
  return at(from);
}

const dayNumber = (day) => Date.parse(`${day}T00:00:00Z`) / DAY_MS;

export function daysBetween(from_ms, to_ms) {
  return dayNumber(dayOf(to_ms)) - dayNumber(dayOf(from_ms));
}

/** The days up to and with `last`, oldest first: `['2025-11-17', '2025-11-18']`. */
export function daysUntil(last, how_many) {
  const end = dayNumber(last);
  return Array.from({ length: how_many }, (_, i) => new Date((end - how_many + 1 + i) * DAY_MS).toISOString().slice(0, 10));
}

export const clock = (ms) => dateFormat({ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms);
export const clockSeconds = (ms) =>
  new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(ms);
export const shortDate = (ms) => dateFormat({ weekday: 'short', day: 'numeric', month: 'short' }).format(ms);
export const dateTime = (ms) => `${dateFormat({ day: 'numeric', month: 'short', year: 'numeric' }).format(ms)}, ${clock(ms)}`;
/** A day of the calendar, `2025-11-18` or its number since 1970, as people write it: it belongs to no zone any more. */
export function dayText(day) {
  const at = typeof day === 'number' ? day : dayNumber(day);
  return new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', day: 'numeric', month: 'short' }).format(at * DAY_MS);
}

/** The day of an ISO time, `2025-11-18T00:00:00Z`, with its year. */
export const shortDay = (iso) =>
  new Intl.DateTimeFormat(LOCALE, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' }).format(Date.parse(iso));

/** `today, 03:00`, `yesterday, 03:00`, else date and time. */
export function recently(ms, now_ms) {
  const ago = daysBetween(ms, now_ms);
  const words = new Intl.RelativeTimeFormat(LOCALE, { numeric: 'auto' });
  return Math.abs(ago) <= 1 ? `${words.format(-ago, 'day')}, ${clock(ms)}` : dateTime(ms);
}

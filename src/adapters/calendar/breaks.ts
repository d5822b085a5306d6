/**
 * Teaching breaks from a file: an iCalendar (.ics), as calendars export it, or CSV with the columns from, to, name and, where a break
 * is about one course only, course (its id or short name). Days are dates as they are written; `to` is the last day of the break.
 *
 *     from,to,name,course
 *     2026-12-21,2027-01-03,Winter break,
 *     2026-10-05,,Excursion,GEO101
 */
import { readFile, stat } from 'node:fs/promises';
import ICAL from 'ical.js';
import type { TeachingBreak } from '../../domain.js';

const DAY_MS = 86_400_000;
const DAYS_OF_YEAR_MAX = 366;
/** A calendar of a university's breaks has some dozens. */
const BREAKS_MAX = 5_000;
const BYTES_MAX = 5_000_000;
/** Nobody stops teaching for longer; most such are a wrong year. */
const BREAK_DAYS_MAX = 400;
/** Of an event that repeats: a holiday's next fifty. */
const REPEATS_MAX = 50;
/** Every hundredth day, week or month. */
const INTERVAL_MAX = 100;
/** Of a break, both inclusive. The library remembers the weekday of every date that it met. */
const YEARS = { first: 1970, last: 2100 };

/** In the order of the file. Throws, naming file and place, with what to do. */
export async function readBreaks(path: string): Promise<TeachingBreak[]> {
  const found = await stat(path).catch(() => null);
  if (!found?.isFile()) throw fault(path, 'cannot be read: no such file');
  if (found.size > BYTES_MAX)
    throw fault(path, `is larger than ${BYTES_MAX / 1_000_000} MB. Give a calendar of the teaching breaks alone`);
  return parseBreaks(path, await readFile(path, 'utf8'));
}

/** The same of a text; `path` is for the message. */
export function parseBreaks(path: string, content: string): TeachingBreak[] {
  const text = content.replace(/^\uFEFF/, '');
  const breaks = /^\s*BEGIN:VCALENDAR/i.test(text) ? ofCalendar(path, text) : ofCsv(path, text);
  if (breaks.length > BREAKS_MAX) throw fault(path, `has more than ${BREAKS_MAX} breaks`);
  for (const { from_day, to_day, name } of breaks) {
    if (to_day < from_day) throw fault(path, `"${name}" ends before it begins`);
    if (to_day - from_day >= BREAK_DAYS_MAX) throw fault(path, `"${name}" is longer than ${BREAK_DAYS_MAX} days`);
  }
  return breaks;
}

/** The file is none of breaks; the message says where, and what to do. */
class BreaksFault extends Error {}

const fault = (path: string, what: string) => new BreaksFault(`HOLDFAST_CALENDAR: ${path} ${what}.`);

function ofCalendar(path: string, text: string): TeachingBreak[] {
  let events: ICAL.Event[];
  try {
    const calendar = new ICAL.Component(ICAL.parse(text));
    events = calendar.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));
  } catch (error) {
    throw fault(path, `is no iCalendar: ${error instanceof Error ? error.message : error}`);
  }
  return events.flatMap((event) => {
    try {
      return ofEvent(path, event);
    } catch (error) {
      // The library reads a value when it is asked for.
      if (error instanceof BreaksFault) throw error;
      throw fault(path, `"${nameOf(event)}" cannot be read: ${error instanceof Error ? error.message : error}`);
    }
  });
}

/** For the reader alone: a name that cannot be read, or is a date, does not refuse the break. */
function nameOf(event: ICAL.Event): string {
  try {
    const name: unknown = event.summary;
    return typeof name === 'string' && name !== '' ? name : 'break';
  } catch {
    return 'break';
  }
}

function ofEvent(path: string, event: ICAL.Event): TeachingBreak[] {
  const name = nameOf(event);
  if (!event.startDate) throw fault(path, `"${name}" has no begin`);
  if (event.startDate.year < YEARS.first || event.startDate.year > YEARS.last)
    throw fault(path, `"${name}" begins in the year ${event.startDate.year}`);
  if (isEndless(event.component.getFirstPropertyValue('duration')))
    throw fault(path, `"${name}" is longer than ${BREAK_DAYS_MAX} days`);
  const from_day = dayOf(event.startDate);
  // An end is exclusive; a whole day's is the day after.
  const last =
    event.endDate.isDate || (event.endDate.hour === 0 && event.endDate.minute === 0)
      ? dayOf(event.endDate) - 1
      : dayOf(event.endDate);
  const length = Math.max(0, last - from_day);
  if (!event.isRecurring()) return [{ from_day, to_day: from_day + length, name, course: null }];
  if (event.component.getAllProperties('rrule').some((rule) => mayNotEnd(rule.getFirstValue() as ICAL.Recur)))
    throw fault(path, `"${name}" repeats by a rule that is not read here. Write its days one by one`);
  const breaks: TeachingBreak[] = [];
  const days = event.iterator();
  for (let start = days.next(); start && start.year <= YEARS.last && breaks.length < REPEATS_MAX; start = days.next())
    breaks.push({ from_day: dayOf(start), to_day: dayOf(start) + length, name, course: null });
  return breaks;
}

/** The library takes `BYMONTH=-271821-04-20` for a month, and tries every one on the way there. */
const isBeyondAnyYear = (part: unknown): boolean => typeof part === 'number' && Math.abs(part) > DAYS_OF_YEAR_MAX;

/** The library adds a duration month by month: one of a hundred digits for ever. */
function isEndless(duration: unknown): boolean {
  return duration instanceof ICAL.Duration && !(Math.abs(duration.toSeconds()) <= (BREAK_DAYS_MAX * DAY_MS) / 1_000);
}

/**
 * Of rules by the day the library tries one day after the other, without end where none fits: `FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30`. No
 * break repeats by the hour, or every million years, which the library would count in months.
 */
function mayNotEnd({ freq, parts, interval }: ICAL.Recur): boolean {
  if (interval > INTERVAL_MAX || Object.values(parts).flat().some(isBeyondAnyYear)) return true;
  return freq === 'DAILY' ? Object.keys(parts).length > 0 : !['WEEKLY', 'MONTHLY', 'YEARLY'].includes(freq);
}

const dayOf = ({ year, month, day }: ICAL.Time): number => Date.UTC(year, month - 1, day) / DAY_MS;

function ofCsv(path: string, text: string): TeachingBreak[] {
  const [heading = '', ...lines] = text.split(/\r?\n/);
  const columns = heading
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const place = (name: string) => columns.indexOf(name);
  for (const name of ['from', 'to', 'name'])
    if (place(name) < 0) throw fault(path, `has no column ${name}. The first line must be from,to,name or from,to,name,course`);
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return [];
    // A cell may stand in double quotes, as spreadsheets write one with a comma in it.
    const cells = [...line.matchAll(/(?:^|,)(?:"([^"]*)"|([^,]*))/g)].map((found) => (found[1] ?? found[2] ?? '').trim());
    const at = (name: string) => cells[place(name)] ?? '';
    const day = (text: string) => dateOf(text) ?? failed(path, i + 2, `"${text}" is no date such as 2026-12-21`);
    const from_day = day(at('from'));
    return [
      { from_day, to_day: at('to') === '' ? from_day : day(at('to')), name: at('name') || 'break', course: at('course') || null },
    ];
  });
}

function failed(path: string, line: number, what: string): never {
  throw fault(path, `line ${line}: ${what}`);
}

/** Days since 1970-01-01; null for what is no date, 30 February among it. */
function dateOf(text: string): number | null {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return null;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text ? null : ms / DAY_MS;
}

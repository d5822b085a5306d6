/**
 * The one place that reads the environment. Everything is checked before anything starts, and all faults come at once: by
 * the name of the variable, never by its value, since a value may hold a password.
 *
 *     readConfig({ HOLDFAST_ALERT_THRESHOLD: '70', HOLDFAST_STOER: 'memory:' })
 *     → { ok: false, faults: [
 *         'HOLDFAST_ALERT_THRESHOLD: must be a number above 0 and below 1, for example 0.7',
 *         'HOLDFAST_STOER is not a setting: did you mean HOLDFAST_STORE?' ] }
 *
 * Every setting can also come from a file: HOLDFAST_MOODLE_FILE=/run/secrets/moodle holds what HOLDFAST_MOODLE would. White
 * space at either end is dropped. An empty variable counts as not set, which is what `NAME: ${NAME:-}` in a compose file gives.
 */
import { readFileSync } from 'node:fs';
import { isIPv4 } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Cron } from 'croner';
import { z } from 'zod';

export type Env = Record<string, string | undefined>;
export type StoreSetting = { kind: 'sqlite'; path: string } | { kind: 'memory' };
/** `url` holds the password: never log it. */
export type MoodleSetting = { kind: 'binlog'; url: string } | { kind: 'file'; path: string };

/** A session gap may not be longer than the windows' grace, 24 hours. */
const SESSION_GAP_S_MAX = 86_400;
/** More places a week on one course's list than any course has students: a mistyped number. */
const CAPACITY_MAX = 100_000;
/** A schedule is tried on this many firings: enough to see a second one on the same day. */
const CRON_TRIED = 8;

const LOOPBACK_ONLY = 'access control comes with a later version, so put a proxy that asks who is there in front';

/** A setting that fails a check says what would be right; `fault` never repeats what was given. */
const parsed = <T>(fault: string, parse: (text: string) => T | undefined) =>
  z.string().transform((text, context): T => {
    const value = parse(text);
    if (value === undefined) context.addIssue({ code: 'custom', message: fault });
    return value as T;
  });

const wholeNumber = (least: number, most: number) => (text: string) => {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  return value >= least && value <= most ? value : undefined;
};

const oneOf = <T extends string>(...words: T[]) =>
  parsed(`must be one of ${words.join(', ')}`, (text) => words.find((word) => word === text));

function store(text: string): StoreSetting | undefined {
  if (text === 'memory:') return { kind: 'memory' };
  const path = /^sqlite:(.+)$/s.exec(text)?.[1];
  return path === undefined ? undefined : { kind: 'sqlite', path };
}

function moodle(text: string): MoodleSetting | undefined {
  const path = /^file:(.+)$/s.exec(text)?.[1];
  if (path !== undefined) return { kind: 'file', path };
  if (!/^(mysql|mariadb):\/\//.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const complete = url.hostname !== '' && url.username !== '' && /^\/[^/]+$/.test(url.pathname);
  return complete ? { kind: 'binlog', url: text } : undefined;
}

/** `127.0.0.1:3000`, `[::1]:3000`, `localhost:0`; port 0 takes any free one. */
function listen(text: string): { host: string; port: number } | undefined {
  const [, host, port] = /^(?:\[?([0-9a-z.:-]+?)\]?):(\d{1,5})$/i.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535) return undefined;
  const loopback = host === '::1' || host.toLowerCase() === 'localhost' || (isIPv4(host) && host.startsWith('127.'));
  return loopback ? { host, port: Number(port) } : undefined;
}

/** Five fields, and no two firings on one day: scores are made once for each day of the site's calendar. */
function scoreCron(text: string): string | undefined {
  if (text.trim().split(/\s+/).length !== 5) return undefined;
  try {
    const runs = new Cron(text, { paused: true, timezone: 'UTC' }).nextRuns(CRON_TRIED, new Date(0));
    const days = new Set(runs.map((run) => run.toISOString().slice(0, 10)));
    return runs.length > 0 && days.size === runs.length ? text : undefined;
  } catch {
    return undefined;
  }
}

function timeZone(text: string): string | undefined {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return text;
  } catch {
    return undefined;
  }
}

/** `byDefault` is what holds when nothing is set; null = off, or decided as `meaning` says. */
const setting = (byDefault: string | null, meaning: string, schema: z.ZodType<unknown, string>) => {
  return { default: byDefault, meaning, schema };
};

const TABLE = {
  HOLDFAST_STORE: setting(
    'sqlite:./data/holdfast.db',
    'Where everything is kept: sqlite:PATH, or memory: (gone when the process ends)',
    parsed('must be sqlite:PATH or memory: (other stores are not in this version)', store),
  ),
  HOLDFAST_MOODLE: setting(
    null,
    'What to read: mysql://USER:PASSWORD@HOST:PORT/DATABASE (or mariadb://…) follows the binary log, file:PATH recorded changes',
    parsed('must be mysql://USER:PASSWORD@HOST/DATABASE, mariadb://… or file:PATH (kafka: is not in this version)', moodle),
  ),
  HOLDFAST_MOODLE_PREFIX: setting(
    'mdl_',
    "Prefix of Moodle's tables",
    parsed('must be letters, digits and underscores', (text) => (/^\w{1,20}$/.test(text) ? text : undefined)),
  ),
  HOLDFAST_SITE: setting(
    'moodle',
    'Name of the Moodle site; a store belongs to one site for ever',
    parsed('must be lower-case letters, digits and hyphens', (text) => (/^[a-z0-9-]{1,63}$/.test(text) ? text : undefined)),
  ),
  HOLDFAST_TIME_ZONE: setting(
    'UTC',
    'Zone whose midnights divide the days, for example Europe/Berlin',
    parsed('must be an IANA time zone such as UTC or Europe/Berlin', timeZone),
  ),
  HOLDFAST_LISTEN: setting(
    '127.0.0.1:3000',
    'Address and port of the page and the interface; this machine only',
    parsed(`must be HOST:PORT on this machine, such as 127.0.0.1:3000 or [::1]:3000: ${LOOPBACK_ONLY}`, listen),
  ),
  HOLDFAST_ALERT_THRESHOLD: setting(
    '0.7',
    'An alert opens above this score',
    parsed('must be a number above 0 and below 1, for example 0.7', (text) => {
      const value = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN;
      return value > 0 && value < 1 ? value : undefined;
    }),
  ),
  HOLDFAST_SCORE_CRON: setting(
    '0 3 * * *',
    "When everybody is scored, as a cron line in the site's zone",
    parsed('must be a cron line of five fields that fires at most once a day, for example 0 3 * * *', scoreCron),
  ),
  HOLDFAST_SESSION_GAP_S: setting(
    '900',
    'Seconds without activity after which a session is over',
    parsed(`must be whole seconds from 1 to ${SESSION_GAP_S_MAX}`, wholeNumber(1, SESSION_GAP_S_MAX)),
  ),
  HOLDFAST_COURSES: setting(null, 'Courses that are scored, by id, short name or category; all when not set', z.string()),
  HOLDFAST_CAPACITY: setting(
    null,
    'Students whom staff can contact in a week, per course: length of the early list; 15 % of the active when not set',
    parsed(`must be a whole number from 1 to ${CAPACITY_MAX}`, wholeNumber(1, CAPACITY_MAX)),
  ),
  HOLDFAST_COUNT_ANONYMOUS: setting(
    'false',
    'Count what was done anonymously too: true or false',
    oneOf('true', 'false').transform((word) => word === 'true'),
  ),
  HOLDFAST_CLOCK: setting(
    null,
    'event runs a live source on the time of its events, for comparing runs; by default live sources run on wall',
    oneOf('event', 'wall'),
  ),
  HOLDFAST_MODELS: setting(null, 'Folder of models; the bundled one when not set', z.string()),
  HOLDFAST_LOG_LEVEL: setting(
    'info',
    'Least level that is logged: trace, debug, info, warn, error, fatal or silent',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  ),
};
export type SettingName = keyof typeof TABLE;
const NAMES = Object.keys(TABLE) as SettingName[];

/** For the help text and the README: every setting, its default (null = none) and what it means. */
export const SETTINGS: readonly { name: SettingName; default: string | null; meaning: string }[] = NAMES.map((name) => ({
  name,
  default: TABLE[name].default,
  meaning: TABLE[name].meaning,
}));

/** Settings that belong to features of later versions: known by name, so that setting one is not taken for a typing error. */
export const LATER_SETTINGS =
  'KAFKA_BROKERS SCHEMA_REGISTRY ELASTICSEARCH CASSANDRA SMTP WEBHOOK MOODLE_WS API_KEYS JWKS UDP ROLES CALENDAR PSEUDONYM_KEY SHADOW ERASE_DELETED CLICK_RETENTION'
    .split(' ')
    .map((name) => `HOLDFAST_${name}`);

/** Read by the test scripts only. */
const TEST_SETTINGS = ['HOLDFAST_TEST_SERVERS', 'HOLDFAST_LONG'];

export interface Config {
  store: StoreSetting;
  moodle: MoodleSetting | null;
  moodle_prefix: string;
  site: string;
  time_zone: string;
  listen: { host: string; port: number };
  alert_threshold: number;
  score_cron: string;
  session_gap_s: number;
  /** As written; the syntax belongs to the part that filters courses. */
  courses: string | null;
  capacity: number | null;
  count_anonymous: boolean;
  clock: 'event' | 'wall' | null;
  models: string;
  log_level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** What was set, by variable or by file: the rest are defaults. */
  given: readonly SettingName[];
}
export type ConfigResult = { ok: true; config: Config } | { ok: false; faults: string[] };

/** What the process was started with. Other modules get it from here, never from `process`. */
export const environment = (): Env => ({ ...process.env });

/** The environment with settings from a command line on top: `--store memory:` wins over HOLDFAST_STORE and HOLDFAST_STORE_FILE. */
export function withSettings(env: Env, given: Partial<Record<SettingName, string>>): Env {
  const result = { ...env };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    delete result[`${name}_FILE`];
    result[name] = value;
  }
  return result;
}

/** `readFile` gives the text of a `NAME_FILE`; it throws where the file cannot be read. */
export function readConfig(env: Env, readFile = (path: string): string => readFileSync(path, 'utf8')): ConfigResult {
  const faults = unknownNames(env);
  const texts: Partial<Record<SettingName, string>> = {};
  for (const name of NAMES) {
    const text = textOf(name, env, readFile, faults);
    if (text !== undefined) texts[name] = text;
  }
  const values: Record<string, unknown> = { given: Object.keys(texts) };
  for (const name of NAMES) {
    const text = texts[name] ?? TABLE[name].default;
    const result = text === null ? null : TABLE[name].schema.safeParse(text);
    if (result?.success === false) faults.push(`${name}: ${result.error.issues[0]?.message ?? 'is not valid'}`);
    values[name.slice('HOLDFAST_'.length).toLowerCase()] = result?.data ?? null;
  }
  values.models ??= fileURLToPath(new URL('../models', import.meta.url));
  // The names of Config are those of TABLE in lower case: a test holds the two together.
  const config = values as unknown as Config;
  if (config.moodle?.kind === 'file' && config.clock === 'wall') {
    faults.push('HOLDFAST_CLOCK: wall is for live sources, and HOLDFAST_MOODLE names a recorded file: leave HOLDFAST_CLOCK out');
  }
  return faults.length > 0 ? { ok: false, faults } : { ok: true, config };
}

function textOf(name: SettingName, env: Env, readFile: (path: string) => string, faults: string[]): string | undefined {
  const text = env[name]?.trim() || undefined;
  const path = env[`${name}_FILE`]?.trim() || undefined;
  if (path === undefined) return text;
  if (text !== undefined) {
    faults.push(`${name} and ${name}_FILE are both set: leave one out`);
    return undefined;
  }
  try {
    const content = readFile(path).trim();
    if (content !== '') return content;
    faults.push(`${name}_FILE: the file that it names is empty`);
  } catch {
    faults.push(`${name}_FILE: the file that it names cannot be read: check that it exists and who may read it`);
  }
  return undefined;
}

function unknownNames(env: Env): string[] {
  const faults: string[] = [];
  for (const variable of Object.keys(env).sort()) {
    if (!variable.startsWith('HOLDFAST_') || !env[variable]?.trim() || TEST_SETTINGS.includes(variable)) continue;
    const name = variable.replace(/_FILE$/, '');
    if (name in TABLE) continue;
    faults.push(
      LATER_SETTINGS.includes(name)
        ? `${variable} is not supported by this version yet: leave it out`
        : `${variable} is not a setting: did you mean ${nearest(name)}?`,
    );
  }
  return faults;
}

/** The known name with the fewest letters to change, add or drop; the first one on a tie. */
function nearest(name: string): string {
  const known = [...NAMES, ...LATER_SETTINGS];
  return known.reduce((best, other) => (distance(name, other) < distance(name, best) ? other : best));
}

function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

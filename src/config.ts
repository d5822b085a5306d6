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
import { fileURLToPath } from 'node:url';
import type { Retention } from './person-tables.js';
import { isLoopback, type MoodleSetting, pairFault, type Role, reachedBy, type StoreSetting } from './setting-texts.js';
import { NAMES, type SettingName, TABLE } from './settings.js';

export type Env = Record<string, string | undefined>;

/** Read by the test scripts only. */
const TEST_SETTINGS = ['HOLDFAST_TEST_SERVERS', 'HOLDFAST_TEST_CACHE', 'HOLDFAST_LONG'];

export interface Config {
  store: StoreSetting;
  moodle: MoodleSetting | null;
  /** null = no limit. */
  copy_rate: number | null;
  /** May hold a password: never log it. */
  kafka_brokers: string | null;
  kafka_gap: 'refuse' | 'accept';
  kafka_topics: boolean;
  schema_registry: string | null;
  /** May hold a password: never log it. */
  elasticsearch: string | null;
  /** May hold a password: never log it. */
  kibana: string | null;
  /** Never log it. */
  kibana_api_key: string | null;
  webhook: string | null;
  /** Never log it. */
  webhook_secret: string | null;
  /** May hold a password: never log it. */
  smtp: string | null;
  mail_from: string | null;
  moodle_ws: string | null;
  /** Never log it. */
  moodle_ws_token: string | null;
  notices: 'digest' | 'immediate' | 'original';
  notice_cron: string;
  /** As `QuietHours` of notices/quiet.ts. */
  quiet_hours: { from_min: number; to_min: number; days: number[] };
  notices_per_hour: number;
  notice_language: 'en' | 'de';
  page: string | null;
  /** 64 hex digits; null = in a file beside the store. Never log it. */
  pseudonym_key: string | null;
  /** null = as `formOf` in app/outside-ids.ts decides. */
  plain_ids: boolean | null;
  roles: Role[];
  moodle_prefix: string;
  site: string;
  time_zone: string;
  listen: { host: string; port: number };
  /** Path; null = whoever reaches the service may do everything, which is for this machine alone. */
  api_keys: string | null;
  jwks: string | null;
  jwt_issuer: string | null;
  jwt_audience: string | null;
  /** Path; null = nobody signs in with an account. */
  oidc: string | null;
  /** Never log it. */
  key: string | null;
  hosts: string[] | null;
  tls_cert: string | null;
  /** Never log it. */
  tls_key: string | null;
  proxy: string[] | null;
  alert_threshold: number;
  score_cron: string;
  drift: 'hold' | 'warn' | 'off';
  shadow: boolean;
  /** null = never by itself. */
  retrain_cron: string | null;
  retrain_from: string;
  session_gap_s: number;
  /** null = off. */
  udp: { host: string; port: number } | null;
  click_topics: boolean;
  /** In ms. */
  click_retention: number;
  click_version: 'newest' | '5.5' | '4.1';
  /** May hold a password: never log it. */
  cassandra: string | null;
  /** Path; null = the table of countries that comes with the program. */
  geoip: string | null;
  /** As written; the syntax belongs to the part that filters courses. */
  courses: string | null;
  /** Path; null = no breaks. */
  calendar: string | null;
  capacity: number | null;
  count_anonymous: boolean;
  clock: 'event' | 'wall' | null;
  models: string;
  /** Path; null = no launches. */
  lti: string | null;
  student_scores: boolean;
  student_opt_out: boolean;
  retention: Retention;
  erase_deleted: boolean;
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
  faults.push(...kafkaFaults(config), ...accessFaults(config), ...noticeFaults(config));
  if (config.webhook !== null && texts.HOLDFAST_WEBHOOK_SECRET === undefined)
    faults.push('HOLDFAST_WEBHOOK is signed: set HOLDFAST_WEBHOOK_SECRET, or HOLDFAST_WEBHOOK_SECRET_FILE');
  return faults.length > 0 ? { ok: false, faults } : { ok: true, config };
}

/** One setting alone, for a command that talks to a service and is none: the others may be of another machine. null = not set. */
export function readSetting(
  name: SettingName,
  env: Env,
  readFile = (path: string): string => readFileSync(path, 'utf8'),
): { value: unknown; faults: string[] } {
  const faults: string[] = [];
  const text = textOf(name, env, readFile, faults) ?? TABLE[name].default;
  const result = text === null ? null : TABLE[name].schema.safeParse(text);
  if (result?.success === false) faults.push(`${name}: ${result.error.issues[0]?.message ?? 'is not valid'}`);
  return { value: result?.data ?? null, faults };
}

/** What it takes to be reached from beyond this machine. */
function accessFaults(config: Config): string[] {
  const { listen, api_keys, jwks, jwt_issuer, jwt_audience, oidc, lti, hosts, tls_cert, tls_key, proxy } = config;
  const faults: string[] = [];
  const named = [jwks, jwt_issuer, jwt_audience].filter((value) => value !== null).length;
  if (named > 0 && named < 3)
    faults.push('HOLDFAST_JWKS, HOLDFAST_JWT_ISSUER and HOLDFAST_JWT_AUDIENCE go together: set all three');
  if ((tls_cert === null) !== (tls_key === null)) faults.push('HOLDFAST_TLS_CERT and HOLDFAST_TLS_KEY go together: set both');
  const unfit = tls_cert === null || tls_key === null ? null : pairFault(tls_cert, tls_key);
  if (unfit !== null) faults.push(unfit);
  const beyond = listen === null ? null : reachedBy(config);
  if (beyond === null) return faults;
  if (api_keys === null && jwks === null && oidc === null && lti === null)
    faults.push(
      `${beyond}: make a key with \`npx holdfast keys create\` and set HOLDFAST_API_KEYS to its file, or set HOLDFAST_OIDC, HOLDFAST_JWKS or HOLDFAST_LTI`,
    );
  if (isLoopback(listen.host)) return faults;
  if (hosts === null) faults.push(`${beyond}: set HOLDFAST_HOSTS to the name that people use, such as holdfast.example.ac.uk`);
  if (tls_cert === null && proxy === null)
    faults.push(
      `${beyond}: set HOLDFAST_TLS_CERT_FILE and HOLDFAST_TLS_KEY_FILE, or HOLDFAST_PROXY where a proxy in front speaks TLS`,
    );
  return faults;
}

function noticeFaults({ smtp, mail_from, moodle_ws, moodle_ws_token, given }: Config): string[] {
  const faults: string[] = [];
  if (smtp !== null && mail_from === null)
    faults.push('HOLDFAST_SMTP sends mail: set HOLDFAST_MAIL_FROM, such as Holdfast <holdfast@example.ac.uk>');
  if (moodle_ws !== null && moodle_ws_token === null)
    faults.push('HOLDFAST_MOODLE_WS sends messages: set HOLDFAST_MOODLE_WS_TOKEN_FILE');
  if ((smtp !== null || moodle_ws !== null) && !given.includes('HOLDFAST_PAGE') && !given.includes('HOLDFAST_HOSTS'))
    faults.push('Notices link to the page: set HOLDFAST_PAGE, such as https://holdfast.example.ac.uk, or HOLDFAST_HOSTS');
  return faults;
}

/** What belongs together. A setting that has a fault of its own is null here, and has been named. */
function kafkaFaults({ moodle, kafka_brokers, kafka_topics, click_topics }: Config): string[] {
  const faults: string[] = [];
  if (kafka_brokers === null && moodle?.kind === 'kafka')
    faults.push('HOLDFAST_MOODLE reads from Kafka: set HOLDFAST_KAFKA_BROKERS, such as kafka-1:9092,kafka-2:9092');
  if (kafka_brokers === null && kafka_topics)
    faults.push('HOLDFAST_KAFKA_TOPICS writes to Kafka: set HOLDFAST_KAFKA_BROKERS, such as kafka-1:9092,kafka-2:9092');
  if (kafka_brokers === null && click_topics)
    faults.push('HOLDFAST_CLICK_TOPICS reads from Kafka: set HOLDFAST_KAFKA_BROKERS, such as kafka-1:9092,kafka-2:9092');
  return faults;
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
    faults.push(`${variable} is not a setting: ${hintFor(name)}`);
  }
  return faults;
}

/** A known name that ends like it, or is nearly it. */
function hintFor(name: string): string {
  const word = name.replace('HOLDFAST', '');
  const meant = NAMES.find((known) => known.endsWith(word)) ?? nearest(name);
  const is_near = meant.endsWith(word) || distance(name, meant) <= word.length / 3;
  return is_near ? `did you mean ${meant}?` : 'README.md lists them';
}

/** The known name with the fewest letters to change, add or drop; the first one on a tie. */
function nearest(name: string): string {
  return NAMES.reduce<string>((best, other) => (distance(name, other) < distance(name, best) ? other : best), NAMES[0]!);
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

/** What the tables are called outside: dashboards, consumers and access rules hold on to these names. */
import { createHash } from 'node:crypto';

/** Each published table, with its index, and its topic where it has one. */
export const OUTSIDE_NAMES = {
  sessions: { index: 'moodle-sessions', topic: 'holdfast.sessions.v1' },
  course_sessions: { index: 'moodle-course-sessions', topic: 'holdfast.course-sessions.v1' },
  user_activity: { index: 'moodle-user-activity', topic: 'holdfast.user-activity.v1' },
  /** No topic: a consumer has the day's sessions and the ratios, and the days are a sum of the former. */
  activity_days: { index: 'moodle-activity-days', topic: null },
  cohort_ratios: { index: 'moodle-cohort-ratios', topic: 'holdfast.cohort-ratios.v1' },
  scores: { index: 'moodle-scores', topic: 'holdfast.scores.v1' },
  in_risk: { index: 'moodle-in-risk', topic: 'holdfast.in-risk.v1' },
  alerts: { index: 'moodle-alerts', topic: 'holdfast.alerts.v1' },
} as const;

export type OutsideTable = keyof typeof OUTSIDE_NAMES;

/** What each click is a document of: Elastic's own naming, which its dashboards for web logs look for. */
export const CLICK_STREAM = 'logs-clickstream.access-default';
/** The same where the server has no data streams: an index a day, `clickstream-access-2026.11.20`. */
export const CLICK_DAYS = 'clickstream-access';
/** Counts of product events, all in one message: a public demo's topic. */
const SNAPSHOT = { table: 'event_snapshot', topic: 'unique-event-topic' };

/** The names of a table: one of the site's, or else of clicks, whose names follow from the table's. */
export function outsideNames(table: string): { index: string; topic: string | null; event: string } {
  const event = (name: string) => `holdfast.${name}.v1`;
  if (isSiteTable(table)) return { ...OUTSIDE_NAMES[table], event: event(table) };
  const click = event(`clicks.${table}`);
  return { index: `clickstream-${table}`, topic: table === SNAPSHOT.table ? SNAPSHOT.topic : click, event: click };
}

export function isSiteTable(table: string): table is OutsideTable {
  return Object.hasOwn(OUTSIDE_NAMES, table);
}

/** History: what was issued once stays as it was issued, so the first document of an id stays. */
export const ISSUED_TABLES: readonly string[] = ['scores', 'in_risk'] satisfies OutsideTable[];

/** Elasticsearch's own limit of an `_id`. */
const ID_BYTES_MAX = 512;

/**
 * What a row is known by outside, the same however often it is told: `43|7|1795350000000`. A text in it may hold anything a visitor
 * sent, so `%` and `|` are written as `%25` and `%7C`; a key that is too long for an index is known by its SHA-256.
 */
export function documentId(key: readonly (number | string)[]): string {
  const id = key.map((part) => (typeof part === 'string' ? part.replace(/[%|]/g, encodeURIComponent) : part)).join('|');
  if (Buffer.byteLength(id) <= ID_BYTES_MAX) return id;
  return `%sha256|${createHash('sha256').update(id).digest('hex')}`;
}

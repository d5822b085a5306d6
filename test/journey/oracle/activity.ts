/**
 * What counts, sessions, days and ratios, the slow and obvious way: lists, sorting, no state. The rules are read from the
 * contract, not from the product.
 */
import type { RecordedChange, Row } from './recorded.js';

export const GAP_S = 900;

export interface Counted {
  id: number;
  user_id: number;
  course_id: number | null;
  time_s: number;
  group: string;
}

/** Why a log row does not count; null when it does. The first reason that holds. */
export function uncounted(row: Row): string | null {
  if (Number(row.userid) <= 1) return 'nobody or guest';
  if (row.realuserid !== null && row.realuserid !== 0) return 'login as';
  if (row.anonymous !== 0) return 'anonymous';
  if (row.origin !== null && row.origin !== 'web' && row.origin !== 'ws') return 'cli or restore';
  if (row.eventname === '\\core\\event\\webservice_function_called') return 'web service';
  if (row.eventname === '\\core\\event\\user_login_failed') return 'failed login';
  return null;
}

/** In order of arrival; a log row that comes twice is there once. Only rows that were inserted or in a snapshot. */
export function countedOf(changes: readonly RecordedChange[]): Counted[] {
  const seen = new Set<number>();
  const counted: Counted[] = [];
  for (const { table, op, after } of changes) {
    if (table !== 'logstore_standard_log' || (op !== 'c' && op !== 'r') || after === null) continue;
    const id = Number(after.id);
    if (uncounted(after) !== null || seen.has(id)) continue;
    seen.add(id);
    const course = Number(after.courseid ?? 0);
    counted.push({
      id,
      user_id: Number(after.userid),
      course_id: course === 0 ? null : course,
      time_s: Number(after.timecreated),
      group: groupOf(String(after.component), String(after.eventname)),
    });
  }
  return counted;
}

const CONTENT = 'page resource url book folder scorm h5pactivity lesson imscp label'.split(' ');
const SOCIAL = 'forum chat wiki glossary data bigbluebuttonbn'.split(' ');
const ASSESSMENT = 'quiz assign workshop feedback choice survey'.split(' ');

function groupOf(component: string, eventname: string): string {
  const module = /^mod_(\w+)$/.exec(component)?.[1] ?? '';
  if (CONTENT.includes(module)) return 'content';
  if (SOCIAL.includes(module)) return 'social';
  if (ASSESSMENT.includes(module) || /^(assignsubmission|gradereport)_/.test(component)) return 'assessment';
  if (component !== 'core') return 'other';
  if (/event\\(group_)?message_/.test(eventname)) return 'social';
  // The contract's "core course, dashboard, login events"; what an activity's completion causes is nobody's step.
  if (/event\\course_module_/.test(eventname)) return 'other';
  return /event\\(course_|dashboard_|user_logged)/.test(eventname) ? 'navigation' : 'other';
}

export interface NaiveSession {
  key: string;
  start_s: number;
  end_s: number;
  activities: number;
}

/** By key, then start. Exactly the gap apart is still one session. */
export function sessionsOf(counted: readonly Counted[], keyOf: (c: Counted) => string | null): NaiveSession[] {
  const times = new Map<string, number[]>();
  for (const one of counted) {
    const key = keyOf(one);
    if (key === null) continue;
    if (!times.has(key)) times.set(key, []);
    times.get(key)!.push(one.time_s);
  }
  return [...times].flatMap(([key, list]) => {
    const found: NaiveSession[] = [];
    for (const time of [...list].sort((a, b) => a - b)) {
      const open = found.at(-1);
      if (open && time - open.end_s <= GAP_S) {
        open.end_s = time;
        open.activities++;
      } else found.push({ key, start_s: time, end_s: time, activities: 1 });
    }
    return found;
  });
}

const JUMP_S = 30 * 86_400;

/** The store's clock: greatest time of a counted activity. No jump of 30 days is in the samples, and none is followed here. */
export function clockOf(counted: readonly Counted[]): number {
  let now = counted[0]?.time_s ?? 0;
  for (const { time_s } of counted) {
    if (time_s > now + JUMP_S) throw new Error('this oracle knows nothing of jumps');
    now = Math.max(now, time_s);
  }
  return now;
}

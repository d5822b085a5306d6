/** The order-independent tables as CSV text, from the naive oracles. */
import type { Counted } from './activity.js';
import { clockOf, GAP_S, type NaiveSession, sessionsOf } from './activity.js';
import type { NaiveEnrolment } from './enrolments.js';

type Cell = string | number | boolean | null;

export interface NaiveTables {
  sessions: string;
  course_sessions: string;
  user_activity: string;
  activity_days: string;
  cohort_ratios: string;
  enrolments: string;
}

export function tablesOf(counted: readonly Counted[], enrolments: readonly NaiveEnrolment[], zone = 'UTC'): NaiveTables {
  const now_s = clockOf(counted);
  const sessions = sessionsOf(counted, (c) => `${c.user_id}`);
  const courseSessions = sessionsOf(counted, (c) => (c.course_id === null ? null : `${c.user_id},${c.course_id}`));
  const days = daysOf(counted, courseSessions, zone);
  const columns = 'start_ms,end_ms,activities,duration_s,closed';
  const row = (s: NaiveSession): Cell[] => [
    ...s.key.split(',').map(Number),
    s.start_s * 1000,
    s.end_s * 1000,
    s.activities,
    s.end_s - s.start_s,
    now_s > s.end_s + GAP_S,
  ];
  return {
    sessions: csv(`user_id,${columns}`, sessions.map(row), 2),
    course_sessions: csv(`user_id,course_id,${columns}`, courseSessions.map(row), 3),
    user_activity: csv('user_id,activities,duration_s,sessions', userActivity(sessions), 1),
    activity_days: csv(
      'user_id,course_id,day,activities,navigation,content,social,assessment,other,sessions,duration_s',
      days.map((d) => [
        d.user_id,
        d.course_id,
        d.day,
        d.activities,
        ...GROUPS.map((g) => d.groups[g]!),
        d.sessions,
        d.duration_s,
      ]),
      3,
    ),
    cohort_ratios: csv('day,course_id,user_id,sessions_ratio,duration_ratio,activities_ratio', ratiosOf(days, enrolments), 3),
    enrolments: csv(
      'user_id,course_id,state,reason,since_ms,enrolled_ms',
      enrolments.map((e) => [e.user_id, e.course_id, e.state, e.reason, ms(e.since_s), ms(e.enrolled_s)]),
      2,
    ),
  };
}

const ms = (s: number | null) => (s === null ? null : s * 1000);

const GROUPS = ['navigation', 'content', 'social', 'assessment', 'other'];

export interface NaiveDay {
  user_id: number;
  course_id: number;
  day: string;
  activities: number;
  groups: Record<string, number>;
  sessions: number;
  duration_s: number;
}

/** The date on the wall there: Sweden writes it as 2026-11-22. */
function dayIn(zone: string): (time_s: number) => string {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short' });
  return (time_s) => format.format(time_s * 1000);
}

export function daysOf(counted: readonly Counted[], courseSessions: readonly NaiveSession[], zone = 'UTC'): NaiveDay[] {
  const dayOf = dayIn(zone);
  const days = new Map<string, NaiveDay>();
  for (const { user_id, course_id, time_s, group } of counted) {
    if (course_id === null) continue;
    const day = dayOf(time_s);
    const key = `${user_id},${course_id},${day}`;
    const groups = Object.fromEntries(GROUPS.map((g) => [g, 0]));
    const found = days.get(key) ?? { user_id, course_id, day, activities: 0, groups, sessions: 0, duration_s: 0 };
    days.set(key, found);
    found.activities++;
    found.groups[group]!++;
  }
  for (const { key, start_s, end_s } of courseSessions) {
    const day = days.get(`${key},${dayOf(start_s)}`)!;
    day.sessions++;
    day.duration_s += end_s - start_s;
  }
  return [...days.values()];
}

function userActivity(sessions: readonly NaiveSession[]): Cell[][] {
  const users = [...new Set(sessions.map((s) => s.key))];
  return users.map((user) => {
    const own = sessions.filter((s) => s.key === user);
    return [Number(user), sum(own.map((s) => s.activities)), sum(own.map((s) => s.end_s - s.start_s)) / own.length, own.length];
  });
}

/** Of each day and course: the students with an activity that day, each over the mean of them. */
function ratiosOf(days: readonly NaiveDay[], enrolments: readonly NaiveEnrolment[]): Cell[][] {
  const students = new Set(enrolments.map((e) => `${e.user_id},${e.course_id}`));
  const cohorts = new Map<string, NaiveDay[]>();
  for (const day of days) {
    if (!students.has(`${day.user_id},${day.course_id}`)) continue;
    const key = `${day.day},${day.course_id}`;
    cohorts.set(key, [...(cohorts.get(key) ?? []), day]);
  }
  return [...cohorts.values()].flatMap((cohort) => {
    const sorted = [...cohort].sort((a, b) => a.user_id - b.user_id);
    const measures = [
      sorted.map((d) => d.sessions),
      sorted.map((d) => (d.sessions === 0 ? null : d.duration_s / d.sessions)),
      sorted.map((d) => d.activities),
    ];
    const ratios = measures.map((values) => {
      const known = values.filter((v) => v !== null);
      const mean = sum(known) / known.length;
      return values.map((v) => (v === null || !(mean > 0) ? null : v / mean));
    });
    return sorted.map((d, i) => [d.day, d.course_id, d.user_id, ...ratios.map((r) => r[i]!)]);
  });
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

/** Rows sorted by their first `keys` cells; null is an empty cell. No cell here needs quotes. */
function csv(header: string, rows: Cell[][], keys: number): string {
  const sorted = [...rows].sort((a, b) => {
    for (let i = 0; i < keys; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
    return 0;
  });
  return `${[header, ...sorted.map((row) => row.map((cell) => (cell === null ? '' : String(cell))).join(','))].join('\n')}\n`;
}

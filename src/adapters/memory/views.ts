/** Stored windows as the port hands them out. */
import { ACTIVITY_DAYS, type ActivityDay, type Session, type WindowRow } from '../../domain.js';
import type { Filter, PersonView, ViewsByOthers } from '../../ports.js';
import { compareKeys, type Key } from './ordered-table.js';

/** `time`: the column that `from` (inclusive) and `to` (exclusive) are about. No course: the table has none, and no filter on it. */
export function matches(filter: Filter, time: number, user_id: number, course_id?: number): boolean {
  return (
    (filter.user_id === undefined || filter.user_id === user_id) &&
    (filter.course_id === undefined || course_id === undefined || filter.course_id === course_id) &&
    (filter.from === undefined || time >= filter.from) &&
    (filter.to === undefined || time < filter.to)
  );
}

export function sessionOf({ key, start, end, values }: WindowRow): Session {
  return { user_id: key[0]!, course_id: key[1] ?? null, start_ms: start, end_ms: end, activities: values[0]! };
}

type DaySessions = Map<string, { sessions: number; duration_ms: number }>;

/** Sessions by user, course and the day on which they start. */
export function daySessions(courseSessions: WindowRow[], day: (ms: number) => number): DaySessions {
  const days: DaySessions = new Map();
  for (const { key, start, end } of courseSessions) {
    const name = `${key[0]},${key[1]},${day(start)}`;
    const sum = days.get(name) ?? { sessions: 0, duration_ms: 0 };
    days.set(name, { sessions: sum.sessions + 1, duration_ms: sum.duration_ms + end - start });
  }
  return days;
}

export function activityDayOf({ key, start, values }: WindowRow, days: DaySessions): ActivityDay {
  const value = (name: string) => values[ACTIVITY_DAYS.values.indexOf(name)]!;
  const { sessions, duration_ms } = days.get(`${key[0]},${key[1]},${start}`) ?? { sessions: 0, duration_ms: 0 };
  return {
    user_id: key[0]!,
    course_id: key[1]!,
    day: start,
    activities: value('activities'),
    navigation: value('navigation'),
    content: value('content'),
    social: value('social'),
    assessment: value('assessment'),
    other: value('other'),
    sessions,
    duration_s: duration_ms / 1000,
  };
}

export function byDay({ day, course_id, user_id }: ActivityDay): Key {
  return [day, course_id, user_id];
}

export function latestViews(
  views: readonly PersonView[],
  user_id: number,
  from_ms: number,
  limit: number,
  by_others?: ViewsByOthers,
): PersonView[] {
  const order = ({ viewer, kind, what, course_id }: PersonView) => [viewer, kind, what, course_id ?? 0];
  const isWanted = ({ kind, course_id }: PersonView) =>
    !by_others || (kind !== 'student' && (course_id === null || course_id === by_others.course_id));
  const wanted = views.filter((view) => view.user_id === user_id && view.at_ms >= from_ms && isWanted(view));
  return structuredClone(wanted.sort((a, b) => b.at_ms - a.at_ms || compareKeys(order(a), order(b))).slice(0, limit));
}

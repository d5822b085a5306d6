/** What the tables are called outside: dashboards, consumers and access rules hold on to these names. */

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

/** History: what was issued once stays as it was issued, so the first document of an id stays. */
export const ISSUED_TABLES: readonly OutsideTable[] = ['scores', 'in_risk'];

/** What a row is known by outside, the same however often it is told: `43|7|1795350000000`. */
export function documentId(key: readonly (number | string)[]): string {
  return key.join('|');
}

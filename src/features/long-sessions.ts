import type { ActivityDay, LongSession } from '../domain.js';

/** The days as they were known before these sessions were over: their activities count, their number and length do not. */
export function withoutSessions(days: readonly ActivityDay[], sessions: readonly LongSession[]): ActivityDay[] {
  return days.map((row) => {
    const unfinished = sessions.filter(({ day }) => day === row.day);
    if (unfinished.length === 0) return row;
    const duration_s = unfinished.reduce((sum, session) => sum + session.duration_s, 0);
    return { ...row, sessions: row.sessions - unfinished.length, duration_s: row.duration_s - duration_s };
  });
}

/** Sessions of the site and students at risk, over the last minutes. */
import { SESSIONS } from '../domain.js';
import type { Store } from '../ports.js';
import { Buckets, type PanelsAnswer, spanOf } from './panels.js';
import type { Shown } from './shown.js';

export interface SitePanelsParts {
  store: Pick<Store, 'heldWindows' | 'driftChecks'>;
  shown: Pick<Shown, 'latest'>;
  threshold: number;
  /** The store's clock; null before the first activity. */
  now_ms: () => number | null;
}

/** A session counts where it began. What students are at risk is as of the latest word on them, whatever the span. */
export async function sitePanels({ store, shown, threshold, now_ms }: SitePanelsParts, minutes: number): Promise<PanelsAnswer> {
  const until_ms = now_ms();
  const span = spanOf((until_ms ?? 0) + 1, minutes);
  // A session that began in the span ended in it too, or is still going on.
  const rows = (await store.heldWindows(SESSIONS, span.from_ms)).filter(({ start }) => start >= span.from_ms);
  const begun = rows.filter(({ start }) => start < span.until_ms);
  const sessions = new Buckets(span, 'sum', 0);
  for (const { start } of begun) sessions.add('sessions', start, 1);
  const at_risk = new Buckets(span, 'max', null);
  for (const { as_of_ms, courses } of await store.driftChecks(span.from_ms))
    at_risk.add('enrolments', as_of_ms, courses.reduce((sum, course) => sum + course.above, 0)); // biome-ignore format: one line
  const activities = begun.reduce((sum, { values }) => sum + values[0]!, 0);
  const duration_ms = begun.reduce((sum, { start, end }) => sum + (end - start), 0);
  const mean = (total: number) => (begun.length === 0 ? null : total / begun.length);
  const students = new Set((await shown.latest({ above: threshold })).map(({ user_id }) => user_id));
  return {
    panels: 'predictive',
    from_ms: span.from_ms,
    until_ms,
    bucket_ms: span.bucket_ms,
    figures: [
      { name: 'students_in_risk', value: students.size },
      { name: 'sessions', value: begun.length },
      { name: 'session_duration_s', value: mean(duration_ms / 1000) },
      { name: 'activities_per_session', value: mean(activities) },
    ],
    charts: [sessions.chart('sessions', 'bars', 1), at_risk.chart('in_risk', 'lines', 1)],
    tables: [],
    cut: false,
  };
}

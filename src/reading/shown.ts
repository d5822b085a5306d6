/** What people may see of scores, lists and alerts: nothing of who opted out, nor what is kept back of courses that are not checked yet. */
import type { Alert, Early } from '../domain.js';
import { pair } from './grouping.js';
import type { SeenRoster, SeenStore } from './limited.js';
import type { Names } from './names.js';
import type { Standings } from './standings.js';
import type { AtRisk, PredictionFilter, ShownPrediction } from './views.js';

const EVERYTHING = 1_000_000;
const TREND_MS = 28 * 86_400_000;
/** There is a score, and HOLDFAST_SHADOW keeps it back. */
const NOT_CHECKED = 'not-checked';

export class Shown {
  constructor(
    private readonly store: Pick<SeenStore, 'predictions' | 'alert' | 'alerts' | 'scores'>,
    private readonly roster: Pick<SeenRoster, 'optedOut'>,
    private readonly tables: { early(course_id?: number): Promise<Early[]> },
    private readonly names: Names,
    private readonly standings: Standings,
  ) {}

  /** By score descending, then user and course; unscored last. */
  async predictions({ user_id, course_id, above, band, scored }: PredictionFilter): Promise<ShownPrediction[]> {
    const { isShown } = await this.standings.look();
    const opted_out = await this.roster.optedOut();
    const rows = await this.store.predictions({ user_id, course_id }, { limit: EVERYTHING });
    const stored = rows.filter((p) => !opted_out.has(p.user_id));
    const found = stored.map(
      (p): ShownPrediction => (p.score === null || isShown(p.course_id) ? p : { ...p, score: null, not_scored: NOT_CHECKED }),
    );
    const fits = ({ score }: ShownPrediction) =>
      (above === undefined || (score !== null && score.score > above)) &&
      (band === undefined || score?.band === band) &&
      (scored === undefined || (score !== null) === scored);
    const by = (p: ShownPrediction) => p.score?.score ?? -1;
    return found.filter(fits).sort((a, b) => by(b) - by(a) || a.user_id - b.user_id || a.course_id - b.course_id);
  }

  /** What needs more than the prediction itself: its alert, or a name. */
  async sought(
    { alert, assignee, text, order = 'score' }: PredictionFilter,
    found: ShownPrediction[],
  ): Promise<ShownPrediction[]> {
    if (alert !== undefined || assignee !== undefined) {
      const open = new Map((await this.alerts({ states: ['open', 'acknowledged'] })).map((one) => [pair(one), one]));
      found = found.filter((p) => {
        const one = open.get(pair(p));
        const in_state = alert?.includes((one?.state ?? 'none') as 'none') ?? true;
        return in_state && (assignee === undefined || one?.assignee === assignee);
      });
    }
    if (order === 'last-active') found = [...found].sort((a, b) => (a.last_active_ms ?? 0) - (b.last_active_ms ?? 0));
    if (text === undefined && order !== 'name') return found;
    const people = await this.names.people(found.map((p) => p.user_id));
    const named = found.map((p) => ({ p, name: people(p.user_id).name ?? String(p.user_id) }));
    const sought = text?.trim().toLocaleLowerCase() ?? '';
    const fits = named.filter(({ p, name }) => name.toLocaleLowerCase().includes(sought) || String(p.user_id) === sought);
    if (order === 'name') fits.sort((a, b) => a.name.localeCompare(b.name) || a.p.user_id - b.p.user_id);
    return fits.map(({ p }) => p);
  }

  async alert(alert_id: string): Promise<Alert | null> {
    const alert = await this.store.alert(alert_id);
    const { isShown } = await this.standings.look();
    const opted_out = await this.roster.optedOut();
    return alert && isShown(alert.course_id) && !opted_out.has(alert.user_id) ? alert : null;
  }

  /** Newest first. */
  async alerts(filter: { states?: Alert['state'][]; course_id?: number; user_id?: number }): Promise<Alert[]> {
    const { isShown } = await this.standings.look();
    const opted_out = await this.roster.optedOut();
    const found = (await this.store.alerts(filter, { limit: EVERYTHING })).filter(
      ({ user_id, course_id }) => isShown(course_id) && !opted_out.has(user_id),
    );
    return found.sort((a, b) => b.opened_ms - a.opened_ms || (a.alert_id < b.alert_id ? -1 : 1));
  }

  async early(course_id?: number): Promise<Early[]> {
    const { isShown } = await this.standings.look();
    return (await this.tables.early(course_id)).filter((row) => isShown(row.course_id));
  }

  /** With the scheduled scores of the last 28 days of each: a question to the store each. */
  async withTrends(items: AtRisk[], now_ms: number): Promise<AtRisk[]> {
    const shown: AtRisk[] = [];
    for (const item of items) {
      const { user_id, course_id } = item;
      const from = now_ms - TREND_MS;
      const scores = item.score === null ? [] : await this.store.scores({ user_id, course_id, from }, { limit: EVERYTHING });
      shown.push({ ...item, trend: scores.map(({ as_of_ms, score }) => ({ as_of_ms, score })) });
    }
    return shown;
  }
}

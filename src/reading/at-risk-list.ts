/** Enrolments with the latest word on each, as lists and pages show them: found among all, then read whole for the rows of one page. */
import type { Assignments } from './assignments.js';
import { slice } from './cursors.js';
import type { PredictionFilter } from './filters.js';
import { pair } from './grouping.js';
import { lastContact } from './last-contact.js';
import type { SeenRoster, SeenStore } from './limited.js';
import type { Names } from './names.js';
import type { Shown } from './shown.js';
import { unreadOf } from './unread.js';
import type { AtRisk, PageOf, ShownPrediction } from './views.js';

const EVERYTHING = 1_000_000;
const TREND_MS = 28 * 86_400_000;

export class AtRiskList {
  constructor(
    private readonly store: Pick<SeenStore, 'alert' | 'alertEdits' | 'references' | 'scores'>,
    private readonly roster: Pick<SeenRoster, 'latelyOf'>,
    private readonly shown: Shown,
    private readonly names: Names,
    private readonly assignments: Assignments,
    private readonly now_ms: () => number,
  ) {}

  async page(filter: PredictionFilter, cursor: string | null, limit: number): Promise<PageOf<AtRisk> & { total: number }> {
    const belongs = await this.assignments.belonging(filter);
    const found = await this.shown.sought(filter, (await this.shown.latest(filter)).filter(belongs), this.now_ms());
    const { items: rows, next_cursor } = slice(found, cursor, limit);
    const items = await this.named(await this.shown.whole(rows));
    return { items: filter.trend ? await this.#withTrends(items) : items, next_cursor, total: found.length };
  }

  /** With names, enrolment, the alert that waits for a person, and what a person did last. */
  async named(predictions: ShownPrediction[]): Promise<AtRisk[]> {
    const users = predictions.map((p) => p.user_id);
    const [people, courses] = [await this.names.people(users), await this.names.courses()];
    const enrolments = new Map((await this.roster.latelyOf([...new Set(users)], this.now_ms())).map((e) => [pair(e), e]));
    const [waiting, contacts] = [await this.shown.unresolved(), await this.shown.contacts()];
    const unread = await unreadOf(this.store, users);
    const found: AtRisk[] = [];
    for (const p of predictions) {
      const enrolment = enrolments.get(pair(p));
      if (!enrolment) continue;
      const place = waiting(p);
      const alert = place === undefined ? null : await this.store.alert(place.alert_id);
      const last_contact = await lastContact(this.store, contacts(p), this.now_ms());
      const named = { person: people(p.user_id), course: courses(p.course_id), enrolment };
      found.push({ ...p, ...named, trend: null, alert, last_contact, unread: unread(p) });
    }
    return found;
  }

  /** With the scheduled scores of the last 28 days of each: a question to the store each. */
  async #withTrends(items: AtRisk[]): Promise<AtRisk[]> {
    const from = this.now_ms() - TREND_MS;
    const shown: AtRisk[] = [];
    for (const item of items) {
      const { user_id, course_id } = item;
      const scores = item.score === null ? [] : await this.store.scores({ user_id, course_id, from }, { limit: EVERYTHING });
      shown.push({ ...item, trend: scores.map(({ as_of_ms, score }) => ({ as_of_ms, score })) });
    }
    return shown;
  }
}

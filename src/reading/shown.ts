/** What people may see of scores, lists and alerts: nothing of who opted out or has left, nor what is kept back of courses that are not checked yet. */
import { isUnresolved } from '../alerts/lifecycle.js';
import type { Alert, CurrentScore, Early, Prediction, Reason } from '../domain.js';
import { earlyList } from '../scoring/early.js';
import { isSameName } from './assignees.js';
import { contactedLately } from './contacts.js';
import type { PredictionFilter } from './filters.js';
import { pair } from './grouping.js';
import { type AlertPlace, type Latest, type LatestScore, newestFirst } from './latest.js';
import type { SeenRoster, SeenStore } from './limited.js';
import type { Names } from './names.js';
import type { Standings } from './standings.js';
import type { Gone, StillThere } from './still-there.js';
import type { ShownPrediction } from './views.js';

type Place = Pick<LatestScore, 'user_id' | 'course_id'>;

const EVERYTHING = 1_000_000;
/** There is a score, and HOLDFAST_SHADOW keeps it back. */
const NOT_CHECKED = 'not-checked';

export class Shown {
  #early: { of: readonly LatestScore[]; opted_out: number; gone: Gone; list: Early[] } | null = null;

  constructor(
    private readonly store: Pick<SeenStore, 'predictions' | 'alert' | 'alerts'>,
    private readonly roster: Pick<SeenRoster, 'optedOut'>,
    private readonly capacity: number | null,
    private readonly names: Names,
    private readonly standings: Standings,
    private readonly kept: Pick<Latest, 'scores' | 'alerts' | 'waiting' | 'contacts'>,
    private readonly there: Pick<StillThere, 'look'>,
  ) {}

  /** By score descending, then user and course; unscored last. What is shown of each beside that: `whole`. */
  async latest({ user_id, course_id, above, band, scored }: PredictionFilter): Promise<LatestScore[]> {
    const keptBack = await this.#keptBack();
    const opted_out = await this.roster.optedOut();
    const fits = (p: LatestScore) =>
      (user_id === undefined || p.user_id === user_id) &&
      (course_id === undefined || p.course_id === course_id) &&
      (above === undefined || (p.score !== null && p.score > above)) &&
      (band === undefined || p.band === band) &&
      (scored === undefined || (p.score !== null) === scored);
    const [seen, kept_back]: [LatestScore[], LatestScore[]] = [[], []];
    for (const p of await this.kept.scores()) {
      if (opted_out.has(p.user_id)) continue;
      const why = p.score === null ? null : keptBack(p);
      if (why === null) seen.push(p);
      else kept_back.push({ ...p, score: null, band: null, not_scored: why });
    }
    if (kept_back.length === 0) return seen.filter(fits);
    // Those kept back go last, with those without a score.
    const last = [...seen.filter(({ score }) => score === null), ...kept_back].sort(byKey);
    return [...seen.filter(({ score }) => score !== null), ...last].filter(fits);
  }

  /** All that is known of these, in their order, read from the store one by one: for the rows of a page. */
  async whole(rows: readonly Place[]): Promise<ShownPrediction[]> {
    const keptBack = await this.#keptBack();
    return (await this.#stored(rows)).map((p) =>
      p.score === null ? { ...p, score: null } : { ...p, ...seenScore(p.score, keptBack(p)) },
    );
  }

  /** Of places of the early list: why they may fall silent, which is not why the score is what it is. */
  async earlyReasons(places: readonly Place[]): Promise<(place: Place) => Reason[]> {
    const keptBack = await this.#keptBack();
    const found = new Map<string, Reason[]>();
    for (const p of await this.#stored(places))
      if (p.score !== null && keptBack(p) === null) found.set(pair(p), p.score.early_reasons ?? p.score.reasons);
    return (place) => found.get(pair(place)) ?? [];
  }

  async #stored(places: readonly Place[]): Promise<Prediction[]> {
    const found: Prediction[] = [];
    for (const { user_id, course_id } of places)
      found.push(...(await this.store.predictions({ user_id, course_id }, { limit: 1 })));
    return found;
  }

  /** Why there is no score to see where there is one; null = it is seen. */
  async #keptBack(): Promise<(place: Place) => ReturnType<Gone> | typeof NOT_CHECKED> {
    const { isShown } = await this.standings.look();
    const gone = await this.there.look();
    return (place) => gone(place) ?? (isShown(place.course_id) ? null : NOT_CHECKED);
  }

  /** Nobody is asked to act on somebody who has left: what waits about them is as good as closed. */
  async #hidden(): Promise<(alert: Place & { state: Alert['state'] }) => boolean> {
    const { isShown } = await this.standings.look();
    const opted_out = await this.roster.optedOut();
    const gone = await this.there.look();
    return (alert) => !isShown(alert.course_id) || opted_out.has(alert.user_id) || (isUnresolved(alert) && gone(alert) !== null);
  }

  async ofStudent(user_id: number): Promise<ShownPrediction[]> {
    return this.whole((await this.latest({ user_id })).sort(byKey));
  }

  /** What needs more than the score itself: its alert, whether somebody was contacted, or a name. */
  async sought(
    { alert, assignee, assigned, contacted, text, order = 'score' }: PredictionFilter,
    found: LatestScore[],
    now_ms: number,
  ): Promise<LatestScore[]> {
    if (alert !== undefined || assignee !== undefined || assigned !== undefined) {
      const open = await this.unresolved();
      found = found.filter((p) => {
        const one = open(p);
        const is_muted = (one?.muted_until_ms ?? 0) > now_ms;
        const in_state = alert?.some((word) => (word === 'muted' ? is_muted : word === (one?.state ?? 'none'))) ?? true;
        const is_somebodys = one === undefined ? undefined : one.assignee !== null;
        const is_theirs = assignee === undefined || isSameName(one?.assignee, assignee);
        return in_state && is_theirs && (assigned === undefined || assigned === is_somebodys);
      });
    }
    if (contacted !== undefined) {
      const lately = contactedLately(await this.places(), now_ms);
      found = found.filter(({ user_id }) => lately.has(user_id) === contacted);
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

  /** Where every alert stands that people may see, newest first. */
  async places(): Promise<AlertPlace[]> {
    const hidden = await this.#hidden();
    return (await this.kept.alerts()).filter((alert) => !hidden(alert));
  }

  /** Of an enrolment that is shown, the alert that waits for a person. */
  async unresolved(): Promise<(of: Place) => AlertPlace | undefined> {
    const keptBack = await this.#keptBack();
    const waiting = await this.kept.waiting();
    return (of) => (keptBack(of) === null ? waiting.get(pair(of)) : undefined);
  }

  /** Of an enrolment that is shown, the alert that a person resolved last. */
  async contacts(): Promise<(of: Place) => AlertPlace | undefined> {
    const { isShown } = await this.standings.look();
    const contacts = await this.kept.contacts();
    return (of) => (isShown(of.course_id) ? contacts.get(pair(of)) : undefined);
  }

  /** By student, whoever has the alert that opened first among those with somebody's name, whatever the course. */
  async owners(): Promise<(user_id: number) => string | null> {
    const owners = new Map<number, string>();
    // Newest first: the oldest is written last.
    for (const { user_id, state, assignee } of await this.places())
      if (isUnresolved({ state }) && assignee !== null) owners.set(user_id, assignee);
    return (user_id) => owners.get(user_id) ?? null;
  }

  async alert(alert_id: string): Promise<Alert | null> {
    const alert = await this.store.alert(alert_id);
    const { isShown } = await this.standings.look();
    const opted_out = await this.roster.optedOut();
    return alert && isShown(alert.course_id) && !opted_out.has(alert.user_id) ? alert : null;
  }

  /** Newest first. */
  async alerts(filter: { states?: Alert['state'][]; course_id?: number; user_id?: number }): Promise<Alert[]> {
    const hidden = await this.#hidden();
    const found = (await this.store.alerts(filter, { limit: EVERYTHING })).filter((alert) => !hidden(alert));
    return found.sort(newestFirst);
  }

  /** The early list without the reasons: those are read for the rows of a page. */
  async early(course_id?: number): Promise<Early[]> {
    const { isShown } = await this.standings.look();
    const opted_out = await this.roster.optedOut();
    const of = await this.kept.scores();
    const gone = await this.there.look();
    if (this.#early?.of !== of || this.#early.opted_out !== opted_out.size || this.#early.gone !== gone) {
      const asked = of.filter((p) => !opted_out.has(p.user_id) && gone(p) === null);
      const list = earlyList(asked.map(({ early_score, ...p }) => ({ ...p, score: { early_score, reasons: [] } })), this.capacity); // biome-ignore format: one thought
      this.#early = { of, opted_out: opted_out.size, gone, list };
    }
    const fits = (row: Early) => (course_id === undefined || row.course_id === course_id) && isShown(row.course_id);
    return this.#early.list.filter((row) => fits(row) && !opted_out.has(row.user_id));
  }
}

function seenScore({ early_reasons: _, ...score }: CurrentScore, why: ShownPrediction['not_scored']) {
  return why === null ? { score, not_scored: null } : { score: null, not_scored: why };
}

function byKey(a: LatestScore, b: LatestScore): number {
  return a.user_id - b.user_id || a.course_id - b.course_id;
}

/**
 * What lists are found and ordered by: of every enrolment the score and little else, of every alert where it stands. Read once, then kept
 * in step with what this process commits, since each list, the summary and the courses go through all of it; what a page shows
 * beside that is read from the store for its rows alone.
 */
import { isUnresolved } from '../alerts/lifecycle.js';
import type { Alert, Band, Prediction, Score } from '../domain.js';
import { paged } from '../pipeline/paged.js';
import type { Page, Store } from '../ports.js';
import { byPeople } from './by-people.js';
import { pair } from './grouping.js';
import type { ShownPrediction } from './views.js';

export interface LatestScore
  extends Pick<ShownPrediction, 'user_id' | 'course_id' | 'as_of_ms' | 'not_scored' | 'last_active_ms'> {
  score: number | null;
  early_score: number | null;
  band: Band | null;
}
export type AlertPlace = Pick<
  Alert,
  'alert_id' | 'user_id' | 'course_id' | 'state' | 'opened_ms' | 'closed_ms' | 'outcome' | 'assignee' | 'muted_until_ms'
>;

/** Rows that a commit changed, as they are now. */
export interface Changed {
  predictions?: readonly Prediction[];
  alerts?: readonly Alert[];
}

export class Latest {
  readonly #scores: Kept<LatestScore>;
  readonly #alerts: Kept<AlertPlace>;
  #by_pair: { of: readonly AlertPlace[]; waiting: Map<string, AlertPlace>; contacts: Map<string, AlertPlace> } | null = null;

  /** `turn` is another one whenever another process may have changed something: all is then read again. */
  constructor(store: Pick<Store, 'predictions' | 'alerts'>, turn: () => string) {
    const scores = () =>
      paged(
        (page: Page<[number, number]>) => store.predictions({}, page),
        ({ user_id, course_id }: Prediction): [number, number] => [user_id, course_id],
      );
    const alerts = () =>
      paged(
        (page: Page<string>) => store.alerts({}, page),
        ({ alert_id }: Alert) => alert_id,
      );
    this.#scores = new Kept(turn, () => mapped(scores(), lightScore), pair, highestFirst);
    this.#alerts = new Kept(
      turn,
      () => mapped(alerts(), placeOf),
      ({ alert_id }) => alert_id,
      newestFirst,
    );
  }

  /** This process has committed these. */
  heard({ predictions = [], alerts = [] }: Changed): void {
    this.#scores.heard(predictions.map(lightScore));
    this.#alerts.heard(alerts.map(placeOf));
  }

  /** Rows went that nobody was told of one by one: all is read again. */
  forget(): void {
    this.#scores.forget();
    this.#alerts.forget();
  }

  /** By score descending, then user and course; unscored last. Nobody is left out. */
  scores(): Promise<readonly LatestScore[]> {
    return this.#scores.value();
  }

  /** Newest first, whatever their state. */
  alerts(): Promise<readonly AlertPlace[]> {
    return this.#alerts.value();
  }

  /** By enrolment (`pair`): the alert that waits for a person. */
  async waiting(): Promise<ReadonlyMap<string, AlertPlace>> {
    return (await this.#byPair()).waiting;
  }

  /** By enrolment (`pair`): the alert that a person resolved last. */
  async contacts(): Promise<ReadonlyMap<string, AlertPlace>> {
    return (await this.#byPair()).contacts;
  }

  async #byPair() {
    const of = await this.alerts();
    if (this.#by_pair?.of !== of) {
      const waiting = new Map(of.filter(isUnresolved).map((one) => [pair(one), one]));
      const contacts = new Map(
        byPeople(of)
          .reverse()
          .map((one) => [pair(one), one]),
      );
      this.#by_pair = { of, waiting, contacts };
    }
    return this.#by_pair;
  }
}

/** Rows by their key, in an order that is made again when somebody asks after a change. A reading that failed is forgotten. */
class Kept<T> {
  #turn = '';
  #rows: Promise<Map<string, T>> | null = null;
  #sorted: T[] | null = null;

  constructor(
    private readonly turn: () => string,
    private readonly read: () => AsyncIterable<T>,
    private readonly key: (row: T) => string,
    private readonly order: (a: T, b: T) => number,
  ) {}

  /** What is being read meanwhile may have these rows or not: they are put in afterwards, in the order of the commits. */
  heard(rows: readonly T[]): void {
    if (rows.length === 0 || this.#rows === null) return;
    this.#rows = this.#rows.then((known) => {
      for (const row of rows) known.set(this.key(row), row);
      this.#sorted = null;
      return known;
    });
    this.#rows.catch(() => undefined);
  }

  forget(): void {
    this.#rows = null;
  }

  async value(): Promise<readonly T[]> {
    const turn = this.turn();
    if (this.#rows === null || turn !== this.#turn) this.#begin(turn);
    const rows = this.#rows!;
    try {
      const known = await rows;
      this.#sorted ??= [...known.values()].sort(this.order);
      return this.#sorted;
    } catch (error) {
      if (this.#rows === rows) this.#rows = null;
      throw error;
    }
  }

  #begin(turn: string): void {
    this.#turn = turn;
    this.#sorted = null;
    this.#rows = (async () => {
      const known = new Map<string, T>();
      for await (const row of this.read()) known.set(this.key(row), row);
      this.#sorted = null;
      return known;
    })();
  }
}

async function* mapped<A, B>(rows: AsyncIterable<A>, light: (row: A) => B): AsyncGenerator<B> {
  for await (const row of rows) yield light(row);
}

const BANDS: readonly Band[] = ['low', 'raised', 'high', 'very high'];
/** One string for all, where a million parsed ones would each take room. */
const bandIn = (score: Score | null): Band | null => BANDS.find((band) => band === score?.band) ?? null;

function lightScore({ user_id, course_id, as_of_ms, score, not_scored, last_active_ms }: Prediction): LatestScore {
  const figures = { score: score?.score ?? null, early_score: score?.early_score ?? null, band: bandIn(score) };
  return { user_id, course_id, as_of_ms, not_scored, last_active_ms, ...figures };
}

function placeOf(alert: Alert): AlertPlace {
  const { alert_id, user_id, course_id, state, opened_ms, closed_ms, outcome, assignee, muted_until_ms } = alert;
  return { alert_id, user_id, course_id, state, opened_ms, closed_ms, outcome, assignee, muted_until_ms };
}

function highestFirst(a: LatestScore, b: LatestScore): number {
  return (b.score ?? -1) - (a.score ?? -1) || a.user_id - b.user_id || a.course_id - b.course_id;
}

export function newestFirst(a: Pick<Alert, 'opened_ms' | 'alert_id'>, b: Pick<Alert, 'opened_ms' | 'alert_id'>): number {
  return b.opened_ms - a.opened_ms || (a.alert_id < b.alert_id ? -1 : 1);
}

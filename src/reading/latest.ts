/**
 * What lists are found and ordered by: of every enrolment the score and little else, of every alert where it stands. Kept in memory until
 * it changes, since each list, the summary and the courses go through all of it; what a page shows is read from the store for its rows alone.
 */
import type { Alert, Band, Prediction, Score } from '../domain.js';
import { paged } from '../pipeline/paged.js';
import type { Page, Store } from '../ports.js';
import type { ShownPrediction } from './views.js';

export interface LatestScore extends Pick<ShownPrediction, 'user_id' | 'course_id' | 'not_scored' | 'last_active_ms'> {
  score: number | null;
  band: Band | null;
}
export type AlertPlace = Pick<
  Alert,
  'alert_id' | 'user_id' | 'course_id' | 'state' | 'opened_ms' | 'closed_ms' | 'outcome' | 'assignee'
>;

export class Latest {
  readonly #scores: Kept<LatestScore[]>;
  readonly #alerts: Kept<AlertPlace[]>;

  /** `turn` is another one whenever scores or alerts may have changed. */
  constructor(store: Pick<Store, 'predictions' | 'alerts'>, turn: () => string) {
    this.#scores = new Kept(() => readScores(store), turn);
    this.#alerts = new Kept(() => readAlerts(store), turn);
  }

  /** By score descending, then user and course; unscored last. Nobody is left out. */
  scores(): Promise<readonly LatestScore[]> {
    return this.#scores.value();
  }

  /** Newest first, whatever their state. */
  alerts(): Promise<readonly AlertPlace[]> {
    return this.#alerts.value();
  }
}

/** Read once a turn, by whoever asks first. A reading that failed is forgotten. */
class Kept<T> {
  #turn = '';
  #value: Promise<T> | null = null;

  constructor(
    private readonly read: () => Promise<T>,
    private readonly turn: () => string,
  ) {}

  value(): Promise<T> {
    const turn = this.turn();
    if (this.#value === null || turn !== this.#turn) {
      const value = this.read();
      this.#turn = turn;
      this.#value = value;
      value.catch(() => {
        if (this.#value === value) this.#value = null;
      });
    }
    return this.#value;
  }
}

async function readScores(store: Pick<Store, 'predictions'>): Promise<LatestScore[]> {
  const found: LatestScore[] = [];
  const rows = paged(
    (page: Page<[number, number]>) => store.predictions({}, page),
    ({ user_id, course_id }: Prediction): [number, number] => [user_id, course_id],
  );
  for await (const { user_id, course_id, score, not_scored, last_active_ms } of rows)
    found.push({ user_id, course_id, not_scored, last_active_ms, score: score?.score ?? null, band: bandIn(score) });
  const by = ({ score }: LatestScore) => score ?? -1;
  return found.sort((a, b) => by(b) - by(a) || a.user_id - b.user_id || a.course_id - b.course_id);
}

const BANDS: readonly Band[] = ['low', 'raised', 'high', 'very high'];
/** One string for all, where a million parsed ones would each take room. */
const bandIn = (score: Score | null): Band | null => BANDS.find((band) => band === score?.band) ?? null;

async function readAlerts(store: Pick<Store, 'alerts'>): Promise<AlertPlace[]> {
  const found: AlertPlace[] = [];
  const rows = paged(
    (page: Page<string>) => store.alerts({}, page),
    ({ alert_id }: Alert) => alert_id,
  );
  for await (const { alert_id, user_id, course_id, state, opened_ms, closed_ms, outcome, assignee } of rows)
    found.push({ alert_id, user_id, course_id, state, opened_ms, closed_ms, outcome, assignee });
  return found.sort(newestFirst);
}

export function newestFirst(a: Pick<Alert, 'opened_ms' | 'alert_id'>, b: Pick<Alert, 'opened_ms' | 'alert_id'>): number {
  return b.opened_ms - a.opened_ms || (a.alert_id < b.alert_id ? -1 : 1);
}

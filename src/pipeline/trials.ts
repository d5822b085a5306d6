/**
 * A fair trial of whether calling helps: each week, of those on the early list, half is drawn to be called that week and half the next. Everybody is
 * called, nobody waits longer than a week, and a tutor may call anybody at any time: compared is what was drawn, not what was done.
 *
 * Who was drawn is kept as rows about a person beside the imported ones, in one commit with the week, so that a crash draws nobody twice. What came of
 * it is looked up when it is asked for, and told only when the trial has run as long as was said before: who looks every day and stops when
 * they like what they see finds what they like.
 */
import { randomBytes } from 'node:crypto';
import type { Score } from '../domain.js';
import { type Actor, type Commit, doneBy, named, type Store } from '../ports.js';
import { contactedLately } from '../reading/contacts.js';
import type { Shown } from '../reading/shown.js';
import { earlyList } from '../scoring/early.js';
import { type Arm, type Candidate, draw } from '../trials/draw.js';
import { difference, type Estimate, type Stratum } from '../trials/estimate.js';
import { neededInEach, smallestShown } from '../trials/power.js';
import type { Calendar } from '../windows/calendar.js';
import { DRAWS, type Drawn, drawnOf, rowOf, SEEN_DAYS } from './trial-draws.js';

const KEPT = 'trials';
const DAY_MS = 86_400_000;
export const WEEKS_MAX = 52;
/** Past weeks that the power is reckoned from. */
const PAST_WEEKS = 8;
const SCORES_OF_A_DAY = 1_000_000;
/** With fewer in a half nothing is claimed: the interval is one of large numbers, and has no width at all where everybody does the same. */
const TOLD_FROM = 20;
/** Asked of a trial before it starts: how long until a difference of ten points shows. */
const WANTED = 0.1;

export interface Trial {
  /** From 1. */
  id: number;
  seed: string;
  by: string;
  started_ms: number;
  /** Draws that it was started for. */
  weeks: number;
  /** Their Mondays, `2026-11-23`. */
  drawn: string[];
  ended_ms: number | null;
  how: 'running' | 'done' | 'stopped';
}

export interface Power {
  /** Share of those on past lists who were active again; null where no past list is known. */
  base: number | null;
  /** Students a week, on those lists. */
  a_week: number;
  past_weeks: number;
  /** The difference that so many weeks show 80 times of 100, in shares; null where none. */
  smallest: number | null;
  /** Weeks that ten points need; null where they cannot be reached. */
  weeks_for_ten_points: number | null;
}

export interface TrialState {
  trial: Trial | null;
  now: Counts;
  later: Counts;
  /** null until the trial is done; always, where it was stopped. */
  result: Estimate | null;
  /** `cannot-be-told`: the interval holds zero. */
  word: 'none' | 'running' | 'stopped' | 'cannot-be-told' | 'more' | 'fewer';
}

interface Counts {
  drawn: number;
  /** Whose days are over. */
  known: number;
}

export class TrialRefused extends Error {
  override readonly name = 'TrialRefused';
}

export interface TrialWorld {
  store: Pick<Store, 'position' | 'references' | 'activityDays' | 'scores'>;
  /** Leaves out who was erased meanwhile. */
  commit: (commit: Commit) => Promise<unknown>;
  shown: Pick<Shown, 'early' | 'places'>;
  calendar: Calendar;
  capacity: number | null;
  clock: () => { now_ms: number; last_tick_ms: number | null };
}

export class Trials {
  constructor(private readonly world: TrialWorld) {}

  async start(weeks: number, by: Actor, seed = randomBytes(16).toString('hex')): Promise<Trial> {
    const { kept, trials } = await this.#kept();
    if (trials.at(-1)?.how === 'running') throw new TrialRefused('A trial is under way: stop it first, or wait for its end.');
    const started_ms = this.world.clock().now_ms;
    const trial: Trial = {
      id: trials.length + 1,
      seed,
      by: by.name,
      started_ms,
      weeks,
      drawn: [],
      ended_ms: null,
      how: 'running',
    };
    await this.#keep(kept, [...trials, trial], `A trial of ${weeks} weeks was started; seed ${seed}.`, by);
    return trial;
  }

  async stop(by: Actor): Promise<Trial> {
    const { kept, trials } = await this.#kept();
    const trial = trials.at(-1);
    if (trial?.how !== 'running') throw new TrialRefused('No trial is under way.');
    const stopped: Trial = { ...trial, ended_ms: this.world.clock().now_ms, how: 'stopped' };
    await this.#keep(kept, [...trials.slice(0, -1), stopped], 'The trial was stopped before its end.', by);
    return stopped;
  }

  /** Draws where this week's scoring is done and nobody has drawn yet, and ends what is over. To be called again and again. */
  async look(): Promise<'drawn' | 'done' | null> {
    const { kept, trials } = await this.#kept();
    const trial = trials.at(-1);
    const { now_ms, last_tick_ms } = this.world.clock();
    if (trial?.how !== 'running' || last_tick_ms === null) return null;
    const { calendar } = this.world;
    const today = calendar.day(now_ms);
    const monday = mondayOf(calendar.day(last_tick_ms));
    const week = calendar.format(monday);
    if (trial.drawn.length < trial.weeks && mondayOf(today) === monday && !trial.drawn.includes(week)) {
      const next = { ...trial, drawn: [...trial.drawn, week] };
      const references = (await this.#drawn(trial, week)).map((row) => ({
        op: 'upsert' as const,
        reference: rowOf(trial.id, { ...row, week, day: today }),
      }));
      const position = { source: KEPT, from: kept, to: JSON.stringify([...trials.slice(0, -1), next]) };
      await this.world.commit({ references, position });
      return 'drawn';
    }
    const last = trial.drawn.at(-1);
    const over = trial.drawn.length >= trial.weeks && last !== undefined && today > calendar.parse(last) + 2 * SEEN_DAYS;
    if (!over) return null;
    const done: Trial = { ...trial, ended_ms: now_ms, how: 'done' };
    await this.#keep(kept, [...trials.slice(0, -1), done], 'The trial came to its end.', named('the schedule'));
    return 'done';
  }

  async state(): Promise<TrialState> {
    const trial = (await this.#kept()).trials.at(-1) ?? null;
    const counts = { now: { drawn: 0, known: 0 }, later: { drawn: 0, known: 0 } };
    if (trial === null) return { trial, ...counts, result: null, word: 'none' };
    const today = this.world.calendar.day(this.world.clock().now_ms);
    const strata = new Map<string, Stratum>();
    for (const one of await this.#rows(trial.id)) {
      counts[one.arm].drawn++;
      if (today <= one.day + SEEN_DAYS) continue;
      counts[one.arm].known++;
      const key = `${one.week} ${one.course_id}`;
      const stratum = strata.get(key) ?? { now: { drawn: 0, active: 0 }, later: { drawn: 0, active: 0 } };
      strata.set(key, stratum);
      stratum[one.arm].drawn++;
      if (trial.how === 'done' && (await this.#activeAfter(one, one.day))) stratum[one.arm].active++;
    }
    const result = trial.how === 'done' ? difference([...strata.values()]) : null;
    return { trial, ...counts, result, word: wordOf(trial, counts, result) };
  }

  /** From the lists of past weeks, as they would have been with the capacity of today. */
  async power(weeks: number): Promise<Power> {
    const { calendar, clock, capacity, store } = this.world;
    const today = calendar.day(clock().now_ms);
    let [listed, active, past_weeks] = [0, 0, 0];
    for (let back = 1; back <= PAST_WEEKS; back++) {
      const monday = mondayOf(today) - SEEN_DAYS * back;
      // Of those scored on its Sunday the days are not over before.
      if (monday + 2 * SEEN_DAYS > today) continue;
      const from = calendar.startOfDay(monday);
      const scores = await store.scores({ from, to: from + SEEN_DAYS * DAY_MS }, { limit: SCORES_OF_A_DAY });
      const list = onePlaceEach(earlyList(firstScoring(scores), capacity));
      if (list.length === 0) continue;
      past_weeks++;
      listed += list.length;
      for (const one of list) if (await this.#activeAfter(one, calendar.day(one.as_of_ms))) active++;
    }
    if (listed === 0) return { base: null, a_week: 0, past_weeks, smallest: null, weeks_for_ten_points: null };
    const [base, a_week] = [active / listed, listed / past_weeks];
    const needed = neededInEach(base, WANTED);
    return {
      base,
      a_week,
      past_weeks,
      smallest: smallestShown(base, Math.floor((a_week * weeks) / 2)),
      weeks_for_ten_points: Number.isFinite(needed) ? Math.ceil((2 * needed) / a_week) : null,
    };
  }

  async #drawn({ id, seed }: Trial, week: string): Promise<(Candidate & { arm: Arm })[]> {
    const before = new Set((await this.#rows(id)).map(({ user_id }) => user_id));
    const called = contactedLately(await this.world.shown.places(), this.world.clock().now_ms);
    const list = onePlaceEach(await this.world.shown.early()).filter(
      ({ user_id }) => !before.has(user_id) && !called.has(user_id),
    );
    return draw(list, seed, week);
  }

  async #activeAfter({ user_id, course_id }: Candidate, day: number): Promise<boolean> {
    const days = await this.world.store.activityDays(
      { user_id, course_id, from: day + 1, to: day + 1 + SEEN_DAYS },
      { limit: SEEN_DAYS },
    );
    return days.some(({ activities }) => activities > 0);
  }

  async #rows(trial: number): Promise<Drawn[]> {
    return (await this.world.store.references(DRAWS)).flatMap((row) =>
      !row.deleted && row.row.trial === trial ? [drawnOf(row)] : [],
    );
  }

  async #kept(): Promise<{ kept: string | null; trials: Trial[] }> {
    const kept = await this.world.store.position(KEPT);
    return { kept, trials: kept === null ? [] : (JSON.parse(kept) as Trial[]) };
  }

  async #keep(kept: string | null, trials: Trial[], detail: string, by: Actor): Promise<void> {
    const change = { at_ms: this.world.clock().now_ms, ...doneBy(by), what: 'trial', detail };
    await this.world.commit({ position: { source: KEPT, from: kept, to: JSON.stringify(trials) }, changes: [change] });
  }
}

/** Days are counted from a Thursday. */
export function mondayOf(day: number): number {
  return day - ((day + 3) % SEEN_DAYS);
}

/** One call a student, for the course in which they are the likeliest to fall silent. */
function onePlaceEach<Place extends Candidate & { early_score: number }>(places: readonly Place[]): Place[] {
  const best = new Map<number, Place>();
  for (const place of places)
    if (place.early_score > (best.get(place.user_id)?.early_score ?? -1)) best.set(place.user_id, place);
  return [...best.values()];
}

/** As candidates for a list; of a week with several scorings the first. */
function firstScoring(scores: readonly Score[]) {
  const first_ms = scores.reduce((first, { as_of_ms }) => Math.min(first, as_of_ms), Number.POSITIVE_INFINITY);
  return scores
    .filter(({ as_of_ms }) => as_of_ms === first_ms)
    .map(({ user_id, course_id, as_of_ms, early_score }) => ({
      user_id,
      course_id,
      as_of_ms,
      last_active_ms: null,
      score: { early_score, reasons: [] },
    }));
}

function wordOf({ how }: Trial, { now, later }: { now: Counts; later: Counts }, result: Estimate | null): TrialState['word'] {
  if (how !== 'done') return how;
  if (result === null || Math.min(now.known, later.known) < TOLD_FROM || (result.low <= 0 && result.high >= 0))
    return 'cannot-be-told';
  return result.low > 0 ? 'more' : 'fewer';
}

/**
 * What runs beside the scheduled scoring: the challenger's scores, and whether the tick's data can be believed. While it cannot, no
 * new alert is raised, and those that are there stay as they are unless the student left: an outage must not alert everybody.
 */
import type { ShadowScore } from '../domain.js';
import { FEATURES } from '../features/vector.js';
import type { CourseSigns, DriftCheck, Predictor, Store } from '../ports.js';
import { roundScore } from '../scoring/bands.js';
import { Foreignness } from '../scoring/drift.js';
import type { Scorable } from '../scoring/score.js';
import { BEFORE_MS_MAX, signsOf, verdictOf, weekBefore } from '../scoring/signs.js';

/** hold: no new alerts while the data cannot be believed. warn: say so, and alert. off: do not look. */
export type DriftMode = 'hold' | 'warn' | 'off';

export interface WatchSettings {
  threshold: number;
  drift?: DriftMode;
}

export class TickWatch {
  /** Of the latest tick that was asked about. */
  #known: { tick_ms: number; suspect: boolean } | null = null;

  constructor(
    private readonly store: Store,
    private readonly settings: WatchSettings,
    private readonly champion: Predictor | null,
    private readonly challenger: Predictor | null,
  ) {}

  get mode(): DriftMode {
    return this.settings.drift ?? 'hold';
  }

  begin(as_of_ms: number): TickNotes {
    return new TickNotes(this.store, { threshold: this.settings.threshold, drift: this.mode }, as_of_ms, {
      champion: this.champion,
      challenger: this.challenger,
    });
  }

  /** Between ticks the word of the latest one holds, whoever fired it. */
  async isHeld(last_tick_ms: number | null): Promise<boolean> {
    if (this.mode !== 'hold' || last_tick_ms === null) return false;
    if (this.#known?.tick_ms !== last_tick_ms) {
      const check = (await this.store.driftChecks(last_tick_ms)).at(-1);
      this.#known = { tick_ms: last_tick_ms, suspect: check !== undefined && check.suspect !== null };
    }
    return this.#known.suspect;
  }
}

/** Of one tick: takes the courses one after another, and holds counts. */
export class TickNotes {
  readonly #courses: CourseSigns[] = [];
  readonly #foreign: Foreignness | null;

  constructor(
    private readonly store: Store,
    private readonly settings: Required<WatchSettings>,
    private readonly as_of_ms: number,
    private readonly models: { champion: Predictor | null; challenger: Predictor | null },
  ) {
    const reference = models.champion?.manifest.reference;
    this.#foreign = reference && settings.drift !== 'off' ? new Foreignness(reference) : null;
  }

  /** `scores` in the order of `rows`. Gives what the challenger says of them. */
  async course(course_id: number, rows: readonly Scorable[], scores: readonly { score: number }[]): Promise<ShadowScore[]> {
    if (rows.length === 0) return [];
    if (this.settings.drift !== 'off') this.#courses.push(signsOf(course_id, rows, scores, this.settings.threshold));
    rows.forEach((row, i) => {
      this.#foreign?.add(row.features, scores[i]!.score);
    });
    const { challenger } = this.models;
    return challenger === null ? [] : shadowsOf(challenger, rows, course_id, this.as_of_ms);
  }

  /** After the last course; null where nobody asked to look. */
  async finish(): Promise<DriftCheck | null> {
    const { as_of_ms } = this;
    if (this.settings.drift === 'off') return null;
    const checks = await this.store.driftChecks(as_of_ms - BEFORE_MS_MAX);
    const before = weekBefore(checks, as_of_ms);
    const last = checks.filter((check) => check.as_of_ms < as_of_ms).at(-1);
    const { suspect, doubt, psi } = verdictOf(this.#courses, before, last !== undefined && last.suspect !== null);
    return {
      as_of_ms,
      suspect,
      doubt,
      held: suspect !== null && this.settings.drift === 'hold',
      compared_ms: psi === null ? null : before!.as_of_ms,
      psi,
      training: this.#foreign?.distance() ?? null,
      courses: this.#courses,
    };
  }
}

async function shadowsOf(
  model: Predictor,
  rows: readonly Scorable[],
  course_id: number,
  as_of_ms: number,
): Promise<ShadowScore[]> {
  const input = new Float32Array(rows.length * FEATURES.length);
  rows.forEach((row, i) => {
    input.set(row.features, i * FEATURES.length);
  });
  const { target, version: model_version } = model.manifest;
  const said = (await model.predict(input, rows.length))[target]!;
  return rows.map(({ history: { user_id } }, i) => ({
    user_id,
    course_id,
    as_of_ms,
    model_version,
    score: roundScore(said[i]!),
  }));
}

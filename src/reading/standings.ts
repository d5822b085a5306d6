/** On which courses the scores have proved themselves, and what people may see of the others. */
import { UntilCommit } from '../pipeline/until-commit.js';
import type { CourseStanding, Store } from '../ports.js';

export type StandingWord = CourseStanding['standing'];

/** As things stand when it was looked up. */
export interface Trust {
  /** What nobody has looked at yet, and what was said of another model, is `not-yet`. */
  standingOf(course_id: number): StandingWord;
  /** May people see scores, lists and alerts of this course? */
  isShown(course_id: number): boolean;
}

export class Standings {
  readonly #kept: UntilCommit<CourseStanding[]>;

  constructor(
    store: Pick<Store, 'standings' | 'revision'>,
    /** Which model scores; a heuristic has no standing anywhere. */
    private readonly model_version: () => string,
    /** `HOLDFAST_SHADOW`: only courses that are checked are shown. */
    private readonly shadow: boolean,
  ) {
    this.#kept = new UntilCommit(store, () => store.standings());
  }

  async look(): Promise<Trust> {
    const version = this.model_version();
    const known = new Map<number, StandingWord>();
    for (const { course_id, model_version, standing } of await this.#kept.value())
      if (model_version === version) known.set(course_id, standing);
    const standingOf = (course_id: number) => known.get(course_id) ?? 'not-yet';
    return { standingOf, isShown: (course_id) => !this.shadow || standingOf(course_id) === 'checked' };
  }
}

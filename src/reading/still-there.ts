/** Who is still there while somebody looks. A score and an alert stand until the next scoring; people leave, and courses end, before. */
import type { Enrolment, NotScoredReason } from '../domain.js';
import type { Roster } from '../pipeline/roster.js';
import { pair } from './grouping.js';

type Place = Pick<Enrolment, 'user_id' | 'course_id'>;
/** Why somebody is not there; null = they are. */
export type Gone = (place: Place) => Extract<NotScoredReason, 'not-active' | 'course-ended'> | null;

export class StillThere {
  #kept: { enrolments: readonly Enrolment[]; over: string; gone: Gone } | null = null;

  constructor(
    private readonly roster: Pick<Roster, 'lately' | 'courses'>,
    private readonly now_ms: () => number,
  ) {}

  /** The same function as long as it says the same. */
  async look(): Promise<Gone> {
    const now_ms = this.now_ms();
    const enrolments = await this.roster.lately(now_ms);
    const courses = (await this.roster.courses()).filter(({ end_ms }) => end_ms !== null && now_ms > end_ms);
    const over = courses.map(({ course_id }) => course_id).join();
    if (this.#kept?.enrolments === enrolments && this.#kept.over === over) return this.#kept.gone;
    const ended = new Set(courses.map(({ course_id }) => course_id));
    const here = new Set<string>();
    for (const enrolment of enrolments) if (enrolment.state === 'active') here.add(pair(enrolment));
    const gone: Gone = (place) => (!here.has(pair(place)) ? 'not-active' : ended.has(place.course_id) ? 'course-ended' : null);
    this.#kept = { enrolments, over, gone };
    return gone;
  }
}

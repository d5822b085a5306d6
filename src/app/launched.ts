/** Whether somebody still is in a course what Moodle launched them as. Their session asks with each request. */
import type { Launch } from '../access/lti-claims.js';
import type { Viewer } from '../access/viewer.js';
import type { Roster } from '../pipeline/roster.js';

/** A role that Moodle takes away is gone here within this. */
const LOOK_MS = 30_000;
/** For whom the store knows no role: Moodle alone can say it, at the next launch. */
export const UNKNOWN_MS_MAX = 60 * 60_000;

export class Launched {
  constructor(
    private readonly roster: Pick<Roster, 'coursesTaught' | 'latelyOf'>,
    /** The machine's time, and the store's. */
    private readonly now_ms: () => number,
    private readonly site_now_ms: () => number,
  ) {}

  /** Gives the viewer while they are what they were, and null for ever after. */
  async renewal(launch: Launch): Promise<() => Promise<Viewer | null>> {
    const opened_ms = this.now_ms();
    let looked_ms = opened_ms;
    let is_known = await this.#holds(launch);
    let holds = is_known;
    return async () => {
      if (this.now_ms() - looked_ms >= LOOK_MS) {
        looked_ms = this.now_ms();
        holds = await this.#holds(launch);
        is_known ||= holds;
      }
      if (holds) return launch.viewer;
      return !is_known && this.now_ms() - opened_ms < UNKNOWN_MS_MAX ? launch.viewer : null;
    };
  }

  async #holds({ viewer: { kind, user_id }, course_id }: Launch): Promise<boolean> {
    if (user_id === null) return false;
    if (kind === 'staff') return (await this.roster.coursesTaught(user_id)).has(course_id);
    const enrolments = await this.roster.latelyOf([user_id], this.site_now_ms());
    return enrolments.some((one) => one.course_id === course_id && one.state !== 'withdrawn' && one.state !== 'suspended');
  }
}

/** What people see now: the courses and students that Moodle and the imports give them. */
import type { Person } from '../access/tokens.js';
import type { Viewer } from '../access/viewer.js';
import type { Roster } from '../pipeline/roster.js';
import type { Assignments } from '../reading/assignments.js';

/** A role that Moodle takes away is gone here within this. */
const SEEN_MS = 30_000;
/** People remembered with what they see; beyond it the oldest is looked up again. */
const PEOPLE_MAX = 10_000;

type Sight = Pick<Viewer, 'course_ids' | 'user_ids' | 'pairs'>;
const WHOLE_SITE: Sight = { course_ids: null, user_ids: new Set(), pairs: new Set() };

export class Sights {
  readonly #sights = new Map<number, { looked_ms: number; sight: Promise<Sight> }>();

  constructor(
    private readonly roster: Pick<Roster, 'coursesTaught'>,
    private readonly assignments: Pick<Assignments, 'ofTutor'>,
    private readonly now_ms: () => number,
  ) {}

  async viewer({ name, scopes, user_id }: Person): Promise<Viewer> {
    const sight = user_id === null ? WHOLE_SITE : await this.#sight(user_id, this.now_ms());
    return { name, kind: user_id === null ? 'key' : 'staff', scopes: new Set(scopes), user_id, ...sight };
  }

  #sight(user_id: number, now_ms: number): Promise<Sight> {
    const known = this.#sights.get(user_id);
    if (known && now_ms - known.looked_ms < SEEN_MS) return known.sight;
    const sight = this.#look(user_id);
    sight.catch(() => this.#sights.delete(user_id));
    this.#sights.delete(user_id);
    if (this.#sights.size >= PEOPLE_MAX) this.#sights.delete(this.#sights.keys().next().value!);
    this.#sights.set(user_id, { looked_ms: now_ms, sight });
    return sight;
  }

  async #look(user_id: number): Promise<Sight> {
    const taught = await this.roster.coursesTaught(user_id);
    const { course_ids, user_ids, pairs } = await this.assignments.ofTutor(user_id);
    return { course_ids: new Set([...taught, ...course_ids]), user_ids, pairs };
  }
}

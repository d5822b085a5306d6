/** Which rows champion and challenger are compared on: never those that one of them has learnt from. */
import { describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { compareOn, compareShadow, compareUnseen } from '../../src/app/compare-run.js';
import type { Score, Target } from '../../src/domain.js';
import { FEATURES, featureIndex } from '../../src/features/vector.js';
import { type ModelManifest, Predictor } from '../../src/ports.js';
import { examplesOf } from '../../src/training/examples.js';
import { judgedOf } from '../../src/training/judge.js';
import { LANDMARKS } from '../../src/training/labels.js';
import { score, shadowScore } from '../contracts/store-samples.js';
import { madeUpCourses } from '../training/courses.js';

const TARGET: Target = 'effective-withdrawal';
const SILENCE = featureIndex('days_since_activity');
const courses = madeUpCourses(150);
const [FIRST, SECOND] = courses.map((course) => course.name) as [string, string];

/** Knows silence as well as `sees` says: 1 all of it, 0 none. */
class Made extends Predictor {
  override readonly backend = 'none';
  override readonly manifest: ModelManifest;
  constructor(
    version: string,
    learnt: string[],
    private readonly sees: number,
  ) {
    super();
    this.manifest = { version, target: TARGET, heads: [TARGET], data: { name: 'made up', courses: learnt } } as never;
  }
  override async predict(rows: Float32Array, count: number) {
    const said = Float32Array.from({ length: count }, (_, row) => {
      const silence = Math.min(1, (rows[row * FEATURES.length + SILENCE] || 0) / 28);
      return 0.05 + 0.9 * (this.sees * silence + ((1 - this.sees) * ((row * 7919) % 101)) / 101);
    });
    return { [TARGET]: said };
  }
  override contributions() {
    return new Float32Array(FEATURES.length);
  }
}

const judged = async (model: Predictor, name: string) => {
  const examples = examplesOf(
    courses.filter((course) => course.name === name),
    [TARGET],
    LANDMARKS,
  );
  return judgedOf(examples, TARGET, (await model.predict(examples.rows, examples.count))[TARGET]!);
};

describe('a comparison', () => {
  it('takes the courses that neither has learnt from, and names them', async () => {
    const { comparison, sentence } = await compareOn(courses, new Made('old', [FIRST], 0.1), new Made('new', [], 1));
    expect(comparison.difference!.auc).toBeGreaterThan(0.05);
    expect(sentence).toContain(`(${SECOND})`);
    expect(sentence).not.toContain(FIRST);
  });

  it('cannot tell where there is none', async () => {
    const { comparison, sentence } = await compareOn(courses, new Made('old', [FIRST], 0.1), new Made('new', [SECOND], 1));
    expect(comparison.verdict).toBe('cannot-be-told');
    expect(sentence).toMatch(/cannot be told.*there are none in this data/);
  });

  it('after a training takes what models made without a course said of it, where the champion does not know it', async () => {
    const fresh = new Made('new', [FIRST, SECOND], 1);
    const unseen = new Map([[FIRST, await judged(fresh, FIRST)], [SECOND, await judged(fresh, SECOND)]]); // biome-ignore format: one idea
    const found = await compareUnseen(courses, new Made('old', [FIRST], 0.1), fresh.manifest, unseen);
    expect(found.comparison.rows).toBe(unseen.get(SECOND)!.labels.length);
    expect(found.comparison.difference!.auc).toBeGreaterThan(0.05);
    const same = await compareUnseen(courses, new Made('old', [FIRST, SECOND], 0.1), fresh.manifest, unseen);
    expect(same.comparison.verdict).toBe('cannot-be-told');
  });

  it('takes the shadow scores whose outcome is known by now, beside the champion’s of the same tick', async () => {
    const store = new MemoryStore();
    await store.open({ site: 'a', time_zone: 'UTC', day: (ms) => Math.floor(ms / 86_400_000) });
    const day = (ms: number) => Math.floor(ms / 86_400_000);
    const scores: Score[] = [];
    const shadows = [];
    for (const course of courses) {
      for (const { history } of course.learners) {
        for (const at of [35, 63, 130]) {
          const silence = at - (history.days.filter((d) => d.day < at).at(-1)?.day ?? -20);
          const place = { user_id: history.user_id, course_id: course.course_id, as_of_ms: at * 86_400_000 };
          const chance = ((history.user_id * 7919) % 101) / 101;
          scores.push(score({ ...place, score: chance, model_version: at === 35 && history.user_id % 2 ? 'older' : 'old' }));
          shadows.push(shadowScore({ ...place, model_version: 'new', score: Math.min(0.9, silence / 28) }));
        }
      }
    }
    await store.commit({ scores, shadow_scores: shadows });
    const models = [new Made('old', [], 0).manifest, new Made('new', [], 1).manifest] as const;
    const { comparison, sentence } = await compareShadow(store, courses, ...models, day);
    // The last day's outcome is not known, half of the first day's are another champion's, and some students have left by then.
    expect(comparison.rows).toBeGreaterThan(300);
    expect(comparison.rows).toBeLessThanOrEqual(450);
    expect(comparison.difference!.auc).toBeGreaterThan(0.1);
    expect(sentence).toContain('what both said at the scheduled scorings');
  });
});

/**
 * What a model is trained on is what it scores with: examples made of the store afterwards have the features that a site computed
 * on the day itself. And each student's outcome is what Moodle's tables say.
 */
import { describe, expect, it } from '@jest/globals';
import { labelledData } from '../../src/app/course-histories.js';
import { Runner } from '../../src/app/runner.js';
import { TARGETS } from '../../src/domain.js';
import { baseFeatures, FEATURES } from '../../src/features/vector.js';
import { Histories } from '../../src/pipeline/histories.js';
import { Roster } from '../../src/pipeline/roster.js';
import { examplesOf } from '../../src/training/examples.js';
import { labelOf } from '../../src/training/labels.js';
import { decoded, ListSource } from './list-source.js';
import { linesOf } from './oracle/recorded.js';
import { configOf, HISTORY, NO_TICKS, openSite } from './site.js';

const lines = linesOf(HISTORY);
/** Lines after which the site is looked at: the middle of the term, and near its end. */
const MOMENTS = [15_000, 21_000];

describe('the store in hindsight', () => {
  it('gives every student of a past day the features that were computed on that day', async () => {
    const { service } = await openSite(NO_TICKS);
    const seen: { course_id: number; day: number; user_id: number; features: Float64Array | Float32Array }[] = [];
    let done = 0;
    for (const moment of [...MOMENTS, lines.length]) {
      const part = decoded(lines.slice(done, moment));
      await new Runner(new ListSource(`until ${moment}`, part, 700), service.pipeline, service.store).run();
      done = moment;
      if (moment === lines.length) break;
      const now_ms = service.pipeline.clock.now_ms!;
      const day = service.calendar.day(now_ms);
      const roster = new Roster(service.store);
      const histories = new Histories(service.store, service.calendar);
      const active = (await roster.all(now_ms)).filter(({ state }) => state === 'active');
      for (const course of await roster.courses()) {
        const students = active.filter(({ course_id }) => course_id === course.course_id);
        for (const history of await histories.read(course, null, students, day))
          seen.push({ course_id: course.course_id, day, user_id: history.user_id, features: baseFeatures(history, day) });
      }
    }
    const { courses } = await service.pipeline.hindsight();
    expect(courses.length).toBeGreaterThan(1);
    let compared = 0;
    const different: string[] = [];
    for (const { course_id, day, user_id, features } of seen) {
      const course = courses.find((each) => each.course_id === course_id);
      const learner = course?.learners.find(({ history }) => history.user_id === user_id);
      if (!course || !learner || learner.history.enrolled_day === null || learner.history.enrolled_day > day) continue;
      const alone = { ...course, learners: [learner] };
      const { rows, count } = examplesOf([alone], TARGETS, [day - course.start_day]);
      if (count === 0) continue;
      compared++;
      FEATURES.forEach(({ name, source }, f) => {
        // Against the cohort: of this student alone here, of all there.
        if (source === 'cohort') return;
        const [then, now] = [Math.fround(features[f]!), rows[f]!];
        if (!Object.is(then, now))
          different.push(`${name} of ${user_id} in ${course_id} on day ${day}: ${then}, afterwards ${now}`);
      });
    }
    expect(compared).toBeGreaterThan(200);
    // What was edited since (a hand-in, a mark, the begin of an enrolment), Moodle's tables forget: few rows, and named in the card.
    const forgotten = /hand|submi|due|late|missing|mark|assess|enrol/;
    expect(different.filter((line) => !forgotten.test(line))).toEqual([]);
    expect(different.length).toBeLessThan(compared * FEATURES.length * 0.001);
    await service.close();
  });

  it('is the same read from the store and from Moodle’s recorded changes, and says what it left out', async () => {
    const config = configOf({ HOLDFAST_MOODLE: `file:${HISTORY}` });
    const { courses, left_out } = await labelledData('moodle', config);
    const { service } = await openSite(NO_TICKS);
    await new Runner(new ListSource('all', decoded(lines), 700), service.pipeline, service.store).run();
    expect(courses).toEqual((await service.pipeline.hindsight()).courses);
    for (const line of left_out) expect(line).toMatch(/ is left out: /);
    await service.close();
  });

  it('learns how it ends for a student only from courses that have ended: of a running one, only who left is known', async () => {
    const { service } = await openSite(NO_TICKS);
    await new Runner(new ListSource('all', decoded(lines), 700), service.pipeline, service.store).run();
    const { courses } = await service.pipeline.hindsight();
    const today = service.calendar.day(service.pipeline.now_ms());
    let left = 0;
    for (const course of courses.filter(({ known_until_day }) => known_until_day === today))
      for (const learner of course.learners) {
        if (learner.left_day !== null) left += 1;
        for (const target of ['eventual-withdrawal', 'fail-or-withdraw'] as const)
          expect(labelOf(target, course, learner, course.start_day + 7)).toBeNull();
      }
    expect(left).toBeGreaterThan(0);
    await service.close();
  });

  it('refuses topics and a missing Moodle with what to do instead', async () => {
    await expect(labelledData('moodle', configOf())).rejects.toThrow(/HOLDFAST_MOODLE does not say which Moodle/);
    const kafka = configOf({ HOLDFAST_MOODLE: 'kafka:moodle', HOLDFAST_KAFKA_BROKERS: 'localhost:9092' });
    await expect(labelledData('moodle', kafka)).rejects.toThrow(/train from the store/);
    await expect(labelledData('csv:x', configOf())).rejects.toThrow(/There are: store/);
    await expect(labelledData('store', configOf())).rejects.toThrow(/There is no store yet/);
  });
});

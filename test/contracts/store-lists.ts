/** The part of the store's contract about lists, and about facts that are kept as they were issued. */
import { expect, it } from '@jest/globals';
import { DRIFT_KEPT_MS, SHADOW_KEPT_MS, type Store, VIEW_SLOT_MS, VIEWS_KEPT_MS } from '../../src/ports.js';
import {
  ALL,
  activityDay,
  alert,
  alertEdit,
  cohort,
  courseSession,
  driftCheck,
  EVERYONE,
  KEY_OF,
  paged,
  personView,
  prediction,
  rejected,
  score,
  session,
  shadowScore,
  standing,
} from './store-samples.js';

export function listContract(given: () => Store): void {
  it('lists in the order of the key, page after page, users 0 and -1 among them', async () => {
    const store = given();
    const users = [3, 0, -1, 12];
    await store.commit({
      windows: users.flatMap((user) =>
        [2, 11].flatMap((course) => [7, -3].flatMap((day) => activityDay(user, course, day).windows!)),
      ),
    });
    const all = await paged(3, (page) => store.activityDays(EVERYONE, page), KEY_OF.activityDays);
    expect(all.map((row) => row.user_id)).toEqual([-1, -1, -1, -1, 0, 0, 0, 0, 3, 3, 3, 3, 12, 12, 12, 12]);
    expect(all.slice(0, 4).map((row) => [row.course_id, row.day])).toEqual([
      [2, -3],
      [2, 7],
      [11, -3],
      [11, 7],
    ]);
    const course = await store.activityDays({ course_id: 11 }, { after: [0, 11, -3], limit: 2 });
    expect(course.map((row) => [row.user_id, row.day])).toEqual([
      [0, 7],
      [3, -3],
    ]);
    const byDay = await paged(5, (page) => store.activityDaysByDay({ from: 7 }, page), KEY_OF.activityDaysByDay);
    expect(byDay.map((row) => [row.day, row.course_id, row.user_id])).toEqual(
      [2, 11].flatMap((c) => [-1, 0, 3, 12].map((user) => [7, c, user])),
    );
  });

  it('takes the first instant of a range and leaves its last', async () => {
    const store = given();
    const range = { from: 10, to: 20 };
    const times = [9, 10, 19, 20];
    await store.commit({
      windows: times.flatMap((at) => [
        ...session(1, at, at).windows!,
        ...courseSession(1, 2, at, at).windows!,
        ...activityDay(1, 2, at).windows!,
      ]),
      scores: times.map((as_of_ms) => score({ as_of_ms })),
      predictions: times.map((as_of_ms) => prediction({ user_id: as_of_ms, as_of_ms })),
      alerts: times.map((opened_ms) => alert({ alert_id: `a${opened_ms}`, opened_ms })),
    });
    expect((await store.sessions(range, ALL)).map((row) => row.start_ms)).toEqual([10, 19]);
    expect((await store.courseSessions(range, ALL)).map((row) => row.start_ms)).toEqual([10, 19]);
    expect((await store.activityDays(range, ALL)).map((row) => row.day)).toEqual([10, 19]);
    expect((await store.scores(range, ALL)).map((row) => row.as_of_ms)).toEqual([10, 19]);
    expect((await store.predictions(range, ALL)).map((row) => row.as_of_ms)).toEqual([10, 19]);
    expect((await store.alerts(range, ALL)).map((row) => row.opened_ms)).toEqual([10, 19]);
  });
}

export function factContract(given: () => Store): void {
  it('never overwrites an issued score, and replaces the latest prediction', async () => {
    const store = given();
    await store.commit({ scores: [score()], predictions: [prediction()] });
    const later = prediction({ as_of_ms: 900, score: null, not_scored: 'not-active', last_active_ms: null });
    await store.commit({ scores: [score({ score: 0.1 })], predictions: [later] });
    expect(await store.scores(EVERYONE, ALL)).toEqual([score()]);
    expect(await store.predictions(EVERYONE, ALL)).toEqual([later]);
    expect(await store.scores({ above: 0.75 }, ALL)).toEqual([]);
    expect(await store.scores({ above: 0.7499 }, ALL)).toHaveLength(1);
  });

  it('gives the latest cohort that is not after the day', async () => {
    const store = given();
    await store.commit({ cohorts: [cohort(1, 10, 'v10'), cohort(1, 20, 'old'), cohort(2, 15, 'other')] });
    await store.commit({ cohorts: [cohort(1, 20, 'v20')] });
    expect(await store.cohort(1, 9)).toBeNull();
    expect((await store.cohort(1, 10))?.version).toBe('v10');
    expect((await store.cohort(1, 19))?.version).toBe('v10');
    expect(await store.cohort(1, 21)).toEqual(cohort(1, 20, 'v20'));
  });

  it('gives back the pages of seen ids, what came later added to what came before, in order, and the clock', async () => {
    const store = given();
    const page = (number: number, bit: number) => ({ page: number, bits: new Uint8Array(1024).fill(bit) });
    const clock = { kind: 'wall', now_ms: 2 ** 52, last_tick_ms: null, snapshot: true, ahead: [] } as const;
    await store.commit({ seen: [page(9, 1), page(0, 2)], clock: { ...clock, ahead: [] } });
    await store.commit({ seen: [page(9, 2)] });
    expect(await store.seenPages([9, 5, 0, 9])).toEqual([page(0, 2), page(9, 3)]);
    expect(await store.clock()).toEqual(clock);
  });

  it('keeps the first shadow score of a model, apart from the scores, in the order of time', async () => {
    const store = given();
    const others = [
      shadowScore({ model_version: 'm3' }),
      shadowScore({ as_of_ms: 900, user_id: 9 }),
      shadowScore({ user_id: 0 }),
    ];
    await store.commit({ shadow_scores: [shadowScore(), ...others] });
    await store.commit({ shadow_scores: [shadowScore({ score: 0.9 })] });
    const [at_one, later_user] = [shadowScore(), others[0]!];
    expect(await paged(1, (page) => store.shadowScores(page), KEY_OF.shadowScores)).toEqual([
      others[1],
      others[2],
      at_one,
      later_user,
    ]);
    expect(await store.scores(EVERYONE, ALL)).toEqual([]);
  });

  it('keeps what people changed of an alert, in the order of its revisions, and the first word of each', async () => {
    const store = given();
    const later = alertEdit({ revision: 10, from: { note: true }, to: { note: true } });
    await store.commit({ alert_edits: [later, alertEdit(), alertEdit({ alert_id: 'a2' })] });
    await store.commit({ alert_edits: [alertEdit({ by: 'another' })] });
    expect(await store.alertEdits('a1')).toEqual([alertEdit(), later]);
  });

  it('keeps who looked at whom, once in a quarter of an hour, the latest first, and forgets it after its time', async () => {
    const store = given();
    const [first, later] = [personView(), personView({ at_ms: VIEW_SLOT_MS + 5, people: 30 })];
    const elsewhere = personView({ at_ms: 2_000, course_id: null, what: 'students/:userId/timeline' });
    await store.commit({ person_views: [first, elsewhere, personView({ user_id: 7 })] });
    await store.commit({ person_views: [personView({ at_ms: 60_000, people: 4 }), later] });
    expect(await store.personViews(1, 0, 10)).toEqual([later, elsewhere, first]);
    expect(await store.personViews(1, 2_000, 1)).toEqual([later]);
    const own = personView({ at_ms: VIEW_SLOT_MS + 9, kind: 'student', viewer: 'themselves' });
    await store.commit({ person_views: [own, personView({ at_ms: VIEW_SLOT_MS + 8, course_id: 9 })] });
    expect(await store.personViews(1, 0, 2, { course_id: first.course_id! })).toEqual([later, elsewhere]);
    await store.commit({ person_views: [personView({ user_id: 8, at_ms: VIEWS_KEPT_MS + VIEW_SLOT_MS })] });
    expect(await store.personViews(1, 0, 10, { course_id: first.course_id! })).toEqual([later]);
    expect(await store.personViews(7, 0, 10)).toEqual([]);
  });

  it('tells two people of one name apart who looked at the same in the same quarter of an hour', async () => {
    const store = given();
    const [unknown, ann, other] = [null, 7, 8].map((by_user_id) => personView({ viewer: 'Ann', by_user_id }));
    await store.commit({ person_views: [other!, unknown!] });
    await store.commit({ person_views: [ann!, { ...other!, at_ms: 5_000 }] });
    expect(await store.personViews(1, 0, 10)).toEqual([unknown, ann, other]);
  });

  it('keeps what people changed of the service, the latest first', async () => {
    const store = given();
    const [one, two] = [null, 7].map((by_user_id, i) => ({
      at_ms: i + 1,
      by: 'Ann',
      by_user_id,
      what: 'ids',
      detail: `Number ${i}.`,
    }));
    await store.commit({ changes: [one!] });
    await store.commit({ changes: [two!, one!] });
    expect(await store.changes(0, 10)).toEqual([two, one]);
    expect(await store.changes(2, 10)).toEqual([two]);
  });

  it('keeps one standing a course, the latest', async () => {
    const store = given();
    const scarce = standing({ course_id: 1, standing: 'not-yet', auc: null, auc_low: null, calibration_error: null });
    await store.commit({ standings: [standing(), scarce] });
    await store.commit({ standings: [standing({ standing: 'not-good', checked_ms: 2000 })] });
    expect(await store.standings()).toEqual([scarce, standing({ standing: 'not-good', checked_ms: 2000 })]);
  });

  it('forgets shadow scores and drift checks when newer ones have left them behind', async () => {
    const store = given();
    await store.commit({
      shadow_scores: [shadowScore({ as_of_ms: 0 }), shadowScore({ as_of_ms: 1 })],
      drift: driftCheck({ as_of_ms: 0 }),
    });
    await store.commit({ drift: driftCheck({ as_of_ms: 1, suspect: null }) });
    await store.commit({
      shadow_scores: [shadowScore({ as_of_ms: SHADOW_KEPT_MS + 1 })],
      drift: driftCheck({ as_of_ms: DRIFT_KEPT_MS + 1 }),
    });
    expect((await store.shadowScores(ALL)).map((row) => row.as_of_ms)).toEqual([1, SHADOW_KEPT_MS + 1]);
    expect((await store.driftChecks(0)).map((row) => row.as_of_ms)).toEqual([1, DRIFT_KEPT_MS + 1]);
    const again = driftCheck({ as_of_ms: DRIFT_KEPT_MS + 1, held: false });
    await store.commit({ drift: again });
    expect(await store.driftChecks(2)).toEqual([again]);
  });

  it('lists alerts by state', async () => {
    const store = given();
    await store.commit({
      alerts: [alert({ alert_id: 'b' }), alert({ alert_id: 'a', state: 'resolved' }), alert({ alert_id: 'c', course_id: 5 })],
    });
    expect((await store.alerts({ states: ['open'] }, ALL)).map((row) => row.alert_id)).toEqual(['b', 'c']);
    expect((await store.alerts({ states: ['open', 'resolved'] }, { after: 'a', limit: 1 })).map((row) => row.alert_id)).toEqual([
      'b',
    ]);
    expect((await store.alerts({ course_id: 5 }, ALL)).map((row) => row.alert_id)).toEqual(['c']);
  });

  it('keeps ten thousand rejections of a source, counts the rest, and counts a redelivered one once', async () => {
    const store = given();
    const line = (number: number) => rejected({ position: `line ${number}` });
    await store.commit({ rejected: Array.from({ length: 10_002 }, (_, number) => line(number)) });
    await store.commit({
      rejected: [line(5), line(9_999), rejected({ source: 'b', reason: 'bad-value' })],
      ignored: { tombstone: 1 },
    });
    await store.commit({ ignored: { tombstone: 2 } });
    const kept = await paged(1000, (page) => store.rejected(page), KEY_OF.rejected);
    expect(kept).toHaveLength(10_001);
    expect(await store.counts()).toEqual({ rejected: { 'not-json': 10_002, 'bad-value': 1 }, ignored: { tombstone: 3 } });
  });
}

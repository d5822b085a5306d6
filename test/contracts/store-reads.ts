/** Everything that can be read from a store, through every method and several filters: two stores with the same are the same. */
import { ACTIVITY_DAYS, COURSE_SESSIONS, REFERENCE_TABLES, SESSIONS } from '../../src/domain.js';
import type { Filter, Store } from '../../src/ports.js';
import { ALL, KEY_OF, paged } from './store-samples.js';

const FILTERS: Filter[] = [
  {},
  { user_id: 0 },
  { course_id: 2 },
  { user_id: 1, course_id: 2 },
  { from: 1, to: 3 },
  { course_id: 1, from: 2 },
];

export async function everythingIn(store: Store): Promise<unknown> {
  return {
    positions: [await store.position('file:a'), await store.position('file:b')],
    clock: await store.clock(),
    laneClocks: (await store.laneClocks()).map(({ lane, clock }) => [lane, clock]),
    seen: (await store.seenPages([2, 0, 1, 0])).map(({ page, bits }) => [page, bits[0], bits.length]),
    windows: await windowsIn(store),
    references: await referencesIn(store),
    lists: await Promise.all(FILTERS.map((filter) => listsIn(store, filter))),
    courses: await store.courseActivity(),
    totals: [await store.sessionTotals(0), await store.sessionTotals(3)],
    lastActive: [await store.lastActive(2, 3), await store.lastActive(1, 1000), await store.lastActive(2, 1000, 1)],
    cohorts: [await store.cohort(1, 0), await store.cohort(1, 2), await store.cohort(2, 9)],
    alert: await store.alert('a1'),
    alerts: [await store.alerts({ states: ['open'] }, ALL), await store.alerts({ states: [] }, ALL)],
    above: await store.scores({ above: 0.5 }, ALL),
    shadow: await paged(2, (page) => store.shadowScores(page), KEY_OF.shadowScores),
    drift: [await store.driftChecks(0), await store.driftChecks(1001)],
    edits: [await store.alertEdits('a1'), await store.alertEdits('none')],
    views: [await store.personViews(1, 0, 10), await store.personViews(1, 0, 1), await store.personViews(9, 0, 10)],
    changes: await store.changes(0, 10),
    standings: await store.standings(),
    rejected: await paged(2, (page) => store.rejected(page), KEY_OF.rejected),
    counts: await store.counts(),
  };
}

async function windowsIn(store: Store) {
  const ranges = [0, 1, 2].flatMap((user) => [0, 2].map((course) => ({ key: [user, course], from: course, to: course + 1 })));
  return {
    held: await Promise.all([SESSIONS, COURSE_SESSIONS, ACTIVITY_DAYS].map((table) => store.heldWindows(table, 2))),
    heldOfSome: await store.heldWindows(COURSE_SESSIONS, 1, [2, 0]),
    near: [await store.windowsNear(COURSE_SESSIONS, ranges), await store.windowsNear(ACTIVITY_DAYS, ranges)],
  };
}

async function referencesIn(store: Store) {
  const all = await Promise.all(REFERENCE_TABLES.map((table) => store.references(table)));
  return [
    ...all,
    await store.references('user', { user_ids: [1, null] }),
    await store.references('user', { parent_ids: [2] }),
    await store.references('user', { user_ids: [0, 1], parent_ids: [1, 2] }),
    await store.references(['user', 'user_enrolments'], { user_ids: [1] }),
    await store.references('user', { user_ids: [] }),
  ];
}

async function listsIn(store: Store, filter: Filter) {
  return {
    sessions: await paged(2, (page) => store.sessions(filter, page), KEY_OF.sessions),
    courseSessions: await paged(2, (page) => store.courseSessions(filter, page), KEY_OF.courseSessions),
    days: await paged(3, (page) => store.activityDays(filter, page), KEY_OF.activityDays),
    byDay: await paged(2, (page) => store.activityDaysByDay(filter, page), KEY_OF.activityDaysByDay),
    scores: await paged(2, (page) => store.scores(filter, page), KEY_OF.scores),
    predictions: await paged(1, (page) => store.predictions(filter, page), KEY_OF.predictions),
    alerts: await paged(1, (page) => store.alerts(filter, page), KEY_OF.alerts),
  };
}

/** What a sink has yet to hear, commit after commit, without the numbers of the entries. */
export async function toldTo(store: Store, sink: string): Promise<unknown> {
  return (await store.outbox(sink, ALL.limit)).map(({ windows, scores, alerts }) => ({ windows, scores, alerts }));
}

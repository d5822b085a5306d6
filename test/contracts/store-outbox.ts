/** The part of the store's contract about what sinks have yet to hear. */
import { expect, it } from '@jest/globals';
import { SESSIONS } from '../../src/domain.js';
import { StaleAlert, type Store } from '../../src/ports.js';
import { toldTo } from './store-reads.js';
import { ALL, activityDay, alert, courseSession, EVERYONE, score, session, together } from './store-samples.js';

export function outboxContract(given: () => Store): void {
  it('keeps for each sink what a commit has to tell, whole and in order, until that sink has it', async () => {
    const store = given();
    const first = { ...together(session(1, 10, 20), activityDay(1, 2, 0)), sinks: ['elasticsearch', 'kafka'] };
    const gone = [{ table: SESSIONS, deletes: [{ key: [1], start: 10 }], upserts: session(1, 5, 20).windows![0]!.upserts }];
    const second = { windows: gone, scores: [score()], alerts: [alert()], sinks: ['kafka', 'elasticsearch'] };
    await store.commit(first);
    await store.commit({ ...courseSession(1, 2, 1, 1) });
    await store.commit(second);
    const told = [
      { windows: first.windows, scores: [], alerts: [] },
      { windows: gone, scores: [score()], alerts: [alert()] },
    ];
    expect(await toldTo(store, 'kafka')).toEqual(told);
    expect(await toldTo(store, 'elasticsearch')).toEqual(told);
    const [one, two] = await store.outbox('kafka', ALL.limit);
    expect(one!.id).toBeLessThan(two!.id);
    expect(await store.outbox('kafka', 1)).toEqual([one]);
    await store.confirm('elasticsearch', []);
    await store.confirm('kafka', [one!.id]);
    expect([await store.backlog('kafka'), await store.backlog('elasticsearch'), await store.backlog('other')]).toEqual([1, 2, 0]);
    expect(await store.outbox('kafka', ALL.limit)).toEqual([two]);
    await store.confirm('kafka', [two!.id, one!.id]);
    expect(await store.outbox('kafka', ALL.limit)).toEqual([]);
  });

  it('never gives a number again that an entry had which is gone', async () => {
    const store = given();
    await store.commit({ ...session(1, 10, 20), sinks: ['kafka'] });
    const [first] = await store.outbox('kafka', 1);
    await store.confirm('kafka', [first!.id]);
    await store.commit({ ...session(1, 10, 30), sinks: ['kafka'] });
    expect((await store.outbox('kafka', 1))[0]!.id).toBeGreaterThan(first!.id);
  });

  it('tells nothing of a commit that changed no row of theirs, and of one that was refused', async () => {
    const store = given();
    await store.commit({ ignored: { tombstone: 1 }, windows: [{ table: SESSIONS, deletes: [], upserts: [] }], sinks: ['kafka'] });
    const refused = { ...session(1, 10, 20), alerts: [alert({ revision: 4 })], sinks: ['kafka'] };
    await expect(store.commit(refused)).rejects.toBeInstanceOf(StaleAlert);
    expect(await store.backlog('kafka')).toBe(0);
  });

  it('does not tell of a score that was issued before with other words', async () => {
    const store = given();
    await store.commit({ scores: [score()] });
    await store.commit({ scores: [score({ score: 0.1 }), score({ as_of_ms: 2000 })], sinks: ['kafka'] });
    expect(await toldTo(store, 'kafka')).toEqual([{ windows: [], scores: [score({ as_of_ms: 2000 })], alerts: [] }]);
  });

  it('tells of a commit of thousands of rows all of them, in the order of the commit', async () => {
    const store = given();
    const users = Array.from({ length: 5_000 }, (_, user) => user);
    const deletes = users.map((user) => ({ key: [user], start: 1 }));
    const upserts = users.map((user) => ({ key: [user], start: 0, end: 9, values: [2] }));
    const scores = users.map((user_id) => score({ user_id, reasons: [] }));
    await store.commit({ windows: [{ table: SESSIONS, deletes, upserts }], scores, sinks: ['kafka'] });
    const entries = await store.outbox('kafka', ALL.limit);
    const windows = entries.flatMap((entry) => entry.windows);
    expect(windows.flatMap((changes) => changes.deletes)).toEqual(deletes);
    expect(windows.flatMap((changes) => changes.upserts)).toEqual(upserts);
    expect(entries.flatMap((entry) => entry.scores)).toEqual(scores);
    const firstUpsert = windows.findIndex((changes) => changes.upserts.length > 0);
    expect(windows.slice(firstUpsert + 1).flatMap((changes) => changes.deletes)).toEqual([]);
    await store.confirm(
      'kafka',
      entries.map((entry) => entry.id),
    );
    expect(await store.backlog('kafka')).toBe(0);
    expect(await store.scores(EVERYONE, { limit: 1 })).toHaveLength(1);
  });
}

/** The part of the store's contract about commits: whole or not at all, and by whom. */
import { expect, it } from '@jest/globals';
import { type Commit, StaleAlert, StalePosition, type Store } from '../../src/ports.js';
import { everythingIn } from './store-reads.js';
import {
  ALL,
  activityDay,
  alert,
  courseSession,
  EVERYONE,
  fullCommit,
  position,
  rejected,
  score,
  session,
  together,
  upsert,
} from './store-samples.js';

export function commitContract(given: () => Store): void {
  it.each<[string, Commit]>([
    ['a position that another process moved', position('line 9', 'line 10')],
    ['an alert that somebody changed', { alerts: [alert({ revision: 3 })] }],
    ['a score that is no number', { scores: [score({ as_of_ms: 9, score: Number.NaN })] }],
    ['a window without end', { windows: courseSession(1, 2, 5, Number.POSITIVE_INFINITY).windows }],
    ['a page of seen ids cut short', { seen: [{ page: 1, bits: new Uint8Array(10) }] }],
  ])('writes nothing at all of a commit with %s', async (_, bad) => {
    const store = given();
    await store.commit({ ...fullCommit() });
    const before = await everythingIn(store);
    const rest: Commit = {
      ...position('line 1', 'line 2'),
      ...together(session(3, 1, 2), activityDay(3, 2, 0)),
      scores: [score({ as_of_ms: 2000 })],
      rejected: [rejected({ position: 'line 18' })],
      ignored: { tombstone: 1 },
    };
    const windows = [...(rest.windows ?? []), ...(bad.windows ?? [])];
    await expect(store.commit({ ...rest, ...bad, windows })).rejects.toThrow();
    expect(await everythingIn(store)).toEqual(before);
    await store.commit(rest);
    expect(await store.position('file:a')).toBe('line 2');
  });

  it('has another revision after whatever was written, or says that it cannot tell', async () => {
    const store = given();
    const revisions = [store.revision];
    for (const write of [
      () => store.commit({ references: [upsert({ table: 'sis_opt_outs', id: 1, user_id: 1, row: {} })] }),
      () => store.commit({ standings: [] }),
      () => store.people.erase({ user_id: 1, person: 'a'.repeat(32), at_ms: 1, sinks: [] }),
    ]) {
      await write();
      revisions.push(store.revision);
    }
    expect(new Set(revisions).size).toBe(revisions[0] === null ? 1 : 4);
  });

  it('moves a position only from where it is', async () => {
    const store = given();
    await expect(store.commit(position('line 1', 'line 2'))).rejects.toBeInstanceOf(StalePosition);
    await store.commit(position(null, 'line 1'));
    await expect(store.commit(position(null, 'line 1'))).rejects.toBeInstanceOf(StalePosition);
    await store.commit(position('line 1', 'line 2'));
    await store.commit(position(null, 'x', 'file:b'));
    expect([await store.position('file:a'), await store.position('file:b')]).toEqual(['line 2', 'x']);
  });

  it('lets one of two changes of the same alert through', async () => {
    const store = given();
    await store.commit({ alerts: [alert()] });
    await store.commit({ alerts: [alert({ revision: 2, state: 'acknowledged', assignee: 'ann' })] });
    const second = alert({ revision: 2, state: 'resolved' });
    await expect(store.commit({ alerts: [second] })).rejects.toBeInstanceOf(StaleAlert);
    await expect(store.commit({ alerts: [alert({ alert_id: 'new', revision: 2 })] })).rejects.toBeInstanceOf(StaleAlert);
    expect(await store.alert(alert().alert_id)).toMatchObject({ state: 'acknowledged', assignee: 'ann', revision: 2 });
  });

  it('knows of an alert whether a person opened it, and who', async () => {
    const store = given();
    const opened = alert({ alert_id: '00000000000000ab', user_id: 2, state: 'acknowledged', opened_by: 'Ana Łuczak' });
    await store.commit({ alerts: [alert(), opened] });
    await store.commit({ alerts: [{ ...opened, revision: 2, assignee: 'Ben' }] });
    expect(await store.alert(opened.alert_id)).toEqual({ ...opened, revision: 2, assignee: 'Ben' });
    expect((await store.alerts({}, { limit: 10 })).map(({ opened_by }) => opened_by)).toEqual([null, 'Ana Łuczak']);
  });

  it('keeps what was committed when the caller changes its own copy', async () => {
    const store = given();
    const bits = new Uint8Array(2048).fill(1);
    const commit: Commit = { scores: [score()], seen: [{ page: 3, bits: bits.subarray(1024) }] };
    await store.commit(commit);
    commit.scores![0]!.reasons.pop();
    bits.fill(9);
    const [kept] = await store.scores(EVERYONE, ALL);
    kept!.score = 0;
    kept!.reasons[0]!.text = 'changed';
    const [page] = await store.seenPages([3]);
    expect(page!.bits).toEqual(new Uint8Array(1024).fill(1));
    page!.bits.fill(8);
    expect(await store.scores(EVERYONE, ALL)).toEqual([score()]);
    expect((await store.seenPages([3]))[0]!.bits[0]).toBe(1);
  });
}

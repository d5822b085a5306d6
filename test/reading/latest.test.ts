/** What lists go through is read once and follows every commit: nobody sees yesterday's score or an alert that is done. */
import { describe, expect, it } from '@jest/globals';
import type { Alert, Prediction } from '../../src/domain.js';
import { AGAIN_DAYS, contactedLately, dealtWithLately } from '../../src/reading/contacts.js';
import { lastContact, resolvedBy } from '../../src/reading/last-contact.js';
import { Latest } from '../../src/reading/latest.js';

const prediction = (user_id: number, score: number | null): Prediction => ({
  user_id,
  course_id: 2,
  as_of_ms: 1,
  score: score === null ? null : ({ score, early_score: null, band: 'low', reasons: [] } as never),
  not_scored: score === null ? 'too-little-data' : null,
  last_active_ms: null,
});
const alert = (alert_id: string, state: Alert['state'], opened_ms: number): Alert =>
  ({ alert_id, user_id: Number(alert_id), course_id: 2, state, opened_ms }) as Alert;

class FakeStore {
  reads = 0;
  failure: Error | null = null;
  async predictions(): Promise<Prediction[]> {
    this.reads++;
    if (this.failure) throw this.failure;
    return [prediction(1, 0.2), prediction(2, null), prediction(3, 0.9)];
  }
  async alerts(): Promise<Alert[]> {
    return [alert('1', 'open', 10), alert('3', 'resolved', 20)];
  }
}

const order = async (latest: Latest) => (await latest.scores()).map(({ user_id, score }) => [user_id, score]);

describe('what lists are made of', () => {
  it('is read once, and has what was committed since, in its new order', async () => {
    const store = new FakeStore();
    const latest = new Latest(store, () => '');
    expect(await order(latest)).toEqual([
      [3, 0.9],
      [1, 0.2],
      [2, null],
    ]);
    latest.heard({ predictions: [prediction(1, 0.95), prediction(4, 0.5)] });
    expect(await order(latest)).toEqual([
      [1, 0.95],
      [3, 0.9],
      [4, 0.5],
      [2, null],
    ]);
    expect(store.reads).toBe(1);
  });

  it('has what was committed while it was being read', async () => {
    const latest = new Latest(new FakeStore(), () => '');
    const reading = latest.scores();
    latest.heard({ predictions: [prediction(3, 0.1)] });
    await reading;
    expect((await order(latest))[0]).toEqual([1, 0.2]);
  });

  it('is read again where another process may have changed it, and after a reading that failed', async () => {
    const store = new FakeStore();
    let turn = 'a';
    const latest = new Latest(store, () => turn);
    store.failure = new Error('away');
    await expect(latest.scores()).rejects.toThrow('away');
    store.failure = null;
    await latest.scores();
    await latest.scores();
    expect(store.reads).toBe(2);
    turn = 'b';
    await latest.scores();
    expect(store.reads).toBe(3);
  });

  it('knows which alerts wait for a person as soon as one is resolved or opened', async () => {
    const latest = new Latest(new FakeStore(), () => '');
    expect([...(await latest.waiting()).keys()]).toEqual(['1/2']);
    latest.heard({ alerts: [alert('1', 'resolved', 10), alert('7', 'open', 30)] });
    expect([...(await latest.waiting()).keys()]).toEqual(['7/2']);
    expect((await latest.alerts()).map(({ alert_id }) => alert_id)).toEqual(['7', '3', '1']);
  });

  it('knows of each enrolment what a person did last, and takes no end that came by itself for that', async () => {
    const latest = new Latest(new FakeStore(), () => '');
    const done = (alert_id: string, outcome: Alert['outcome'], closed_ms: number): Alert => {
      return { ...alert(alert_id, 'resolved', 5), user_id: 9, outcome, closed_ms };
    };
    latest.heard({ alerts: [done('a', 'contacted', 40)] });
    expect((await latest.contacts()).size).toBe(0);
    await latest.alerts();
    latest.heard({ alerts: [done('b', 'no-answer', 60), done('a', 'contacted', 40), done('c', 'recovered', 70)] });
    expect([...(await latest.contacts())].map(([key, { alert_id }]) => [key, alert_id])).toEqual([['9/2', 'b']]);
  });
});

describe('the last contact of an enrolment', () => {
  it('is told for 28 days, by who resolved it', async () => {
    const day = 86_400_000;
    const store = {
      alertEdits: async () => [
        { alert_id: 'a', revision: 2, at_ms: 0, by: 'Ana', by_user_id: 5, from: {}, to: { state: 'acknowledged' as const } },
        { alert_id: 'a', revision: 3, at_ms: 0, by: 'Ben', by_user_id: null, from: {}, to: { state: 'resolved' as const } },
      ],
    };
    const place = { ...alert('a', 'resolved', 5), outcome: 'contacted' as const, closed_ms: 10 * day };
    expect(await lastContact(store, place, 38 * day - 1)).toEqual({ at_ms: 10 * day, outcome: 'contacted', by: 'Ben' });
    expect(await lastContact(store, place, 38 * day)).toBeNull();
    expect(await lastContact({ alertEdits: async () => [] }, place, 11 * day)).toMatchObject({ by: null });
    expect(await lastContact(store, undefined, 11 * day)).toBeNull();
  });

  it('is of whose alert it was where nobody was asked who they are, and of nobody else who calls themselves like that', async () => {
    const by = (by_user_id: number | null) => ({
      alertEdits: async () => [
        { alert_id: 'a', revision: 2, at_ms: 0, by: 'local', by_user_id, from: {}, to: { state: 'resolved' as const } },
      ],
    });
    const place = { ...alert('a', 'resolved', 5), assignee: 'Ana' };
    expect(await resolvedBy(by(null), place)).toBe('Ana');
    expect(await resolvedBy(by(5), place)).toBe('local');
  });
});

describe('of alerts that were resolved', () => {
  const day = 86_400_000;
  const now = 100 * day;
  const closed = (user_id: number, outcome: Alert['outcome'], ago: number) => ({
    user_id,
    outcome,
    closed_ms: now - ago * day,
  });
  const resolved = [
    closed(1, 'contacted', 13),
    closed(2, 'no-answer', 1),
    closed(3, 'support-arranged', AGAIN_DAYS),
    closed(4, 'not-needed', 1),
    closed(5, 'recovered', 1),
  ];

  it('those contacted lately are whom somebody reached or tried to reach in the last 14 days, whatever the course', () => {
    expect([...contactedLately(resolved, now)]).toEqual([1, 2]);
  });

  it('those dealt with lately are whom nobody has to call: not who did not answer, nor whom nobody spoke of', () => {
    expect([...dealtWithLately(resolved, now)]).toEqual([1, 4]);
  });
});

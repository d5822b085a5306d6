import { describe, expect, it } from '@jest/globals';
import { casesOf } from '../../src/alerts/cases.js';
import { alertOf, tickMs } from './make.js';

const alert = (user_id: number, course_id: number, score: number, more = {}) => alertOf({ user_id, course_id, score, ...more });

describe('cases', () => {
  it('one for each student, the greatest score first, then by user', () => {
    const cases = casesOf([alert(2, 1, 0.8), alert(3, 1, 0.95), alert(2, 5, 0.9), alert(1, 1, 0.9)]);
    expect(cases.map((c) => [c.user_id, c.score, c.alerts.map((a) => a.course_id)])).toEqual([
      [3, 0.95, [1]],
      [1, 0.9, [1]],
      [2, 0.9, [5, 1]],
    ]);
  });

  it('have one owner: whoever has had an alert of the student the longest', () => {
    const [first] = casesOf([
      alert(7, 1, 0.99, { opened_ms: tickMs(0) }),
      alert(7, 3, 0.9, { opened_ms: tickMs(2), assignee: 'Ben' }),
      alert(7, 2, 0.8, { opened_ms: tickMs(1), assignee: 'Ana', state: 'acknowledged' }),
    ]);
    expect(first).toMatchObject({ owner: 'Ana', opened_ms: tickMs(0), score: 0.99 });
    expect(casesOf([alert(7, 1, 0.9)])[0]).toMatchObject({ owner: null });
  });

  it('hold nothing that is closed', () => {
    const closed = [alert(7, 1, 0.9, { state: 'resolved', assignee: 'Ana' }), alert(7, 2, 0.9, { state: 'expired' })];
    expect(casesOf(closed)).toEqual([]);
    expect(casesOf([...closed, alert(7, 3, 0.75)])).toMatchObject([{ owner: null, score: 0.75, alerts: [{ course_id: 3 }] }]);
  });

  it('are muted only while every alert in them is', () => {
    const until = (course_id: number, muted_until_ms: number | null) => alert(7, course_id, 0.9, { muted_until_ms });
    expect(casesOf([until(1, 500), until(2, 400)])[0]?.muted_until_ms).toBe(400);
    expect(casesOf([until(1, 500), until(2, null)])[0]?.muted_until_ms).toBeNull();
  });

  it('do not depend on the order in which alerts come', () => {
    const alerts = [alert(2, 1, 0.8, { assignee: 'Ana' }), alert(2, 5, 0.8, { assignee: 'Ben' }), alert(1, 1, 0.8)];
    expect(casesOf([...alerts].reverse())).toEqual(casesOf(alerts));
  });
});

/** A person opens a case themselves: it is theirs at once, it is nobody else's alert, and no score ends it. */
import { describe, expect, it } from '@jest/globals';
import { alertId, onScore } from '../../src/alerts/lifecycle.js';
import { openedByPerson } from '../../src/alerts/opening.js';
import { onPerson } from '../../src/alerts/person.js';
import type { Alert } from '../../src/domain.js';
import { alertOf, predictionOf, tickMs } from './make.js';

const NOW = tickMs(2) + 12_345;
const listed = { last: null, prediction: predictionOf(0.4, tickMs(2)), state: 'active' as const, site: 'site' };
const open = (change: object = {}, words = {}) => openedByPerson({ ...listed, ...change }, words, 'Ana', NOW) as Alert;
const scoredAt = (current: Alert, tick: number, score: number, state: 'active' | 'withdrawn' = 'active') => {
  const prediction = predictionOf(score, tickMs(tick));
  return onScore({ current, prediction, state, threshold: 0.7, tick: true, site: 'site' });
};

describe('a case that a person opens', () => {
  it('is an alert from now on, acknowledged, in their name or in the one they give', () => {
    const { score, reasons } = listed.prediction.score!;
    expect(open()).toEqual(
      alertOf({
        alert_id: alertId('site', 7, 3, NOW),
        state: 'acknowledged',
        opened_ms: NOW,
        touched_ms: NOW,
        score,
        reasons,
        assignee: 'Ana',
        opened_by: 'Ana',
      }),
    );
    const given = open({}, { assignee: ' Ben ', note: 'asked in the lab' });
    expect(given).toMatchObject({ assignee: 'Ben', opened_by: 'Ana', note: 'asked in the lab', revision: 1 });
  });

  it('stays while the score is low, follows it, and ends when the student leaves', () => {
    let alert = open();
    for (const tick of [3, 4, 5, 6]) alert = scoredAt(alert, tick, tick / 100) ?? alert;
    expect(alert).toMatchObject({ state: 'acknowledged', score: 0.06, recovered_ticks: 0 });
    expect(scoredAt(alert, 7, 0.1, 'withdrawn')).toMatchObject({ state: 'resolved', outcome: 'withdrew' });
  });

  it('rings no more for 14 days when a person resolved it', () => {
    const done = onPerson(open(), { do: 'resolve', outcome: 'contacted' }, 'Ana', NOW) as Alert;
    expect(scoredAt(done, 10, 0.9)).toBeNull();
    expect(scoredAt(done, 17, 0.9)).toMatchObject({ state: 'open', opened_by: null });
  });

  it('may follow one that was resolved in the same millisecond, under an id of its own, and keeps its mute', () => {
    const muted = onPerson(open(), { do: 'mute', until_ms: tickMs(40) }, 'Ana', NOW) as Alert;
    const last = onPerson(muted, { do: 'resolve', outcome: 'no-answer' }, 'Ana', NOW) as Alert;
    const next = open({ last });
    expect(next).toMatchObject({ opened_ms: NOW + 1, muted_until_ms: tickMs(40), revision: 1 });
    expect(next.alert_id).not.toBe(last.alert_id);
  });

  it.each([
    ['where one waits already', { last: alertOf() }],
    ['about who is not active', { state: 'suspended' }],
    ['about who is not enrolled', { state: null }],
    ['about who has no score', { prediction: predictionOf('too-little-data', tickMs(2)) }],
    ['about whom nothing is known of', { prediction: null }],
  ])('is refused %s', (_, change) => {
    expect(open(change)).toEqual({ refused: expect.stringMatching(/^[A-Z].*\.$/) });
  });

  it('is refused in a name that is none', () => {
    expect(open({}, { assignee: ' ' })).toHaveProperty('refused');
  });
});

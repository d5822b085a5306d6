import { describe, expect, it } from '@jest/globals';
import { alertId, onScore, QUIET_MS, type ScoredEnrolment, UNTOUCHED_MS } from '../../src/alerts/lifecycle.js';
import { type Alert, type EnrolmentState, type NotScoredReason, PERSON_OUTCOMES } from '../../src/domain.js';
import { alertOf, predictionOf, scoreOf, tickMs } from './make.js';

type What = number | NotScoredReason | null;
const at = (ms: number, current: Alert | null, what: What, more: Partial<ScoredEnrolment> = {}) =>
  onScore({ current, prediction: predictionOf(what, ms), state: 'active', threshold: 0.7, tick: true, site: 'moodle', ...more });

/** Ticks from day 1 on, one score a day; gives the alert after the last. */
function ticks(current: Alert | null, scores: What[]): Alert | null {
  return scores.reduce<Alert | null>((alert, score, index) => at(tickMs(index + 1), alert, score) ?? alert, current);
}

describe('an alert opens', () => {
  it('above the threshold, with everything that staff need to see', () => {
    const opened = at(tickMs(5), null, 0.700001);
    expect(opened).toEqual({
      ...alertOf({ opened_ms: tickMs(5), touched_ms: tickMs(5), score: 0.700001 }),
      alert_id: alertId('moodle', 7, 3, tickMs(5)),
    });
  });

  it('between ticks too, when a live score rises', () => {
    expect(at(tickMs(5) + 60_000, null, 0.9, { tick: false })).toMatchObject({ state: 'open', opened_ms: tickMs(5) + 60_000 });
  });

  it.each([0.7, 0.7 + 1e-9, 0.699999, 0.1 + 0.6])('not at %d when the threshold is 0.7', (score) => {
    expect(at(tickMs(5), null, score)).toBeNull();
  });

  it.each(['not-started', 'suspended', 'withdrawn', 'completed', 'ended'] as EnrolmentState[])(
    'not for a student who is %s',
    (state) => {
      expect(at(tickMs(5), null, 0.9, { state })).toBeNull();
    },
  );

  it.each(['too-little-data', 'course-not-begun', 'course-ended', 'opted-out', 'out-of-scope', null] as What[])(
    'not without a score (%s)',
    (what) => {
      expect(at(tickMs(5), null, what)).toBeNull();
    },
  );

  it('not from a score that is older than the last opening or closing', () => {
    const expired = alertOf({ state: 'expired', closed_ms: tickMs(28) });
    expect(at(tickMs(28), expired, 0.9)).toBeNull();
    expect(at(tickMs(27), expired, 0.9)).toBeNull();
    expect(at(tickMs(29), expired, 0.9)).toMatchObject({ state: 'open', revision: 1 });
  });

  it('has an id that anybody can compute: SHA-256 of site|user|course|time', () => {
    expect(alertId('moodle', 7, 3, 1_767_236_400_000)).toBe('1d8a482eae64bff6');
  });
});

describe('after a person resolved the last one', () => {
  it.each(PERSON_OUTCOMES)('as %s, none opens for 14 days, and one may exactly then', (outcome) => {
    const last = alertOf({ state: 'resolved', outcome, closed_ms: tickMs(1) });
    expect(at(tickMs(1) + QUIET_MS - 1, last, 0.9)).toBeNull();
    expect(at(tickMs(1) + QUIET_MS, last, 0.9)).toMatchObject({ state: 'open', revision: 1, assignee: null });
  });

  it.each(['recovered', 'suspended', 'not-active'] as const)('but one that was %s may open again the next day', (outcome) => {
    const last = alertOf({ state: 'resolved', outcome, closed_ms: tickMs(1) });
    expect(at(tickMs(2), last, 0.9)).toMatchObject({ state: 'open' });
  });
});

describe('a muted enrolment', () => {
  const muted = alertOf({ state: 'expired', closed_ms: tickMs(10), muted_until_ms: tickMs(60) });
  it('opens none before the mute ends, and may exactly then', () => {
    expect(at(tickMs(60) - 1, muted, 0.9)).toBeNull();
    expect(at(tickMs(60), muted, 0.9)).toMatchObject({ state: 'open', muted_until_ms: null });
  });
});

describe('at each tick', () => {
  it.each(['open', 'acknowledged'] as const)('an %s alert follows the score, as a new revision', (state) => {
    const next = at(tickMs(1), alertOf({ state }), 0.75);
    expect(next).toEqual(alertOf({ state, score: 0.75, revision: 2 }));
  });

  it('nothing is written when nothing changed', () => {
    expect(at(tickMs(1), alertOf(), 0.8)).toBeNull();
  });

  it('a live score between ticks changes nothing of an open alert', () => {
    expect(at(tickMs(1), alertOf(), 0.1, { tick: false })).toBeNull();
  });

  it('without a score the alert stays as it is', () => {
    expect(at(tickMs(1), alertOf(), 'too-little-data')).toBeNull();
  });

  it('a score from before the opening changes nothing', () => {
    expect(at(tickMs(-1), alertOf(), 0.2)).toBeNull();
  });
});

describe('recovery', () => {
  const cases: [string, What[], Partial<Alert>][] = [
    ['two ticks at exactly threshold − 0.1', [0.6, 0.6], { state: 'resolved', outcome: 'recovered', closed_ms: tickMs(2) }],
    ['one tick is not enough', [0.5], { state: 'open', recovered_ticks: 1 }],
    ['a hair above the line does not count', [0.600001, 0.600001], { state: 'open', recovered_ticks: 0 }],
    ['below the threshold but near it, for ever, is not recovered', Array(20).fill(0.65), { state: 'open', recovered_ticks: 0 }],
    ['a bad tick starts the row again', [0.5, 0.61, 0.5], { state: 'open', recovered_ticks: 1 }],
    ['a tick without a score does too', [0.5, 'too-little-data', 0.5], { state: 'open', recovered_ticks: 1 }],
  ];
  it.each(cases)('%s', (_, scores, expected) => {
    expect(ticks(alertOf(), scores)).toMatchObject(expected);
    expect(ticks(alertOf({ state: 'acknowledged', assignee: 'Ana' }), scores)).toMatchObject({
      ...expected,
      ...(expected.state === 'open' && { state: 'acknowledged' }),
    });
  });

  it('is measured from the threshold in use', () => {
    const once = at(tickMs(1), alertOf(), 0.2, { threshold: 0.3 });
    expect(at(tickMs(2), once, 0.2, { threshold: 0.3 })).toMatchObject({ outcome: 'recovered' });
  });
});

describe('when the student leaves', () => {
  const leavings: [EnrolmentState, NotScoredReason | null, string][] = [
    ['withdrawn', 'not-active', 'withdrew'],
    ['completed', 'not-active', 'completed'],
    ['ended', 'not-active', 'ended'],
    ['suspended', 'not-active', 'suspended'],
    ['not-started', 'not-active', 'not-active'],
    ['active', 'course-ended', 'ended'],
    ['active', 'opted-out', 'not-active'],
    ['active', 'out-of-scope', 'not-active'],
  ];
  it.each(leavings)('%s (%s) resolves the alert as %s, whether somebody took it or not, tick or not', (state, why, outcome) => {
    for (const from of ['open', 'acknowledged'] as const) {
      for (const tick of [true, false]) {
        const next = at(tickMs(3), alertOf({ state: from, assignee: 'Ana' }), why, { state, tick });
        expect(next).toEqual(
          alertOf({
            state: 'resolved',
            outcome: outcome as Alert['outcome'],
            closed_ms: tickMs(3),
            assignee: 'Ana',
            revision: 2,
          }),
        );
      }
    }
  });

  it('a closed alert is left alone', () => {
    for (const state of ['resolved', 'expired'] as const) {
      expect(at(tickMs(3), alertOf({ state, closed_ms: tickMs(1) }), 'not-active', { state: 'withdrawn' })).toBeNull();
    }
  });
});

describe('untouched for 28 days', () => {
  it('an open alert expires, at exactly that tick and not before', () => {
    expect(at(tickMs(0) + UNTOUCHED_MS - 1, alertOf(), 0.9)).toMatchObject({ state: 'open' });
    expect(at(tickMs(0) + UNTOUCHED_MS, alertOf(), 0.9)).toMatchObject({
      state: 'expired',
      outcome: null,
      closed_ms: tickMs(28),
      score: 0.9,
    });
  });

  it('expires without a score too', () => {
    expect(at(tickMs(28), alertOf(), 'too-little-data')).toMatchObject({ state: 'expired', score: 0.8 });
  });

  it('a touch by a person starts the 28 days again', () => {
    expect(at(tickMs(30), alertOf({ touched_ms: tickMs(5) }), 0.8)).toBeNull();
    expect(at(tickMs(33), alertOf({ touched_ms: tickMs(5) }), 0.8)).toMatchObject({ state: 'expired' });
  });

  it('an acknowledged alert never expires: somebody has it', () => {
    expect(at(tickMs(400), alertOf({ state: 'acknowledged', assignee: 'Ana' }), 0.8)).toBeNull();
  });

  it('not between ticks', () => {
    expect(at(tickMs(29), alertOf(), 0.9, { tick: false })).toBeNull();
  });
});

it('the example of the documentation is true', () => {
  const states: string[] = [];
  let alert: Alert | null = null;
  for (const [index, score] of [0.7, 0.71, 0.6, 0.65, 0.6, 0.55, 0.9].entries()) {
    alert = at(tickMs(index + 1), alert, score) ?? alert;
    states.push(alert ? `${alert.outcome ?? alert.state} ${alert.recovered_ticks}` : 'none');
  }
  expect(states).toEqual(['none', 'open 0', 'open 1', 'open 0', 'open 1', 'recovered 2', 'open 0']);
  expect(alert?.reasons).toEqual(scoreOf(0.9, 0).reasons);
});

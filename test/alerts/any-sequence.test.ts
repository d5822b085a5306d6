/** Whatever scores and people do in whatever order, what staff rely on holds. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { alertId, isUnresolved, onScore } from '../../src/alerts/lifecycle.js';
import { type AlertStep, onPerson } from '../../src/alerts/person.js';
import { type Alert, type EnrolmentState, type NotScoredReason, PERSON_OUTCOMES } from '../../src/domain.js';
import { DAY_MS, predictionOf, tickMs } from './make.js';

const RUNS = 500 * (process.env.HOLDFAST_LONG === '1' ? 50 : 1);

type Event = { after_ms: number } & (
  | { kind: 'score'; what: number | NotScoredReason; state: EnrolmentState; tick: boolean }
  | { kind: 'person'; step: AlertStep }
);

const score = fc.record({
  kind: fc.constant('score' as const),
  after_ms: fc.constantFrom(0, 60_000, DAY_MS, DAY_MS, 15 * DAY_MS, 30 * DAY_MS),
  what: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(0.3, 0.6, 0.600001, 0.65, 0.7, 0.700001, 0.9) },
    { weight: 1, arbitrary: fc.constantFrom<NotScoredReason>('too-little-data', 'course-ended', 'opted-out') },
  ),
  state: fc.oneof(
    { weight: 9, arbitrary: fc.constant<EnrolmentState>('active') },
    { weight: 1, arbitrary: fc.constantFrom<EnrolmentState>('suspended', 'withdrawn', 'completed', 'ended', 'not-started') },
  ),
  tick: fc.boolean(),
});
const person = fc.record({
  kind: fc.constant('person' as const),
  after_ms: fc.constantFrom(0, 60_000, DAY_MS),
  step: fc.oneof(
    fc.constantFrom<AlertStep>({ do: 'acknowledge' }, { do: 'assign', assignee: 'Ana' }, { do: 'assign', assignee: null }),
    fc.constantFrom<AlertStep>(
      { do: 'mute', until_ms: tickMs(40) },
      { do: 'mute', until_ms: null },
      { do: 'note', text: 'rang' },
    ),
    fc.constantFrom(...PERSON_OUTCOMES).map((outcome): AlertStep => ({ do: 'resolve', outcome })),
  ),
});
const events: fc.Arbitrary<Event[]> = fc.array(fc.oneof({ weight: 3, arbitrary: score }, { weight: 1, arbitrary: person }), {
  maxLength: 60,
});

/** Plays the events against a small store of alerts by id, which checks every write as the real one would. */
function play(sequence: Event[], check = (_alerts: Alert[], _now_ms: number): void => {}): Alert[] {
  const stored = new Map<string, Alert>();
  let now_ms = tickMs(0);
  let latest: Alert | null = null;
  for (const event of sequence) {
    now_ms += event.after_ms;
    const next: Alert | null = event.kind === 'score' ? onScored(event, latest, now_ms) : onActed(event.step, latest, now_ms);
    if (next !== null) {
      expect(next.revision).toBe((stored.get(next.alert_id)?.revision ?? 0) + 1);
      stored.set(next.alert_id, next);
      latest = next;
    }
    check([...stored.values()], now_ms);
  }
  return [...stored.values()];
}

function onScored(event: Event & { kind: 'score' }, current: Alert | null, now_ms: number): Alert | null {
  const { what, state, tick } = event;
  return onScore({ current, prediction: predictionOf(what, now_ms), state, threshold: 0.7, tick, site: 'moodle' });
}

function onActed(step: AlertStep, current: Alert | null, now_ms: number): Alert | null {
  const next = current === null ? null : onPerson(current, step, 'local', now_ms);
  return next === null || 'refused' in next ? null : next;
}

const always = (property: (sequence: Event[]) => void) =>
  fc.assert(fc.property(events, property), { seed: 20_260_901, numRuns: RUNS });

describe('in any sequence of scores and actions', () => {
  it('an enrolment has at most one alert that is not resolved', () => {
    always((sequence) => {
      play(sequence, (alerts) => expect(alerts.filter(isUnresolved).length).toBeLessThanOrEqual(1));
    });
  });

  it('the same sequence gives the same bytes', () => {
    always((sequence) => expect(JSON.stringify(play(sequence))).toBe(JSON.stringify(play(structuredClone(sequence)))));
  });

  it('an id says where and when the alert opened, and never changes', () => {
    always((sequence) => {
      for (const alert of play(sequence)) expect(alert.alert_id).toBe(alertId('moodle', 7, 3, alert.opened_ms));
    });
  });

  it('an alert is closed exactly when it says so, an outcome is there exactly when it is resolved, and somebody has what is acknowledged', () => {
    always((sequence) => {
      for (const alert of play(sequence)) {
        expect(alert.closed_ms !== null).toBe(!isUnresolved(alert));
        expect(alert.outcome !== null).toBe(alert.state === 'resolved');
        if (alert.state === 'acknowledged') expect(alert.assignee).not.toBeNull();
        expect(alert.closed_ms ?? alert.opened_ms).toBeGreaterThanOrEqual(alert.opened_ms);
      }
    });
  });

  it('nothing brings a closed alert back', () => {
    const closed = new Map<string, string>();
    always((sequence) => {
      closed.clear();
      play(sequence, (alerts) => {
        for (const { alert_id, state } of alerts.filter((alert) => !isUnresolved(alert))) {
          expect(closed.get(alert_id) ?? state).toBe(state);
          closed.set(alert_id, state);
        }
        for (const alert of alerts.filter(isUnresolved)) expect(closed.has(alert.alert_id)).toBe(false);
      });
    });
  });

  it('no two alerts open within 14 days of a person resolving the first', () => {
    always((sequence) => {
      const alerts = play(sequence).sort((a, b) => a.opened_ms - b.opened_ms);
      for (const [index, alert] of alerts.entries()) {
        const before = alerts[index - 1];
        const byPerson = PERSON_OUTCOMES.some((outcome) => outcome === before?.outcome);
        if (before && byPerson) expect(alert.opened_ms - before.closed_ms!).toBeGreaterThanOrEqual(14 * DAY_MS);
      }
    });
  });
});

/** Lanes that fight over the same users: each claims them while another counts. */
import { describe, expect, it } from '@jest/globals';
import { ATTEMPTS_MAX } from '../../src/pipeline/lane.js';
import { patienceOf } from '../../src/pipeline/patience.js';

/** A batch takes this long from its claim to its commit; to claim users spoils what others have of them. Gives the most attempts of any lane. */
function fight(lanes: string[], batch_ms: number, patience: (lane: string, attempt: number) => number): number {
  const state = lanes.map((lane, i) => ({
    lane,
    attempt: 1,
    claims_ms: (i * batch_ms) / lanes.length,
    claimed_ms: -1,
    done: false,
  }));
  for (;;) {
    const next = state
      .filter(({ done }) => !done)
      .map((one) => ({ one, at_ms: one.claimed_ms < 0 ? one.claims_ms : one.claimed_ms + batch_ms }))
      .sort((a, b) => a.at_ms - b.at_ms)[0];
    if (!next) return Math.max(...state.map(({ attempt }) => attempt));
    const { one, at_ms } = next;
    if (one.claimed_ms < 0) {
      one.claimed_ms = at_ms;
      continue;
    }
    const spoilt = state.some((other) => other !== one && !other.done && other.claimed_ms > one.claimed_ms);
    one.done = !spoilt || one.attempt === ATTEMPTS_MAX + 1;
    if (spoilt) {
      one.claims_ms = at_ms + patience(one.lane, one.attempt);
      one.attempt++;
      one.claimed_ms = -1;
    }
  }
}

describe('lanes that want the same users', () => {
  const lanes = (n: number) => Array.from({ length: n }, (_, i) => `kafka:site.moodle.mdl_logstore_standard_log/${i}`);

  it('would go on for ever without waiting, and get through with it, on a quick and on a slow machine', () => {
    expect(fight(lanes(2), 300, () => 0)).toBeGreaterThan(ATTEMPTS_MAX);
    for (const n of [2, 3, 6])
      for (const batch_ms of [20, 300, 1_000]) expect(fight(lanes(n), batch_ms, patienceOf)).toBeLessThan(ATTEMPTS_MAX);
  });

  it('wait nothing first, then longer and longer, up to a bound', () => {
    const waits = Array.from({ length: ATTEMPTS_MAX }, (_, i) => patienceOf('kafka:log/3', i + 1));
    expect(waits[0]).toBe(0);
    expect(waits[1]).toBeGreaterThanOrEqual(20);
    expect(Math.max(...waits)).toBeLessThanOrEqual(4_000);
    expect(waits[10]).toBeGreaterThanOrEqual(2_000);
  });
});

/** A trial that never changes. */
import type { Power, Trial, TrialState } from '../../src/pipeline/trials.js';

const TRIAL: Trial = {
  id: 1,
  seed: 'ab',
  by: 'Ann',
  started_ms: 1_790_000_000_000,
  weeks: 10,
  drawn: ['2026-11-16'],
  ended_ms: null,
  how: 'running',
};

export class FakeTrials {
  async state(): Promise<TrialState> {
    const result = { difference: 0.12, low: 0.02, high: 0.22 };
    return { trial: TRIAL, now: { drawn: 5, known: 2 }, later: { drawn: 4, known: 2 }, result, word: 'more' };
  }
  async power(): Promise<Power> {
    return { base: 0.4, a_week: 9, past_weeks: 6, smallest: 0.2, weeks_for_ten_points: 87 };
  }
  async start(): Promise<Trial> {
    return TRIAL;
  }
  async stop(): Promise<Trial> {
    return TRIAL;
  }
}

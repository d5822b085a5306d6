/** What the HTTP side knows of trainings: a type and an injection token at once. The wiring fills it. */
import type { Target } from '../domain.js';
import type { Actor } from '../ports.js';

export interface RetrainRequest {
  seed: number;
  target: Target;
  /** The new model replaces the champion where it is better by the rule. */
  promote_if_better: boolean;
}

export interface JobState {
  job_id: string;
  state: 'running' | 'done' | 'failed';
  by: string;
  started_ms: number;
  ended_ms: number | null;
  /** What is being done. */
  step: string;
  /** Share that is done, 0 … 1. */
  progress: number;
  /** Of the model that was made. */
  version: string | null;
  promoted: boolean | null;
  /** What came of it, or why it failed: a sentence for people. */
  message: string | null;
}

/** A training is under way: one at a time. */
export class RetrainBusy extends Error {
  override readonly name = 'RetrainBusy';
  constructor(readonly job: JobState) {
    super('A training is under way. There is one at a time.');
  }
}

export abstract class RetrainJobs {
  /** Throws `RetrainBusy` while one runs. */
  abstract start(request: RetrainRequest, by: Actor): JobState;
  /** The one that runs, or ran last; null before the first of this process. */
  abstract latest(): JobState | null;
}

/** Where the wiring gives none: a process that only answers. */
export class NoRetrainJobs extends RetrainJobs {
  start(): JobState {
    throw new Error('This process trains no models.');
  }
  latest(): JobState | null {
    return null;
  }
}

/** Simulations for the running service: each in a process of its own, since it takes a core for up to minutes. One at a time. */
import type { Env } from '../config.js';
import {
  HistoryTooSmall,
  type SimulationAnswer,
  SimulationBusy,
  SimulationFailed,
  type SimulationRequest,
  type SimulationState,
  Simulations,
} from '../http/simulation-door.js';
import { type AskedChild, askChild } from './ask-child.js';
import { childModule } from './child-module.js';

export type SimulationWord =
  | { kind: 'done'; simulation: SimulationAnswer }
  | { kind: 'too-small'; message: string }
  | { kind: 'failed'; message: string };

/** Nobody waits longer for an answer. */
const RUN_MS_MAX = 10 * 60_000;

export class ChildSimulations extends Simulations {
  #asked: AskedChild<SimulationWord> | null = null;
  #state: SimulationState | null = null;

  /** `env`: the service's configuration. `entry`: the module that the process runs. */
  constructor(
    private readonly env: Env,
    private readonly entry: string = childModule('simulation-child'),
    private readonly now_ms: () => number = Date.now,
  ) {
    super();
  }

  async simulate(request: SimulationRequest): Promise<SimulationAnswer> {
    if (this.#asked !== null) throw new SimulationBusy('A simulation is under way. There is one at a time.');
    const { entry, env } = this;
    const started_ms = this.now_ms();
    this.#state = { started_ms, step: 'reading', progress: 0 };
    const onProgress = ({ done, total }: { done: number; total: number }) => {
      this.#state = { started_ms, step: 'replaying', progress: Math.min(1, done / total) };
    };
    this.#asked = askChild(request, { entry, env, run_ms_max: RUN_MS_MAX, what: 'The simulation', onProgress });
    try {
      const word = await this.#asked.answer;
      if (word.kind === 'too-small') throw new HistoryTooSmall(word.message);
      if (word.kind === 'failed') throw new SimulationFailed(word.message);
      return word.simulation;
    } finally {
      this.#asked = null;
      this.#state = null;
    }
  }

  state(): SimulationState | null {
    return this.#state;
  }

  /** The service ends: so does what it started. */
  async stop(): Promise<void> {
    await this.#asked?.stop();
  }
}

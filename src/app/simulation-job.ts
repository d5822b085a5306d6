/** Simulations for the running service: each in a process of its own, since it takes a core for up to minutes. One at a time. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Env } from '../config.js';
import {
  type SimulationAnswer,
  SimulationBusy,
  SimulationFailed,
  type SimulationRequest,
  Simulations,
} from '../http/simulation-door.js';
import { childModule } from './child-module.js';

export type SimulationWord = { kind: 'done'; simulation: SimulationAnswer } | { kind: 'failed'; message: string };

/** Nobody waits longer for an answer. */
const RUN_MS_MAX = 10 * 60_000;

export class ChildSimulations extends Simulations {
  #child: ChildProcess | null = null;

  /** `env`: the service's configuration. `entry`: the module that the process runs. */
  constructor(
    private readonly env: Env,
    private readonly entry: string = childModule('simulation-child'),
  ) {
    super();
  }

  async simulate(request: SimulationRequest): Promise<SimulationAnswer> {
    if (this.#child !== null) throw new SimulationBusy('A simulation is under way. There is one at a time.');
    const child = fork(this.entry, [], { env: this.env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
    this.#child = child;
    const overdue = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX);
    try {
      const word = await new Promise<SimulationWord>((resolve) => {
        child.once('message', resolve);
        child.once('error', ({ message }) => resolve({ kind: 'failed', message }));
        child.once('close', () =>
          resolve({ kind: 'failed', message: 'The simulation ended without an answer, or took too long.' }),
        );
        child.send(request, () => undefined);
      });
      if (word.kind === 'failed') throw new SimulationFailed(word.message);
      return word.simulation;
    } finally {
      clearTimeout(overdue);
      this.#child = null;
    }
  }

  /** The service ends: so does what it started. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null) return;
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill();
    await gone;
  }
}

/** What the HTTP side knows of simulations: a type and an injection token at once. The wiring fills it. */

/** Which points; without any of the first three the usual thresholds and shares. */
export interface SimulationRequest {
  threshold?: number;
  /** Share of a course's students, each week. */
  capacity?: number;
  /** Students of a course, each week. */
  calls?: number;
  every_days: number;
  /** Staff talks with a student so many days after an alert; null = nobody does. */
  contact_after_days: number | null;
}

/** As `simulate-threshold --json` prints it. */
export interface SimulationAnswer {
  model: string;
  courses: string[];
  thresholds: object[];
  capacities: object[];
}

/** How far the one under way is. */
export interface SimulationState {
  started_ms: number;
  /** The courses' histories are read, then scored again day by day. */
  step: 'reading' | 'replaying';
  /** Share of the step that is done, 0 … 1. */
  progress: number;
}

/** One is under way: one at a time. */
export class SimulationBusy extends Error {
  override readonly name = 'SimulationBusy';
}

/** It came to nothing, and the message says why. */
export class SimulationFailed extends Error {
  override readonly name = 'SimulationFailed';
}

/** No course tells yet what becomes of its students: time will help, and nothing else. The message says what is wrong with each. */
export class HistoryTooSmall extends SimulationFailed {}

export abstract class Simulations {
  /** Throws `SimulationBusy`, `SimulationFailed`. */
  abstract simulate(request: SimulationRequest): Promise<SimulationAnswer>;
  /** null where none is under way. */
  abstract state(): SimulationState | null;
}

/** Where the wiring gives none: a process that only answers. */
export class NoSimulations extends Simulations {
  async simulate(): Promise<SimulationAnswer> {
    throw new SimulationFailed('This process simulates nothing.');
  }
  state(): null {
    return null;
  }
}

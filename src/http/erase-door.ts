/** What the HTTP side knows of erasures: a type and an injection token at once. The wiring fills it. */
import type { Actor } from '../ports.js';

export interface ErasedRows {
  rows: number;
  /** By table. */
  removed: Record<string, number>;
}

export abstract class Eraser {
  /** Whether there is anything about this person: of who opted out there is, although nobody is shown it. */
  abstract holds(user_id: number): Promise<boolean>;
  /** Removes all that is held about a person, for good. `by`: for the record of changes. */
  abstract erase(user_id: number, by: Actor): Promise<ErasedRows>;
}

/** Where the wiring gives none: a process that only answers. */
export class NoEraser extends Eraser {
  async holds(): Promise<boolean> {
    return false;
  }

  async erase(): Promise<ErasedRows> {
    throw new Error('This process erases nobody.');
  }
}

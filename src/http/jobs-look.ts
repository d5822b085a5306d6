/** The long work of the service beside reading and training, for people: what runs, how far it is, when it ran last. */

export interface Job {
  name: 'first-copy' | 'simulation' | 'trust-check' | 'daily-clearing';
  /** waiting: for its time. What failed is tried again by itself; the log says why. */
  state: 'running' | 'done' | 'failed' | 'waiting';
  /** What is being done; of the copy, the table. */
  step: string | null;
  /** Share that is done, 0 … 1. */
  progress: number | null;
  /** Of the copy, of all tables, about. */
  rows: number | null;
  rows_known: number | null;
  /** When what runs began. */
  since_ms: number | null;
  /** The day of the latest that came to its end, and the day from which the next is due. */
  last_day: string | null;
  next_day: string | null;
}

/** Knows them, whichever process does the work. */
export class JobsLook {
  constructor(readonly look: () => Promise<Job[]>) {}
}

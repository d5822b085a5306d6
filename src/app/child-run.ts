/** A process that does one thing for the service: takes one order, says how it goes, and ends. Ends also when its service is gone. */
import { type Config, environment, readConfig } from '../config.js';

export interface ChildFailed {
  kind: 'failed';
  message: string;
}

/** On the way to the last word: `done` of `total` steps. */
export interface ChildProgress {
  kind: 'progress';
  done: number;
  total: number;
}

/** Sends what `run` gives as the last word; what it throws becomes one, and so do faults of the configuration. */
export function runAsChild<Order, Word>(
  run: (config: Config, order: Order, say: (word: Word | ChildProgress) => void) => Promise<Word>,
): void {
  const say = (word: Word | ChildFailed | ChildProgress): Promise<void> =>
    new Promise((resolve) => {
      if (!process.send) return resolve();
      process.send(word, () => resolve());
    });
  const answer = async (order: Order): Promise<Word | ChildFailed> => {
    const read = readConfig(environment());
    if (!read.ok) return { kind: 'failed', message: read.faults.join(' ') };
    try {
      return await run(read.config, order, (word) => void say(word));
    } catch (error) {
      return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
    }
  };
  process.once('disconnect', () => process.exit(1));
  process.once('message', (order: Order) => {
    void answer(order)
      .then(say)
      .then(() => process.exit(0));
  });
}

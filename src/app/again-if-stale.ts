/** For what processes that start together write once between them. */
import { StalePosition } from '../ports.js';

/** `run` reads, then writes where it has to: where another process was quicker, it reads what that one wrote, and may refuse it. */
export async function againIfStale<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof StalePosition)) throw error;
    return run();
  }
}

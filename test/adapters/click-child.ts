/** A process of its own with a store of clicks, for tests that kill it: `FILE` commits step after step and prints each that is committed. */
import { SqliteClickStore } from '../../src/adapters/sqlite/sqlite-click-store.js';
import type { ClickCommit } from '../../src/click-ports.js';
import { changes, click, fullCommit, type SampleWindow, T0, THINGS } from '../contracts/click-store-samples.js';

/** Enough for a commit of several pages. */
export const STEP_CLICKS = 200;

/** Step n overwrites the windows of step n − 1, so that a torn commit shows as rows of two steps. */
export function childStep(step: number): ClickCommit {
  const many = Array.from({ length: STEP_CLICKS }, (_, n) => n);
  return {
    ...fullCommit(step),
    windows: [changes(THINGS, ...many.map((n): SampleWindow => [[n, 'x'], T0, T0 + step, step, n]))],
    clicks: many.map((n) => click(T0 + step, `${n}`)),
  };
}

async function main(file: string): Promise<void> {
  const store = new SqliteClickStore(file);
  await store.open();
  for (let step = Number((await store.position('file')) ?? 0) + 1; ; step += 1) {
    await store.commit(childStep(step));
    process.stdout.write(`${step}\n`);
    // One turn of the event loop, so that what was printed leaves the process.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

if (process.argv[1]?.endsWith('click-child.js')) {
  main(process.argv[2]!).catch((error: Error) => {
    process.stderr.write(`${error.name}: ${error.message}\n`);
    process.exitCode = 1;
  });
}

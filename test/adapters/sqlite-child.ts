/**
 * A process of its own with a store, for tests that kill it: `commit FILE` commits step after step from where the store is,
 * and prints each step once it is committed; `hold FILE` opens the store, says `open`, and waits.
 */
import { SqliteStore } from '../../src/adapters/sqlite/sqlite-store.js';
import type { Commit } from '../../src/ports.js';
import { activityDay, courseSession, rejected, SITE, score, session, together } from '../contracts/store-samples.js';

/** Rows that each step touches: enough for a commit of several pages in several files. */
export const STEP_USERS = 200;

/** Step n overwrites what step n − 1 wrote, so that a torn commit shows as rows of two steps. */
export function stepCommit(step: number): Commit {
  const users = Array.from({ length: STEP_USERS }, (_, user) => user);
  return {
    position: { source: 'file:a', from: step === 1 ? null : String(step - 1), to: String(step) },
    ...together(
      ...users.map((user) => session(user, 0, step, step)),
      ...users.map((user) => courseSession(user, user % 7, 0, step, step)),
      ...users.map((user) => activityDay(user, user % 7, 0, [step, 0, 0, 0, 0, 0])),
    ),
    seen: [{ page: step, bits: new Uint8Array(1024).fill(step % 256) }],
    scores: [score({ as_of_ms: step })],
    rejected: [rejected({ position: `line ${step}` })],
  };
}

async function main([task, file]: string[]): Promise<void> {
  const store = new SqliteStore(file!);
  await store.open(SITE);
  process.stdout.write('open\n');
  if (task === 'hold') {
    setInterval(() => {}, 1000);
    return;
  }
  for (let step = Number((await store.position('file:a')) ?? 0) + 1; ; step += 1) {
    await store.commit(stepCommit(step));
    process.stdout.write(`${step}\n`);
    // One turn of the event loop, so that what was printed leaves the process.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

if (process.argv[1]?.endsWith('sqlite-child.js')) {
  main(process.argv.slice(2)).catch((error: Error) => {
    process.stderr.write(`${error.name}: ${error.message}\n`);
    process.exitCode = 1;
  });
}

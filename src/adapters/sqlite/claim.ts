/**
 * The claim on a store: one process writes a file, whoever comes second is told so.
 *
 * Held as SQLite's exclusive lock on an empty file beside the store (`holdfast.db.lock`). The operating system keeps that lock
 * for the process and drops it when the process ends, by kill -9 too, so a crash leaves nothing to clean up. The file itself
 * stays: to remove it would be a race. The store is not locked itself, so that readers may open it while a service writes.
 */
import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'libsql';
import { StoreUnavailable } from '../../ports.js';
import { codeOf, explained } from './errors.js';

export interface Claim {
  release(): void;
}

/** Every lock that is held: a store that nobody refers to any more is still open, and the collector must not close its lock. */
const HELD = new Set<Database.Database>();

/** Throws `StoreUnavailable` at once when another process, or another store of this one, holds the file. */
export function claim(file: string): Claim {
  const lockFile = `${trueName(file)}.lock`;
  try {
    const lock = new Database(lockFile, { timeout: 0 });
    try {
      lock.exec('PRAGMA journal_mode = MEMORY');
      lock.exec('BEGIN EXCLUSIVE');
      // On a file that may not be written SQLite begins without a lock. This asks for a real one; it is never committed.
      lock.exec('PRAGMA user_version = 1');
    } catch (error) {
      lock.close();
      throw error;
    }
    HELD.add(lock);
    return {
      release: () => {
        if (HELD.delete(lock)) lock.close();
      },
    };
  } catch (error) {
    if (codeOf(error).startsWith('SQLITE_BUSY')) throw taken(file, error);
    throw explained(error, lockFile);
  }
}

function taken(file: string, cause: unknown): StoreUnavailable {
  return new StoreUnavailable(
    `Another Holdfast process works on the store ${file}`,
    'Stop it first (`holdfast serve` holds its store until it ends), use its REST interface, or set HOLDFAST_STORE to another path.',
    { cause },
  );
}

/** One name for one file, whatever links lead to it. The file itself need not be there yet. */
function trueName(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return join(realpathSync(dirname(file)), basename(file));
  }
}

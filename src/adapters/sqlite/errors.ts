/** SQLite's own errors as what an operator can act on. */
import { dirname } from 'node:path';
import { StoreUnavailable } from '../../ports.js';

/** How SQLite's result codes begin → what is wrong with the file, and what to do. */
const OPERATING: Record<string, (file: string) => [problem: string, hint: string]> = {
  SQLITE_FULL: (file) => [
    `No space is left for the store ${file}`,
    `Free space on the disk of ${dirname(file)} and start again: what was committed before is intact, and nothing of this batch was written.`,
  ],
  SQLITE_READONLY: (file) => [
    `The store ${file} may not be written`,
    `Give the user who runs Holdfast the right to write the file and its folder ${dirname(file)}, or set HOLDFAST_STORE to another path.`,
  ],
  SQLITE_CANTOPEN: (file) => [
    `The store ${file} cannot be opened or made`,
    `Check that ${dirname(file)} is a folder which the user who runs Holdfast may write, or set HOLDFAST_STORE to another path.`,
  ],
  SQLITE_NOTADB: (file) => [
    `${file} is not a Holdfast store`,
    'Set HOLDFAST_STORE to the path of a store, or to a new path: the file was left as it is.',
  ],
  SQLITE_CORRUPT: (file) => [
    `The store ${file} is damaged`,
    'Stop Holdfast, put the file aside, and restore a backup; or save what can be read with `sqlite3 FILE .recover`.',
  ],
  SQLITE_BUSY: (file) => [
    `Another program holds the store ${file} locked`,
    'Close it (a database browser, a backup that copies the live file), then start again.',
  ],
  SQLITE_IOERR: (file) => [
    `The disk failed while the store ${file} was read or written`,
    'Look at the system log for disk errors, and check the space left; what was committed before is intact.',
  ],
};

/** An operating error as `StoreUnavailable`; anything else (ours: a wrong statement, a broken constraint) as it came. */
export function explained(error: unknown, file: string): unknown {
  const code = codeOf(error);
  const known = Object.keys(OPERATING).find((prefix) => code.startsWith(prefix));
  return known === undefined ? error : unavailable(known, file, error);
}

/** `code`: one of those that are explained here. */
export function unavailable(code: keyof typeof OPERATING, file: string, cause?: unknown): StoreUnavailable {
  const [problem, hint] = OPERATING[code]!(file);
  return new StoreUnavailable(problem, hint, { cause });
}

/** SQLite's name for what went wrong; '' for anything else. Opening fails without a code, libsql says so in the message. */
export function codeOf(error: unknown): string {
  // By shape: errors of a native module need not be of this realm's Error.
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && code !== '') return code;
  return typeof message === 'string' && message.startsWith('ConnectionFailed') ? 'SQLITE_CANTOPEN' : '';
}

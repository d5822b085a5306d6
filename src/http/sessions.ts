/** Who is logged in: a session for each launch or login, in memory, so a restart logs everybody out. */
import { createHash, randomBytes } from 'node:crypto';
import type { Viewer } from '../access/viewer.js';

/** A working day; nobody stays logged in over night. */
const SESSION_MS = 8 * 3_600_000;
/** Beyond it the oldest goes, and its person opens the page from Moodle again. */
const SESSIONS_MAX = 50_000;

export class Sessions {
  /** By the id's hash, in the order of opening. */
  readonly #open = new Map<string, { viewer: Viewer; until_ms: number }>();

  /** The id, for the cookie alone. */
  open(viewer: Viewer, now_ms: number): string {
    for (const [key, { until_ms }] of this.#open) {
      if (until_ms > now_ms && this.#open.size < SESSIONS_MAX) break;
      this.#open.delete(key);
    }
    const id = randomBytes(32).toString('base64url');
    this.#open.set(keyOf(id), { viewer, until_ms: now_ms + SESSION_MS });
    return id;
  }

  find(id: string, now_ms: number): Viewer | null {
    const found = this.#open.get(keyOf(id));
    return found !== undefined && found.until_ms > now_ms ? found.viewer : null;
  }

  close(id: string): void {
    this.#open.delete(keyOf(id));
  }
}

function keyOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url');
}

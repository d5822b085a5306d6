/** Who is signed in on the page: kept in memory, so that a restart signs everybody out. Bounded; the oldest goes first. */
import { createHash, randomBytes } from 'node:crypto';
import type { Viewer } from '../access/viewer.js';

/** A tutor who went to lunch signs in again after this. */
export const IDLE_MS_MAX = 60 * 60_000;
/** A working day. */
export const SESSION_MS_MAX = 12 * 60 * 60_000;
const SESSIONS_MAX = 10_000;
const ID_BYTES = 32;

interface Kept {
  viewer: Viewer;
  /** Looks again who it is and what they may do; null = no longer anybody. */
  renew: (() => Promise<Viewer | null>) | null;
  opened_ms: number;
  seen_ms: number;
}

export class Sessions {
  /** By the SHA-256 of the cookie: what leaks from memory opens nothing. */
  readonly #kept = new Map<string, Kept>();

  /** Gives the cookie's value. With `renew` a key that is revoked ends its sessions too. */
  open(viewer: Viewer, now_ms: number, renew: Kept['renew'] = null): string {
    const id = randomBytes(ID_BYTES).toString('base64url');
    if (this.#kept.size >= SESSIONS_MAX) this.#kept.delete(this.#kept.keys().next().value!);
    this.#kept.set(hashOf(id), { viewer, renew, opened_ms: now_ms, seen_ms: now_ms });
    return id;
  }

  async find(id: string, now_ms: number): Promise<Viewer | null> {
    const viewer = await this.look(id, now_ms);
    const kept = this.#kept.get(hashOf(id));
    if (viewer && kept) kept.seen_ms = now_ms;
    return viewer;
  }

  /** Like `find`, but nobody was there: what a page that lies open gets by itself keeps no session alive. */
  async look(id: string, now_ms: number): Promise<Viewer | null> {
    const kept = this.#kept.get(hashOf(id));
    if (kept === undefined) return null;
    const over = now_ms - kept.seen_ms >= IDLE_MS_MAX || now_ms - kept.opened_ms >= SESSION_MS_MAX;
    const viewer = over ? null : kept.renew ? await kept.renew() : kept.viewer;
    if (viewer === null) this.close(id);
    return viewer;
  }

  close(id: string): void {
    this.#kept.delete(hashOf(id));
  }
}

const hashOf = (id: string): string => createHash('sha256').update(id).digest('base64url');

/** Where a running service is, and what it answers when it is asked for its figures. */
import { Exposition, NoExposition } from './exposition.js';

/** It does not answer, or not with its figures. The message says which service, and what to do. */
export class NoFigures extends Error {
  override readonly name = 'NoFigures';
}

/** What a service said at one moment. */
export interface Reading {
  /** By this machine's clock: for people. */
  wall_ms: number;
  /** By a clock that never steps: for rates. */
  at_ms: number;
  figures: Exposition;
}

/** A service that is alive answers in milliseconds; a busy one may take a scrape's usual patience. */
const ANSWER_MS_MAX = 5_000;
/** A site with hundreds of partitions has some 100 KB of figures. */
const BYTES_MAX = 16_777_216;

export class ServiceAddress {
  /** For people: without a password. */
  readonly name: string;
  readonly #url: string;
  readonly #headers: Record<string, string> = {};

  /**
   * `http://127.0.0.1:3000`, with a path where a proxy has one; `/metrics` at its end may be there. Throws a TypeError. A login in the
   * address is for a proxy in front, and goes before the key.
   */
  constructor(address: string, key: string | null = null) {
    const url = new URL(address);
    if (!/^https?:$/.test(url.protocol)) throw new TypeError('no web address');
    const { username, password } = url;
    if (key !== null) this.#headers.authorization = `Bearer ${key}`;
    if (username !== '' || password !== '') {
      const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
      this.#headers.authorization = `Basic ${Buffer.from(login).toString('base64')}`;
    }
    const path = url.pathname.replace(/(?<!\/)\/+$/, '').replace(/\/metrics$/, '');
    this.name = `${url.origin}${path}`;
    this.#url = `${this.name}/metrics`;
  }

  /** Throws `NoFigures`, or what `signal` was aborted with. */
  async read(signal: AbortSignal): Promise<Reading> {
    const text = await this.#text(signal);
    const figures = this.#parsed(text);
    if (!figures.names.some((name) => name.startsWith('holdfast_')))
      throw new NoFigures(`${this.name} has figures of another program: name Holdfast's address with --url.`);
    return { wall_ms: Date.now(), at_ms: performance.now(), figures };
  }

  async #text(signal: AbortSignal): Promise<string> {
    const late = AbortSignal.timeout(ANSWER_MS_MAX);
    try {
      const answer = await fetch(this.#url, { headers: this.#headers, signal: AbortSignal.any([signal, late]) });
      if (answer.ok) return await this.#limited(answer);
      await answer.body?.cancel();
      if (answer.status === 401 || answer.status === 403)
        throw new NoFigures(
          `${this.name} gives its figures to a key with the scope metrics:read: set HOLDFAST_KEY_FILE to a file that holds one.`,
        );
      throw new NoFigures(`${this.name} answers ${answer.status} when asked for /metrics: name Holdfast's address with --url.`);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof NoFigures) throw error;
      if (late.aborted) throw new NoFigures(`${this.name} has not answered for ${ANSWER_MS_MAX / 1000} s.`);
      throw new NoFigures(`${this.name} does not answer${causeOf(error)}: start the service, or name its address with --url.`);
    }
  }

  async #limited(answer: Response): Promise<string> {
    const decoder = new TextDecoder();
    let text = '';
    let bytes = 0;
    for await (const part of answer.body ?? []) {
      bytes += part.byteLength;
      if (bytes > BYTES_MAX) throw new NoFigures(`${this.name} answers without end: name Holdfast's address with --url.`);
      text += decoder.decode(part, { stream: true });
    }
    return text + decoder.decode();
  }

  #parsed(text: string): Exposition {
    try {
      return new Exposition(text);
    } catch (error) {
      if (!(error instanceof NoExposition)) throw error;
      throw new NoFigures(`${this.name} answers something other than figures: name Holdfast's address with --url.`);
    }
  }
}

/** ` (ECONNREFUSED)`: `fetch` hides it in the cause. */
function causeOf(error: unknown): string {
  const { code } = ((error as Error).cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? ` (${code})` : '';
}

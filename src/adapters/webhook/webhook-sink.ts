/**
 * Alerts that opened and that closed, as signed requests to one address. The body names the alert and its course, no student and no score:
 * whoever needs more asks the interface, where it can be refused. Each of the two words about an alert has one id for ever, so a request that
 * is repeated because its answer was lost can be told apart from news.
 */
import { createHash, createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Publication, Sink, SinkUnavailable } from '../../ports.js';

export interface WebhookOptions {
  url: string;
  secret: string;
  site: string;
  /** Whether this student is in this course now: no alert is told about those who left or opted out. */
  studies: (user_id: number, course_id: number) => Promise<boolean>;
  memory: ToldMemory;
  /** In ms. */
  clock?: () => number;
  /** Before the first repetition; doubled for each further one. */
  pause_ms?: number;
  /** Between the beginnings of two requests. */
  spacing_ms?: number;
  timer?: Timer;
}

/** A clock that is never set, and waiting on it. */
export interface Timer {
  now_ms(): number;
  sleep(ms: number): Promise<unknown>;
}
const TIMER: Timer = { now_ms: () => performance.now(), sleep };

/** Which open alerts the receiver has heard of, kept where the alerts are. `keep` replaces what was read. */
export interface ToldMemory {
  read(): Promise<string | null>;
  keep(from: string | null, to: string): Promise<void>;
}

/** Within one call; after it the publisher waits and sends again, however long that takes. */
const TRIES = 3;
const PAUSE_MS = 500;
/** Ten a second: a Monday's alerts of a large site come within minutes, and no receiver takes them for an attack. Slower, and counting would wait for it. */
const SPACING_MS = 100;
/** An answer that has not come by then will not come: the receiver only has to put it aside. */
const ANSWER_MS = 10_000;
/** Open alerts remembered, the latest; beyond it one may be told again, with the same id. */
const TOLD_MAX = 50_000;
/** Answers that mean not now. Any other of 4xx would come again however often it is asked. */
const NOT_NOW = new Set([401, 403, 404, 408, 410, 425, 429]);

export class WebhookSink extends Sink {
  override readonly name = 'webhook';
  override readonly tables = ['alerts'];
  override readonly keeps_rows = false;
  readonly #clock: () => number;
  readonly #timer: Timer;
  /** An open alert is written again at every scoring, since it follows its score: the receiver hears of it once. null = not read yet. */
  #told: Set<string> | null = null;
  #kept: string | null = null;
  /** On the timer. */
  #next_ms = 0;

  constructor(private readonly options: WebhookOptions) {
    super();
    this.#clock = options.clock ?? Date.now;
    this.#timer = options.timer ?? TIMER;
  }

  /** Any answer will do: what the receiver says to a request without a body is its own affair. */
  override async open(): Promise<void> {
    this.#told = null;
    try {
      const answer = await fetch(this.options.url, {
        method: 'HEAD',
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      await answer.body?.cancel();
    } catch {
      throw this.#away('does not answer');
    }
  }
  override async close(): Promise<void> {}

  override async send(publications: Publication[]): Promise<{ refused: { publication: Publication; why: string }[] }> {
    const refused: { publication: Publication; why: string }[] = [];
    const told = await this.#known();
    for (const publication of publications) {
      const { row } = publication;
      const word = row && wordOf(row);
      // Erased: what is remembered of it goes as well.
      if (!row) told.delete(String(publication.key[0]));
      if (!row || word === null) continue;
      if (word === 'opened' && !(await this.options.studies(Number(row.user_id), Number(row.course_id)))) continue;
      const alert_id = String(row.alert_id);
      if (word === 'opened' && told.has(alert_id)) continue;
      const why = await this.#post(noticeOf(this.options.site, row, word));
      if (why !== null) refused.push({ publication, why });
      if (word === 'closed') told.delete(alert_id);
      else told.add(alert_id);
      if (told.size > TOLD_MAX) told.delete(told.values().next().value!);
    }
    await this.#keep(told);
    return { refused };
  }

  async #known(): Promise<Set<string>> {
    if (this.#told === null) {
      this.#kept = await this.options.memory.read();
      this.#told = new Set(this.#kept === null ? [] : (JSON.parse(this.#kept) as string[]));
    }
    return this.#told;
  }

  async #keep(told: ReadonlySet<string>): Promise<void> {
    const to = JSON.stringify([...told]);
    if (to === (this.#kept ?? '[]')) return;
    try {
      await this.options.memory.keep(this.#kept, to);
      this.#kept = to;
    } catch (error) {
      // Another process tells now: what it has kept counts.
      this.#told = null;
      throw error;
    }
  }

  /** null = taken; else why it never will be. */
  async #post({ id, body }: Notice): Promise<string | null> {
    let problem = '';
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (attempt > 0) await this.#timer.sleep((this.options.pause_ms ?? PAUSE_MS) * 2 ** (attempt - 1));
      await this.#turn();
      const status = await this.#try(id, body);
      if (typeof status === 'number' && status >= 200 && status < 300) return null;
      if (typeof status === 'number' && status >= 400 && status < 500 && !NOT_NOW.has(status)) return `it answered ${status}`;
      problem = typeof status === 'number' ? `answers ${status}` : 'does not answer';
    }
    throw this.#away(problem);
  }

  async #turn(): Promise<void> {
    const wait_ms = this.#next_ms - this.#timer.now_ms();
    if (wait_ms > 0) await this.#timer.sleep(wait_ms);
    this.#next_ms = this.#timer.now_ms() + (this.options.spacing_ms ?? SPACING_MS);
  }

  #away(problem: string): SinkUnavailable {
    const { host } = new URL(this.options.url);
    return new SinkUnavailable(`The webhook at ${host} ${problem}: look at HOLDFAST_WEBHOOK and at the server there.`);
  }

  async #try(id: string, body: string): Promise<number | null> {
    const timestamp = String(Math.floor(this.#clock() / 1000));
    const signature = createHmac('sha256', this.options.secret).update(`${timestamp}.${body}`).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'holdfast-id': id,
      'holdfast-timestamp': timestamp,
      'holdfast-signature': `sha256=${signature}`,
    };
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await fetch(this.options.url, { method: 'POST', body, headers, redirect: 'manual', signal });
      await answer.body?.cancel();
      return answer.status;
    } catch {
      return null;
    }
  }
}

interface Notice {
  id: string;
  body: string;
}

type Word = 'opened' | 'closed';

/** null: somebody took it, which is no news to anybody else. */
function wordOf({ state }: Record<string, unknown>): Word | null {
  if (state === 'resolved' || state === 'expired') return 'closed';
  return state === 'open' ? 'opened' : null;
}

/** Told again, the same word about an alert has the same id: it is made of nothing but what is sent. */
function noticeOf(site: string, row: Record<string, unknown>, word: Word): Notice {
  const { alert_id, course_id, opened_ms } = row;
  const body = JSON.stringify({ type: `alert.${word}`, site, alert_id, course_id, opened_ms });
  return { id: createHash('sha256').update(body).digest('hex').slice(0, 32), body };
}

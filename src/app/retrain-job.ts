/**
 * Training as a job of the running service: in a process of its own, since it takes minutes of a core and a service has to answer
 * meanwhile. One at a time.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import type { Env } from '../config.js';
import { type JobState, RetrainBusy, RetrainJobs, type RetrainRequest } from '../http/retrain-door.js';
import type { Actor } from '../ports.js';
import { childModule } from './child-module.js';

/** What the process is started with, and what it says. */
export interface JobOrder extends RetrainRequest {
  from: string;
  by: Actor;
}
export type JobWord =
  | { kind: 'progress'; done: number; total: number; step: string }
  | { kind: 'done'; version: string; promoted: boolean; sentence: string }
  | { kind: 'failed'; message: string };

/** A training that takes longer has hung: the longest that was measured takes a tenth of it. */
const RUN_MS_MAX = 6 * 3_600_000;

export interface JobSettings {
  /** The environment of the process: the service's configuration. */
  env: Env;
  /** As in `retrain --from`. */
  from: string;
  now_ms?: () => number;
  /** Told of every end. */
  ended?: (job: JobState) => void;
  /** The module that the process runs; the one beside this by default. */
  entry?: string;
}

export class ChildRetrainJobs extends RetrainJobs {
  #job: JobState | null = null;
  #child: ChildProcess | null = null;
  readonly #now: () => number;

  constructor(private readonly settings: JobSettings) {
    super();
    this.#now = settings.now_ms ?? Date.now;
  }

  latest(): JobState | null {
    return this.#job;
  }

  start(request: RetrainRequest, by: Actor): JobState {
    if (this.#job?.state === 'running') throw new RetrainBusy(this.#job);
    const started_ms = this.#now();
    this.#job = {
      job_id: randomUUID(),
      state: 'running',
      by: by.name,
      started_ms,
      ended_ms: null,
      step: 'starting',
      progress: 0,
      version: null,
      promoted: null,
      message: null,
    };
    this.#run({ ...request, from: this.settings.from, by: { name: by.name, user_id: by.user_id } });
    return this.#job;
  }

  /** The service ends: so does what it started. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill();
    await gone;
  }

  #run(order: JobOrder): void {
    const child = fork(this.settings.entry ?? childModule('retrain-child'), [], {
      env: this.settings.env,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    this.#child = child;
    const overdue = setTimeout(() => child.kill('SIGKILL'), RUN_MS_MAX);
    let last_words = '';
    child.stderr?.on('data', (bytes: Buffer) => {
      last_words = (last_words + bytes.toString()).slice(-500);
    });
    child.on('message', (word: JobWord) => this.#hear(word));
    child.on('error', (error) => this.#end('failed', error.message));
    child.once('close', (code, signal) => {
      clearTimeout(overdue);
      this.#child = null;
      this.#end('failed', `The training ended without a word (${signal ?? code}). ${last_words.trim()}`.trim());
    });
    child.send(order, () => undefined);
  }

  #hear(word: JobWord): void {
    if (this.#job?.state !== 'running') return;
    if (word.kind === 'progress') {
      const { done, total, step } = word;
      this.#job = { ...this.#job, step, progress: total > 0 ? Math.min(1, done / total) : 0 };
    } else if (word.kind === 'failed') this.#end('failed', word.message);
    else {
      const { version, promoted, sentence } = word;
      this.#job = { ...this.#job, version, promoted, progress: 1 };
      this.#end('done', sentence);
    }
  }

  /** The first end counts. */
  #end(state: 'done' | 'failed', message: string): void {
    if (this.#job?.state !== 'running') return;
    this.#job = { ...this.#job, state, message, ended_ms: this.#now() };
    this.settings.ended?.(this.#job);
  }
}

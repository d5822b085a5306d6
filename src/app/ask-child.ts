/** One order to a process of its own, and its one answer: work that would hold the service's event loop, or its memory. */
import { type ChildProcess, fork } from 'node:child_process';
import type { Env } from '../config.js';
import type { ChildFailed, ChildProgress } from './child-run.js';

export interface AskedChild<Word> {
  answer: Promise<Word | ChildFailed>;
  /** Resolves when the process is gone; the answer is then that it failed. */
  stop(): Promise<void>;
}

export interface AskOptions {
  /** The module that the process runs. */
  entry: string;
  /** The service's configuration. */
  env: Env;
  /** It is stopped after that. */
  run_ms_max: number;
  /** `The simulation`: what failed without a word. */
  what: string;
  /** Told how far it is. */
  onProgress?: (word: ChildProgress) => void;
}

export function askChild<Word>(order: object, { entry, env, run_ms_max, what, onProgress }: AskOptions): AskedChild<Word> {
  const child: ChildProcess = fork(entry, [], { env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [] });
  const overdue = setTimeout(() => child.kill('SIGKILL'), run_ms_max);
  const answer = new Promise<Word | ChildFailed>((resolve) => {
    child.on('message', (word: Word | ChildFailed | ChildProgress) => {
      if (isProgress(word)) onProgress?.(word);
      else resolve(word);
    });
    child.once('error', ({ message }) => resolve({ kind: 'failed', message }));
    child.once('close', () => {
      clearTimeout(overdue);
      resolve({ kind: 'failed', message: `${what} ended without an answer, or took too long.` });
    });
    child.send(order, () => undefined);
  });
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once('close', resolve));
    child.kill();
    await gone;
  };
  return { answer, stop };
}

const isProgress = (word: unknown): word is ChildProgress => (word as ChildProgress).kind === 'progress';

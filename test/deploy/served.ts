/** `holdfast serve` as people start it, for tests that look at it from outside. */
import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Process } from '../journey/platform.js';

/** What takes longer on a busy machine is broken. */
const PATIENCE_MS = 90_000;
const LOOK_MS = 200;

export class Served {
  private constructor(
    readonly process: Process,
    readonly url: string,
  ) {}

  /** Of the environment it has what is given, and nothing else of ours. */
  static async start(cli: string, cwd: string, env: Record<string, string>): Promise<Served> {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')));
    const child = spawn(process.execPath, [cli, 'serve'], {
      cwd,
      env: { ...clean, HOLDFAST_LISTEN: '127.0.0.1:0', ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const running = new Process(child);
    return new Served(
      running,
      await until(
        running,
        () => 'its address',
        () => /Holdfast is at (http:\S+)/.exec(running.said)?.[1],
      ),
    );
  }

  /** Waits until `come` gives something. */
  until<T>(what: () => string, come: () => T | undefined | Promise<T | undefined>): Promise<T> {
    return until(this.process, what, come);
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }
}

async function until<T>(running: Process, what: () => string, come: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (const begun_ms = Date.now(); ; await sleep(LOOK_MS)) {
    const found = await come();
    if (found !== undefined) return found;
    if (running.code !== null || Date.now() - begun_ms > PATIENCE_MS)
      throw new Error(`waited in vain for ${what()}:\n${running.said.slice(-4_000)}`);
  }
}

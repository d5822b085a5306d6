/** A Java server as a child process: started, waited for, stopped or killed by its own id. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { JAVA } from './jars.js';

/** A start takes 4 s, on a machine with two busy cores some more. */
const START_MS_MAX = 90_000;

export class JavaServer {
  private process: ChildProcess | null = null;

  constructor(private readonly log_file: string) {
    process.once('exit', () => this.process?.kill('SIGKILL'));
  }

  /** Resolves once `ready` does not reject any more. */
  async start(args: string[], options: { cwd?: string; env?: NodeJS.ProcessEnv }, ready: () => Promise<void>): Promise<void> {
    const log = openSync(this.log_file, 'a');
    const child = spawn(JAVA, args, { ...options, stdio: ['ignore', log, log] });
    closeSync(log);
    this.process = child;
    for (const begun = Date.now(); Date.now() - begun < START_MS_MAX && child.exitCode === null; ) {
      try {
        await ready();
        return;
      } catch {
        await sleep(50);
      }
    }
    throw new Error(`the server did not start:\n${(await readFile(this.log_file, 'utf8')).slice(-2000)}`);
  }

  /** SIGSTOP and SIGCONT: the process hangs and comes back, as one does whose machine is out of memory. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.process?.kill(signal);
  }

  async halt(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}

/** Rejects unless somebody listens there. */
export async function listening(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
  } finally {
    socket.destroy();
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  probe.close();
  await once(probe, 'close');
  return address.port;
}

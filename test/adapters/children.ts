/** Child processes of the tests: started, listened to, ended. */
import { type ChildProcess, spawn } from 'node:child_process';

export class Child {
  output = '';
  errors = '';
  /** Exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  private readonly process: ChildProcess;

  /** `script`: a compiled one. `shell`: run through a shell that first executes this (a limit to set). */
  constructor(script: string, args: string[], shell?: string) {
    const line = [process.execPath, script, ...args];
    this.process = shell ? spawn('sh', ['-c', `${shell}; exec "$@"`, 'sh', ...line]) : spawn(line[0]!, line.slice(1));
    this.process.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.output += text;
    });
    this.process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.errors += text;
    });
    this.ended = new Promise((resolve) => this.process.on('close', (code) => resolve(code)));
  }

  /** Resolves once the child has printed a line that passes; rejects when it ends before. */
  async printed(passes: (line: string) => boolean): Promise<void> {
    const seen = () => this.output.split('\n').slice(0, -1).some(passes);
    while (!seen()) {
      const more = new Promise<'more'>((resolve) => this.process.stdout!.once('data', () => resolve('more')));
      const what = await Promise.race([more, this.ended]);
      if (what !== 'more' && !seen()) throw new Error(`the child ended: ${this.errors}`);
    }
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.ended;
  }
}

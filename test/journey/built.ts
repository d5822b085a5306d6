/**
 * The program as people run it, compiled into a temporary folder: a journey can then start, stop and kill real processes
 * without a build beside it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { transformFileSync } from '@swc/core';

/** One compiled copy of `src`, with its dependencies in reach. Types are not checked. */
export function buildInto(folder: string): string {
  const root = resolve('.');
  for (const file of readdirSync('src', { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.endsWith('.d.ts')) continue;
    const out = join(folder, 'dist', file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, transformFileSync(join('src', file), { filename: file, sourceMaps: 'inline' }).code);
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
  for (const beside of ['package.json', 'models', 'migrations', 'samples', 'web']) {
    if (existsSync(beside)) cpSync(beside, join(folder, beside), { recursive: true });
  }
  return join(folder, 'dist', 'cli.js');
}

export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: Record<string, string>;
  cwd?: string;
  stdin?: string;
  /** No file may grow beyond so many KiB: a disk that takes no more. */
  file_blocks_max?: number;
  /** Hears of the process as soon as it is there: to kill it. */
  started?: (child: ChildProcess) => void;
}

/** Runs `holdfast ARGS`. The environment holds nothing of ours but what is given. */
export async function holdfast(
  cli: string,
  args: readonly string[],
  { env = {}, cwd, stdin, file_blocks_max, started }: RunOptions = {},
): Promise<Ran> {
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')));
  const command = [process.execPath, cli, ...args];
  // `ulimit -f` counts KiB in bash. The soft limit can be lifted again.
  const limited =
    file_blocks_max === undefined ? command : ['bash', '-c', `ulimit -S -f ${file_blocks_max}; exec "$@"`, 'bash', ...command];
  const child = spawn(limited[0]!, limited.slice(1), { cwd, env: { ...clean, ...env } });
  started?.(child);
  const [out, err]: Buffer[][] = [[], []];
  child.stdout.on('data', (part: Buffer) => out!.push(part));
  child.stderr.on('data', (part: Buffer) => err!.push(part));
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin ?? '');
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stdout: Buffer.concat(out!).toString(), stderr: Buffer.concat(err!).toString() };
}

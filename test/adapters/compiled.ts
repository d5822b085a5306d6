/**
 * A TypeScript script as something that plain Node can run, for tests with processes of their own: the script and all that it
 * imports of ours, compiled into `node_modules/.cache`. So such tests need no build, and cannot run an old one.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** One folder for each test process: two that run at once do not write the same files. */
const CACHE = join(ROOT, 'node_modules/.cache', `holdfast-children-${process.pid}`);
const IMPORTED = /from '(\.[^']+)\.js'/g;

/** Path of the compiled script. */
export function compiled(script: string): string {
  const waiting = [resolve(script)];
  const done = new Set<string>();
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (done.has(file)) continue;
    done.add(file);
    const { code } = transformSync(readFileSync(file, 'utf8'), { filename: file, swcrc: true });
    writeWhole(placeOf(file), code);
    for (const [, path] of code.matchAll(IMPORTED)) waiting.push(resolve(dirname(file), `${path}.ts`));
  }
  // What sources find relative to themselves.
  if (!existsSync(join(CACHE, 'migrations'))) symlinkSync(join(ROOT, 'migrations'), join(CACHE, 'migrations'));
  return placeOf(resolve(script));
}

export function cacheFolder(): string {
  return CACHE;
}

function placeOf(file: string): string {
  return join(CACHE, relative(ROOT, file)).replace(/\.ts$/, '.js');
}

function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

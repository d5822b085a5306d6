/**
 * Lets a child process run the TypeScript sources as they are: `node --import ./test/adapters/ts-loader.mjs child.ts`.
 * So tests that kill processes need no build, and cannot run an old one.
 */
import { existsSync, readFileSync } from 'node:fs';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

/** `./domain.js` in a source means `./domain.ts`, as the compiler has it. */
export async function resolve(specifier, context, next) {
  if (specifier.startsWith('.') && specifier.endsWith('.js') && context.parentURL?.endsWith('.ts')) {
    const source = new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL);
    if (existsSync(source)) return { url: source.href, shortCircuit: true };
  }
  return next(specifier, context);
}

export async function load(url, context, next) {
  if (!url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
  const filename = fileURLToPath(url);
  const { code } = transformSync(readFileSync(filename, 'utf8'), { filename, swcrc: true });
  return { format: 'module', source: code, shortCircuit: true };
}

// The same file is the registration (in the main thread) and the hooks (in the loader's).
if (!globalThis.holdfastLoader) {
  globalThis.holdfastLoader = true;
  register(import.meta.url);
}

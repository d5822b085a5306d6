/**
 * Which TensorFlow runs. The native one (`@tensorflow/tfjs-node`) where the user has installed it, else WebAssembly, which comes
 * with Holdfast, else plain JavaScript: the same model, slower. Chosen once a process.
 */
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';

/** Not a dependency: its install downloads a large library. A name in a variable keeps the compiler from asking for it. */
const NATIVE = '@tensorflow/tfjs-node';

export type OnLine = (line: string) => void;

let started: Promise<string> | null = null;

/** The running backend's name for people: `tensorflow wasm`. `onLine` hears of a fall-back; only the first call's is used. */
export function startBackend(onLine: OnLine = () => {}): Promise<string> {
  started ??= choose(onLine);
  return started;
}

async function choose(onLine: OnLine): Promise<string> {
  if (await native()) return 'tensorflow native';
  if (await webAssembly(onLine)) return 'tensorflow wasm';
  await tf.setBackend('cpu');
  await tf.ready();
  return 'tensorflow cpu';
}

async function native(): Promise<boolean> {
  try {
    await import(NATIVE);
    return await tf.setBackend('tensorflow');
  } catch {
    return false; // not installed, which is the usual case
  }
}

async function webAssembly(onLine: OnLine): Promise<boolean> {
  try {
    const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    setWasmPaths(dirname(main) + sep);
    if (await tf.setBackend('wasm')) {
      await tf.ready();
      return true;
    }
    onLine('TensorFlow: WebAssembly does not start here; plain JavaScript is used, which is slower.');
  } catch (error) {
    onLine(`TensorFlow: WebAssembly does not start here (${String(error)}); plain JavaScript is used, which is slower.`);
  }
  return false;
}

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelManifest, Predictor } from '../../ports.js';
import { type OnLine, startBackend } from './backend.js';
import { readModelFolder } from './files.js';
import { TensorflowPredictor } from './predictor.js';

/** Reads and checks a manifest; throws with a hint where the model cannot be used here. */
export interface Checks {
  parse(text: string, where: string): ModelManifest;
  fits(manifest: ModelManifest): void;
}

/** The model of any folder, ready to predict. Throws with a hint where it is none or does not fit. */
export async function loadModel(folder: string, checks: Checks, onLine: OnLine = () => {}): Promise<Predictor> {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) throw new Error(`${folder} holds no model (no manifest.json).`);
  const manifest = checks.parse(await readFile(file, 'utf8'), folder);
  checks.fits(manifest);
  const backend = await startBackend(onLine);
  return new TensorflowPredictor(manifest, backend, await readModelFolder(folder, manifest));
}

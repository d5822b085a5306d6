import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FittedModel, ModelManifest, Predictor } from '../../ports.js';
import { type OnLine, startBackend } from './backend.js';
import { readModelFolder } from './files.js';
import { Fitted } from './fitted.js';
import type { Network } from './network.js';
import { TensorflowPredictor } from './predictor.js';

/** A kept model, and what it says of itself. */
export interface Base {
  manifest: ModelManifest;
  model: FittedModel;
}

/** Reads and checks a manifest; throws with a hint where the model cannot be used here. */
export interface Checks {
  parse(text: string, where: string): ModelManifest;
  fits(manifest: ModelManifest): void;
}

interface Opened {
  manifest: ModelManifest;
  backend: string;
  network: Network;
}

async function opened(folder: string, checks: Checks, onLine: OnLine): Promise<Opened> {
  const file = join(folder, 'manifest.json');
  if (!existsSync(file)) throw new Error(`${folder} holds no model (no manifest.json).`);
  const manifest = checks.parse(await readFile(file, 'utf8'), folder);
  checks.fits(manifest);
  const backend = await startBackend(onLine);
  return { manifest, backend, network: await readModelFolder(folder, manifest) };
}

/** The model of any folder, ready to predict. Throws with a hint where it is none or does not fit. */
export async function loadModel(folder: string, checks: Checks, onLine: OnLine = () => {}): Promise<Predictor> {
  const { manifest, backend, network } = await opened(folder, checks, onLine);
  return new TensorflowPredictor(manifest, backend, network);
}

/** The same, ready to learn on. */
export async function loadBase(folder: string, checks: Checks, onLine: OnLine = () => {}): Promise<Base> {
  const { manifest, backend, network } = await opened(folder, checks, onLine);
  return { manifest, model: new Fitted(network, backend) };
}

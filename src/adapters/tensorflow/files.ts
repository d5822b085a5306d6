/**
 * A model's folder: `manifest.json` (what it is), `model.json` and `weights.bin` (TensorFlow.js' own layers format, so that its
 * tools open it), `card.md` (for people). How features become columns, and the calibration, stand in `model.json` under
 * `userDefinedMetadata`. The manifest holds the SHA-256 of the other two, so that a half-copied folder is noticed.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import type { Target } from '../../domain.js';
import type { Calibration, ModelManifest } from '../../ports.js';
import { type Input, totalWidth } from './columns.js';
import { type Layer, layersModelOf, type Network } from './network.js';

const MODEL = 'model.json';
const WEIGHTS = 'weights.bin';

/** What stands in `userDefinedMetadata`. */
interface Metadata {
  inputs: Input[];
  heads: Target[];
  means: number[];
  calibration: Partial<Record<Target, Calibration>>;
}

/** The manifest as it lies in the folder. */
type KeptManifest = ModelManifest & { files: Record<string, string> };

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

/** Written beside its place and moved there whole, so that nobody reads half a model. */
export async function writeModelFolder(
  models_dir: string,
  manifest: ModelManifest,
  card: string,
  network: Network,
): Promise<void> {
  const folder = join(models_dir, manifest.version);
  if (existsSync(folder)) throw new Error(`${folder} is there already. Remove it, or give the new model another version.`);
  const { inputs, heads, means, calibration } = network;
  const metadata: Metadata = { inputs, heads, means, calibration };
  const layer = layersModelOf(network);
  let artifacts: tf.io.ModelArtifacts | null = null;
  const handler = tf.io.withSaveHandler(async (all) => {
    artifacts = all;
    return { modelArtifactsInfo: { dateSaved: new Date(manifest.created), modelTopologyType: 'JSON' } };
  });
  await layer.save(handler);
  layer.dispose();
  const { modelTopology, weightSpecs, weightData } = artifacts! as tf.io.ModelArtifacts;
  const model = json({
    format: 'layers-model',
    generatedBy: `TensorFlow.js ${tf.version_core}`,
    convertedBy: null,
    modelTopology,
    weightsManifest: [{ paths: [WEIGHTS], weights: weightSpecs }],
    userDefinedMetadata: metadata,
  });
  const weights = new Uint8Array(weightData as ArrayBuffer);
  const kept: KeptManifest = { ...manifest, files: { [MODEL]: sha256(model), [WEIGHTS]: sha256(weights) } };
  const beside = `${folder}.part`;
  await mkdir(beside, { recursive: true });
  await writeFile(join(beside, MODEL), model);
  await writeFile(join(beside, WEIGHTS), weights);
  await writeFile(join(beside, 'card.md'), card);
  await writeFile(join(beside, 'manifest.json'), json(kept));
  await rename(beside, folder);
}

async function checked(folder: string, name: string, manifest: Partial<KeptManifest>): Promise<Uint8Array> {
  const bytes = await readFile(join(folder, name));
  if (sha256(bytes) !== manifest.files?.[name]) {
    throw new Error(`${join(folder, name)} is not the file that the manifest names: copy the model's folder again, whole.`);
  }
  return new Uint8Array(bytes);
}

/** The model of a folder whose manifest was read and found to fit. */
export async function readModelFolder(folder: string, manifest: ModelManifest): Promise<Network> {
  const model = JSON.parse(new TextDecoder().decode(await checked(folder, MODEL, manifest)));
  const bytes = await checked(folder, WEIGHTS, manifest);
  const { inputs, heads, means, calibration } = model.userDefinedMetadata as Metadata;
  const layer = await loadLayersModel(
    tf.io.fromMemory({
      modelTopology: model.modelTopology,
      weightSpecs: model.weightsManifest[0].weights,
      weightData: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
    }),
  );
  const layers = layersIn(layer);
  layer.dispose();
  const fits = layers[0]?.inputs === totalWidth(inputs) && layers.at(-1)!.outputs === heads.length;
  if (inputs.length !== manifest.features.length || !fits) {
    throw new Error(`${folder}: the weights do not belong to the features that the model lists. Copy the model's folder again.`);
  }
  return { inputs, heads, means, calibration, layers };
}

function layersIn(model: LayersModel): Layer[] {
  const tensors = model.getWeights();
  const layers: Layer[] = [];
  for (let i = 0; i + 1 < tensors.length; i += 2) {
    const [inputs, outputs] = tensors[i]!.shape as [number, number];
    const [weights, biases] = [tensors[i]!, tensors[i + 1]!].map((tensor) => Float32Array.from(tensor.dataSync()));
    layers.push({ inputs, outputs, weights: weights!, biases: biases! });
  }
  return layers;
}

/** What a model folder says of itself, read and checked before anything is scored with it. */

import { TARGETS, type Target } from '../domain.js';
import { FEATURE_SCHEMA, FEATURES } from '../features/vector.js';
import { type ModelManifest } from '../ports.js';

/** The heads that scoring needs: the alert's, and the early list's. */
export const NEEDED_HEADS: readonly Target[] = ['effective-withdrawal', 'disengagement'];

const RETRAIN = 'Run `holdfast retrain` to make a model for this version, or promote one that fits.';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isListOfText = (value: unknown): value is string[] => Array.isArray(value) && value.every((v) => typeof v === 'string');

/** Reads `manifest.json`. `where` is for the message: the folder. Throws with a hint for the operator. */
export function parseManifest(text: string, where: string): ModelManifest {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new Error(`${where}: manifest.json is not JSON. ${RETRAIN}`);
  }
  if (!isObject(read)) throw new Error(`${where}: manifest.json holds no object. ${RETRAIN}`);
  for (const name of ['version', 'kind', 'created', 'feature_schema', 'target', 'attribution']) {
    if (typeof read[name] !== 'string') throw new Error(`${where}: manifest.json lacks '${name}'. ${RETRAIN}`);
  }
  for (const name of ['features', 'heads', 'limits']) {
    if (!isListOfText(read[name])) throw new Error(`${where}: manifest.json lacks the list '${name}'. ${RETRAIN}`);
  }
  for (const name of ['data', 'metrics']) {
    if (!isObject(read[name])) throw new Error(`${where}: manifest.json lacks '${name}'. ${RETRAIN}`);
  }
  return read as unknown as ModelManifest;
}

/**
 * Refuses a model that was made for other features than those computed here: its numbers would mean something else.
 * `heads` are those that the caller is about to use.
 */
export function assertFits(manifest: ModelManifest, heads: readonly Target[] = NEEDED_HEADS): void {
  if (manifest.feature_schema !== FEATURE_SCHEMA) {
    throw new Error(
      `Model ${manifest.version} was made for the feature schema ${manifest.feature_schema}, but this version computes ` +
        `${FEATURE_SCHEMA}. ${RETRAIN}`,
    );
  }
  const same = manifest.features.length === FEATURES.length && FEATURES.every((f, i) => f.name === manifest.features[i]);
  if (!same) throw new Error(`Model ${manifest.version} lists other features than its schema stands for. ${RETRAIN}`);
  const unknown = manifest.heads.filter((head) => !(TARGETS as readonly string[]).includes(head));
  if (unknown.length > 0) throw new Error(`Model ${manifest.version} has unknown heads: ${unknown.join(', ')}. ${RETRAIN}`);
  const missing = heads.filter((head) => !manifest.heads.includes(head));
  if (missing.length > 0) {
    throw new Error(
      `Model ${manifest.version} has no head for ${missing.join(', ')}; it has ${manifest.heads.join(', ')}. ${RETRAIN}`,
    );
  }
}

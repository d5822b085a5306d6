/**
 * `registry.json` beside the models' folders: which one scores, which one is tried beside it, and all that was ever decided, with who,
 * when and why. A model's own folder never changes, so what is said about it later stands here.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelDecision } from '../../ports.js';

export interface Registry {
  champion: string | null;
  /** Scores beside the champion, unseen. */
  challenger: string | null;
  /** Earlier champions, the latest last: what a roll-back returns to. */
  before: string[];
  /** Every decision, the oldest first. Only ever added to. */
  history: ModelDecision[];
}

const REGISTRY = 'registry.json';

export async function readRegistry(dir: string): Promise<Registry> {
  const file = join(dir, REGISTRY);
  if (!existsSync(file)) return { champion: null, challenger: null, before: [], history: [] };
  try {
    const { champion, challenger, before, history } = JSON.parse(await readFile(file, 'utf8')) as Partial<Registry>;
    return { champion: champion ?? null, challenger: challenger ?? null, before: before ?? [], history: history ?? [] };
  } catch (error) {
    throw new Error(
      `${file} cannot be read (${String(error)}). \`holdfast models promote VERSION\` writes it anew after it is removed.`,
    );
  }
}

/** Whole or not at all. `decision` is added to the history. */
export async function writeRegistry(dir: string, registry: Registry, decision: ModelDecision): Promise<void> {
  await mkdir(dir, { recursive: true });
  const file = join(dir, REGISTRY);
  const next: Registry = { ...registry, history: [...registry.history, decision] };
  const beside = `${file}.${process.pid}.part`;
  await writeFile(beside, `${JSON.stringify(next, null, 2)}\n`);
  await rename(beside, file);
}

/** The models below one folder, and what `registry.json` there says of them. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type DecidedBy,
  type ModelDecision,
  type ModelManifest,
  ModelShelf,
  type Predictor,
  type ShelfPlace,
} from '../../ports.js';
import type { OnLine } from './backend.js';
import type { Checks } from './load-model.js';
import { type Registry, readRegistry, writeRegistry } from './registry.js';

/** Earlier champions remembered. */
const BEFORE_MAX = 100;
const BY_HAND: DecidedBy = { by: 'unknown', why: 'asked for' };

export class ModelFolder extends ModelShelf {
  /** `checks` know the features that are computed here, which this folder does not. */
  constructor(
    private readonly dir: string,
    private readonly checks: Checks,
    private readonly onLine: OnLine = () => {},
    private readonly now_ms: () => number = Date.now,
  ) {
    super();
  }

  async list(): Promise<ShelfPlace[]> {
    if (!existsSync(this.dir)) return [];
    const { champion, challenger } = await this.registry();
    const names = (await readdir(this.dir)).filter((name) => existsSync(join(this.dir, name, 'manifest.json'))).sort();
    const place = (name: string) => ({ champion: name === champion, challenger: name === challenger });
    return Promise.all(names.map(async (name) => ({ manifest: await this.manifest(name), ...place(name) })));
  }

  async show(version: string): Promise<(ShelfPlace & { card: string }) | null> {
    if (!this.has(version)) return null;
    const { champion, challenger } = await this.registry();
    const card = await readFile(join(this.dir, version, 'card.md'), 'utf8').catch(() => '');
    const place = { champion: version === champion, challenger: version === challenger };
    return { manifest: await this.manifest(version), ...place, card };
  }

  async promote(version: string, said: DecidedBy = BY_HAND): Promise<void> {
    await this.mustLoad(version);
    const registry = await this.registry();
    const { champion, challenger, before } = registry;
    if (champion === version) return;
    const next = {
      ...registry,
      champion: version,
      challenger: challenger === version ? null : challenger,
      before: champion === null ? before : [...before, champion].slice(-BEFORE_MAX),
    };
    await this.write(next, 'promote', champion, version, said);
  }

  /** Back to the champion before this one; gives its version. */
  async rollback(said: DecidedBy = BY_HAND): Promise<string> {
    const registry = await this.registry();
    const { champion, before } = registry;
    const version = before.at(-1);
    if (version === undefined) throw new Error('There is no champion before this one.');
    if (!this.has(version)) throw new Error(`The champion before this one, ${version}, is no longer in ${this.dir}.`);
    await this.load(version);
    await this.write({ ...registry, champion: version, before: before.slice(0, -1) }, 'rollback', champion, version, said);
    return version;
  }

  /** Makes a version score beside the champion, unseen; null = none. */
  async challenge(version: string | null, said: DecidedBy = BY_HAND): Promise<void> {
    const registry = await this.registry();
    if (version !== null) await this.mustLoad(version);
    if (version !== null && version === registry.champion)
      throw new Error(`${version} is the champion: it scores already. \`holdfast models\` lists the others.`);
    if (registry.challenger === version) return;
    await this.write({ ...registry, challenger: version }, 'challenge', registry.challenger, version, said);
  }

  /** Keeps what a comparison of two versions came to. */
  async compared(champion: string, challenger: string, said: DecidedBy): Promise<void> {
    await this.write(await this.registry(), 'compare', champion, challenger, said);
  }

  override async history(): Promise<ModelDecision[]> {
    return (await this.registry()).history;
  }

  async names(): Promise<{ champion: string | null; challenger: string | null }> {
    const { champion, challenger } = await this.registry();
    return { champion, challenger };
  }

  /** The challenger, loaded; null where none was named, or where it does not fit, with the reason why. */
  async challenger(): Promise<{ predictor: Predictor | null; why_not: string | null }> {
    try {
      const { challenger } = await this.registry();
      return { predictor: challenger === null ? null : await this.load(challenger), why_not: null };
    } catch (error) {
      return { predictor: null, why_not: (error as Error).message };
    }
  }

  async champion(): Promise<{ predictor: Predictor | null; why_not: string | null }> {
    try {
      const { champion } = await this.registry();
      if (champion === null)
        return { predictor: null, why_not: `No model in ${this.dir} is the champion: \`holdfast models promote VERSION\`.` };
      return { predictor: await this.load(champion), why_not: null };
    } catch (error) {
      return { predictor: null, why_not: (error as Error).message };
    }
  }

  /** A model, ready to predict. Throws with a hint where it does not fit. */
  async load(version: string): Promise<Predictor> {
    // Loaded here: TensorFlow takes longer to load than many commands take to do their work.
    const { loadModel } = await import('./load-model.js');
    return loadModel(join(this.dir, version), this.checks, this.onLine);
  }

  private has(version: string): boolean {
    return /^[\w.-]+$/.test(version) && existsSync(join(this.dir, version, 'manifest.json'));
  }

  private async mustLoad(version: string): Promise<void> {
    if (!this.has(version))
      throw new Error(`There is no model ${version} in ${this.dir}. \`holdfast models\` lists what there is.`);
    await this.load(version);
  }

  /** Without what only the program reads: the checksums of the files, and the bins of the training rows. */
  private async manifest(version: string): Promise<ModelManifest> {
    const folder = join(this.dir, version);
    const {
      files: _,
      reference: __,
      ...manifest
    } = this.checks.parse(await readFile(join(folder, 'manifest.json'), 'utf8'), folder) as ModelManifest & { files?: unknown };
    return manifest;
  }

  private registry(): Promise<Registry> {
    return readRegistry(this.dir);
  }

  private async write(
    registry: Registry,
    what: ModelDecision['what'],
    from: string | null,
    to: string | null,
    said: DecidedBy,
  ): Promise<void> {
    await writeRegistry(this.dir, registry, { at: new Date(this.now_ms()).toISOString(), what, from, to, ...said });
  }
}

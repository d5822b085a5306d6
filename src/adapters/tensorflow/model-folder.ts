/** The models below one folder, and `registry.json` there, which names the champion and those before it. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ModelManifest, ModelShelf, type Predictor } from '../../ports.js';
import type { OnLine } from './backend.js';
import type { Checks } from './load-model.js';

interface Registry {
  champion: string | null;
  /** Earlier champions, the latest last: what a roll-back returns to. */
  before: string[];
}

/** Earlier champions remembered. */
const BEFORE_MAX = 100;
const REGISTRY = 'registry.json';

export class ModelFolder extends ModelShelf {
  /** `checks` know the features that are computed here, which this folder does not. */
  constructor(
    private readonly dir: string,
    private readonly checks: Checks,
    private readonly onLine: OnLine = () => {},
  ) {
    super();
  }

  async list(): Promise<{ manifest: ModelManifest; champion: boolean }[]> {
    if (!existsSync(this.dir)) return [];
    const { champion } = await this.registry();
    const names = (await readdir(this.dir)).filter((name) => existsSync(join(this.dir, name, 'manifest.json'))).sort();
    return Promise.all(names.map(async (name) => ({ manifest: await this.manifest(name), champion: name === champion })));
  }

  async show(version: string): Promise<{ manifest: ModelManifest; champion: boolean; card: string } | null> {
    if (!this.has(version)) return null;
    const { champion } = await this.registry();
    const card = await readFile(join(this.dir, version, 'card.md'), 'utf8').catch(() => '');
    return { manifest: await this.manifest(version), champion: version === champion, card };
  }

  async promote(version: string): Promise<void> {
    if (!this.has(version))
      throw new Error(`There is no model ${version} in ${this.dir}. \`holdfast models\` lists what there is.`);
    await this.load(version);
    const { champion, before } = await this.registry();
    if (champion === version) return;
    await this.write({ champion: version, before: champion === null ? before : [...before, champion].slice(-BEFORE_MAX) });
  }

  /** Back to the champion before this one; gives its version. */
  async rollback(): Promise<string> {
    const { before } = await this.registry();
    const version = before.at(-1);
    if (version === undefined) throw new Error('There is no champion before this one.');
    if (!this.has(version)) throw new Error(`The champion before this one, ${version}, is no longer in ${this.dir}.`);
    await this.load(version);
    await this.write({ champion: version, before: before.slice(0, -1) });
    return version;
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

  /** Without the checksums of the files, which are nobody’s business but the reader’s. */
  private async manifest(version: string): Promise<ModelManifest> {
    const folder = join(this.dir, version);
    const { files: _, ...manifest } = this.checks.parse(
      await readFile(join(folder, 'manifest.json'), 'utf8'),
      folder,
    ) as ModelManifest & { files?: unknown };
    return manifest;
  }

  private async registry(): Promise<Registry> {
    const file = join(this.dir, REGISTRY);
    if (!existsSync(file)) return { champion: null, before: [] };
    try {
      const { champion, before } = JSON.parse(await readFile(file, 'utf8')) as Partial<Registry>;
      return { champion: champion ?? null, before: before ?? [] };
    } catch (error) {
      throw new Error(
        `${file} cannot be read (${String(error)}). \`holdfast models promote VERSION\` writes it anew after it is removed.`,
      );
    }
  }

  private async write(registry: Registry): Promise<void> {
    await mkdir(this.dir, { recursive: true });
    const file = join(this.dir, REGISTRY);
    await writeFile(`${file}.part`, `${JSON.stringify(registry, null, 2)}\n`);
    await rename(`${file}.part`, file);
  }
}

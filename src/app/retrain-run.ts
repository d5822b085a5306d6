/** `retrain`: reading, learning and saving, wired together. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Base, loadBase } from '../adapters/tensorflow/load-model.js';
import { TensorflowTrainer } from '../adapters/tensorflow/trainer.js';
import type { Target } from '../domain.js';
import type { ModelManifest } from '../ports.js';
import { assertFits, parseManifest } from '../scoring/manifest.js';
import type { Judged } from '../training/metrics.js';
import { randomFrom } from '../training/random.js';
import { retrain } from '../training/retrain.js';
import type { LabelledData } from './course-histories.js';

/** What is true of every model, whatever its data. */
const LIMITS = [
  'What is usual in which week was learnt from few presentations; an unusual calendar misleads it.',
  'It knows clicks and hand-ins, not illness, work or plans. A high score is a reason to ask.',
  'A student who is silent already scores highest in the main list; those still active are in the early list.',
];

/** Versions of one data set that are tried before giving up: nobody keeps that many. */
const VERSIONS_MAX = 999;

/** `oulad-2013-net-1` for the data `oulad-2013`, counted on past those that are there. */
function freeVersion(out: string, name: string): string {
  for (let number = 1; number <= VERSIONS_MAX; number++) {
    const version = `${name}-net-${number}`;
    if (!existsSync(join(out, version))) return version;
  }
  throw new Error(`${out} holds ${VERSIONS_MAX} models made from ${name}. Remove some.`);
}

export interface RetrainRun {
  data: LabelledData;
  /** `oulad:DIR`, `store`, …: stands in the manifest's command. */
  source: string;
  /** Folder of the models. */
  out: string;
  seed: number;
  now_ms: number;
  target?: Target;
  /** The model to go on from: its folder, and how it was asked for. */
  base?: { folder: string; asked: string };
  /** `done` of `total` steps, and which one begins. */
  onProgress?: (done: number, total: number, step: string) => void;
  onLine?: (line: string) => void;
  /** By course: what a model without it said of it. */
  onUnseen?: (rows: ReadonlyMap<string, Judged>) => void;
}

const CHECKS = { parse: parseManifest, fits: (manifest: ModelManifest) => assertFits(manifest, []) };

/** Figures on a course that the base has learnt from would flatter. */
function assertNewTo({ manifest }: Base, { courses }: LabelledData): void {
  const known = courses.filter(({ name }) => manifest.data.courses?.includes(name)).map(({ name }) => name);
  if (known.length === 0) return;
  throw new Error(`${manifest.version} has learnt from ${known.join(', ')} already. Leave them out, or train without --base.`);
}

/** Writes `out/<version>/`; gives its manifest. Promotes nothing. */
export async function retrainRun(options: RetrainRun): Promise<ModelManifest> {
  const { data, source, out, seed, now_ms, target = 'effective-withdrawal', onProgress, onLine } = options;
  const base = options.base ? await loadBase(options.base.folder, CHECKS, onLine) : null;
  if (base) assertNewTo(base, data);
  const { model, manifest, card, unseen } = await retrain(data.courses, new TensorflowTrainer(randomFrom, onLine), {
    version: freeVersion(out, data.short_name),
    data_name: data.name,
    attribution: [base?.manifest.attribution, data.attribution].filter(Boolean).join('. '),
    limits: [
      ...(base ? [`It goes on from ${base.manifest.version}: ${base.manifest.data.name}.`] : []),
      ...data.limits,
      ...LIMITS,
    ],
    command: `npx holdfast retrain --from ${source} --target ${target} --seed ${seed}${options.base ? ` --base ${options.base.asked}` : ''}`,
    base: base?.model,
    groups: await data.peopleGroups?.(),
    heads: base?.manifest.heads,
    target,
    seed,
    now_ms,
    onProgress,
  });
  options.onUnseen?.(unseen);
  await mkdir(out, { recursive: true });
  await model.save(out, manifest, card);
  model.dispose();
  return manifest;
}

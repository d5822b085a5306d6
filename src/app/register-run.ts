/** A training from beginning to end, for the command, the schedule and the request alike: learn, keep, and let it score or not. */
import type { Config } from '../config.js';
import type { Target } from '../domain.js';
import { type Actor, doneBy, type ModelManifest } from '../ports.js';
import { compareUnseen, decisionOf, type Unseen } from './compare-run.js';
import type { LabelledData } from './course-histories.js';
import { modelsOf } from './service.js';

export interface RegisterRun {
  /** `oulad:DIR`, `store`, …. */
  from: string;
  seed: number;
  target: Target;
  /** The model to go on from: its folder, and how it was asked for. */
  base?: { folder: string; asked: string };
  /** Replaces the champion where it is better by the rule; else only where there is none. */
  promote_if_better: boolean;
  /** For the registry's history. */
  by: Actor;
  onProgress?: (done: number, total: number, step: string) => void;
  /** Told what the data left out. */
  onLine?: (line: string) => void;
}

export interface Registered {
  manifest: ModelManifest;
  promoted: boolean;
  /** Why it scores or not, for people. */
  sentence: string;
}

const NO_ROWS =
  'It cannot be told whether it is better: this training kept no predictions of courses by models made without them.';

export async function registerRun(config: Config, options: RegisterRun): Promise<Registered> {
  const { from, seed, target, base, onProgress } = options;
  const { labelledData } = await import('./course-histories.js');
  const { retrainRun } = await import('./retrain-run.js');
  const data = await labelledData(from, config, options.onLine);
  for (const line of data.left_out) options.onLine?.(line);
  let unseen: Unseen | null = null;
  const onUnseen = (rows: Unseen) => {
    unseen = rows;
  };
  const now_ms = Date.now();
  const manifest = await retrainRun({ data, source: from, out: config.models, seed, target, base, now_ms, onProgress, onUnseen });
  return decide(config, options, data, manifest, unseen);
}

async function decide(
  config: Config,
  { promote_if_better, by }: RegisterRun,
  data: LabelledData,
  manifest: ModelManifest,
  unseen: Unseen | null,
): Promise<Registered> {
  const models = modelsOf(config);
  const { version } = manifest;
  const { predictor: champion } = await models.champion();
  if (champion === null) {
    await models.promote(version, { ...doneBy(by), why: 'There was no champion that fits.' });
    return { manifest, promoted: true, sentence: `${version} is the champion, since there was none that fits.` };
  }
  const by_hand = `To score with it: npx holdfast models promote ${version}`;
  if (!promote_if_better) return { manifest, promoted: false, sentence: by_hand };
  if (unseen === null) return { manifest, promoted: false, sentence: `${NO_ROWS} ${by_hand}` };
  if (champion.manifest.target !== manifest.target) {
    const sentence = `It cannot be told whether it is better: it alerts of ${manifest.target}, the champion of ${champion.manifest.target}. ${by_hand}`;
    return { manifest, promoted: false, sentence };
  }
  const compared = await compareUnseen(data.courses, champion, manifest, unseen);
  const decision = decisionOf(compared, by);
  await models.compared(champion.manifest.version, version, decision);
  const promoted = compared.comparison.verdict === 'better';
  if (promoted) await models.promote(version, { ...doneBy(by), why: compared.sentence });
  return { manifest, promoted, sentence: promoted ? compared.sentence : `${compared.sentence} ${by_hand}` };
}

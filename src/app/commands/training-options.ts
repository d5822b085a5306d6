/** What the commands about models and labelled data have in common. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Option } from 'commander';
import { TARGETS } from '../../domain.js';
import type { LabelledData } from '../course-histories.js';
import { modelsOf } from '../service.js';
import { type CommonOptions, configOf, say } from './context.js';

export const targetOption = (): Option =>
  new Option('--target <target>', 'what the alert is to mean').choices(TARGETS).default('effective-withdrawal');

/** What `--data` names; what was left out of it is said. */
export async function dataOf(options: CommonOptions & { data: string }): Promise<LabelledData> {
  const { labelledData } = await import('../course-histories.js');
  const data = await labelledData(options.data, configOf(options), (line) => say(options, line));
  for (const line of data.left_out) say(options, line);
  return data;
}

/** The folder of `champion`, of a version, or of a folder itself. Throws where there is none. */
export async function modelFolder(options: CommonOptions & { model: string }): Promise<string> {
  if (existsSync(join(options.model, 'manifest.json'))) return options.model;
  const config = configOf(options);
  const listed = await modelsOf(config).list();
  const found = listed.find(({ manifest, champion }) =>
    options.model === 'champion' ? champion : manifest.version === options.model,
  );
  if (!found) throw new Error(`There is no model ${options.model}. The list: npx holdfast models`);
  return join(config.models, found.manifest.version);
}

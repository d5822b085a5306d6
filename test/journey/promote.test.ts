/** A model is promoted while the service runs: the next scoring is by it, nothing is restarted, and what does not load changes nothing. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ModelSchedule } from '../../src/app/model-schedule.js';
import { modelsOf, openService, type Service } from '../../src/app/service.js';
import { configOf, HISTORY, replay, TempFolder, WEEKLY } from './site.js';

const BUNDLED = 'oulad-2013-net-1';
const temp = new TempFolder();
const dir = temp.file('models');
const config = configOf({ ...WEEKLY, HOLDFAST_STORE: 'memory:', HOLDFAST_MODELS: dir });
const said: string[] = [];
let service: Service;
let schedule: ModelSchedule;

async function copied(version: string, change: (manifest: Record<string, unknown>) => void = () => {}): Promise<void> {
  await cp(join('models', BUNDLED), join(dir, version), { recursive: true });
  const file = join(dir, version, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  manifest.version = version;
  change(manifest);
  await writeFile(file, JSON.stringify(manifest));
}

async function until(passes: () => boolean): Promise<void> {
  while (!passes()) await sleep(10);
}

/** The versions that the predictions of a course name, after everybody was scored anew. */
async function scoredBy(): Promise<string[]> {
  await service.pipeline.scoreNow({});
  const rows = await service.store.predictions({}, { limit: 1000 });
  return [...new Set(rows.flatMap(({ score }) => (score ? [score.model_version] : [])))];
}

beforeAll(async () => {
  for (const version of ['first', 'second', 'challenger']) await copied(version);
  await copied('foreign', (manifest) => (manifest.feature_schema = 'of another program'));
  await modelsOf(config).promote('first');
  service = await openService(config, { clock: null, log: (message) => said.push(message) });
  await replay(service, config, [HISTORY]);
  schedule = new ModelSchedule(service.model, service.pipeline, (message) => said.push(message), 20);
  schedule.start();
});
afterAll(async () => {
  schedule.stop();
  await service.close();
  await temp.remove();
});

describe('a running service', () => {
  it('scores by the champion of its start', async () => {
    expect(await scoredBy()).toEqual(['first']);
  });

  it('scores by another model from the next scoring on, once it is promoted, and says so once', async () => {
    await modelsOf(config).promote('second');
    await until(() => service.model.word.version === 'second');
    expect(await scoredBy()).toEqual(['second']);
    expect((await service.views.summary()).model.version).toBe('second');
    expect(said).toEqual(['From the next scoring on second scores, no longer first']);
  });

  it('takes up a challenger, and goes back to the champion before', async () => {
    await modelsOf(config).challenge('challenger');
    await until(() => service.model.models.challenger?.manifest.version === 'challenger');
    await modelsOf(config).rollback();
    await until(() => service.model.word.version === 'first');
    expect(await scoredBy()).toEqual(['first']);
    expect(service.model.models.challenger?.manifest.version).toBe('challenger');
  });

  it('goes on with the old one where the folder names a model that does not fit, and says why', async () => {
    const file = join(dir, 'registry.json');
    const registry = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...registry, champion: 'foreign' }));
    await until(() => said.some((message) => message.startsWith('first goes on scoring')));
    expect(said.at(-1)).toMatch(/foreign|feature/);
    expect(await scoredBy()).toEqual(['first']);
  });
});

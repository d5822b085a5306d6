import { Command } from 'commander';
import { modelsOf } from '../service.js';
import { type CommonOptions, configOf, print, say, withCommonOptions } from './context.js';

export function modelsCommand(): Command {
  const command = new Command('models').description('the versions of the model, and which of them scores');
  withCommonOptions(command.command('list', { isDefault: true }).description('all versions; the champion is marked')).action(
    list,
  );
  withCommonOptions(command.command('show <version>').description('the card of a version')).action(show);
  withCommonOptions(command.command('promote <version>').description('make a version the champion')).action(promote);
  withCommonOptions(command.command('rollback').description('back to the champion before this one')).action(rollback);
  return command;
}

async function list(options: CommonOptions): Promise<void> {
  const models = await modelsOf(configOf(options)).list();
  if (options.json) return print(`${JSON.stringify(models)}\n`);
  if (models.length === 0) say(options, 'There is no model. Make one: npx holdfast retrain --from oulad:DIR');
  for (const { manifest, champion } of models)
    await print(
      `${champion ? '*' : ' '} ${manifest.version}  ${manifest.kind}, ${manifest.data.name}, made ${manifest.created}\n`,
    );
}

async function show(version: string, options: CommonOptions): Promise<void> {
  const model = await modelsOf(configOf(options)).show(version);
  if (!model) throw new Error(`There is no model ${version}. The list: npx holdfast models`);
  await print(options.json ? `${JSON.stringify(model.manifest)}\n` : `${model.card.trimEnd()}\n`);
}

async function promote(version: string, options: CommonOptions): Promise<void> {
  await modelsOf(configOf(options)).promote(version);
  say(options, `${version} scores from the next start of the service on.`);
}

async function rollback(options: CommonOptions): Promise<void> {
  const version = await modelsOf(configOf(options)).rollback();
  say(options, `${version} is the champion again, from the next start of the service on.`);
}

import { Command } from 'commander';
import { type ModelDecision, named } from '../../ports.js';
import type { Compared } from '../compare-run.js';
import { checkSentences, latestCheck } from '../latest-check.js';
import { modelsOf } from '../service.js';
import { textTable } from '../text-table.js';
import { login } from '../whose.js';
import { type CommonOptions, configOf, print, say, UsageError, withCommonOptions } from './context.js';
import { dataOf } from './training-options.js';

export function modelsCommand(): Command {
  const command = new Command('models').description('the versions of the model, and which of them scores');
  const part = (name: string, description: string) => withCommonOptions(command.command(name).description(description));
  withCommonOptions(
    command
      .command('list', { isDefault: true })
      .description('all versions: * the champion, + the challenger; and whether alerts wait'),
  ).action(list);
  part('show <version>', 'the card of a version').action(show);
  part('promote <version>', 'make a version the champion').option('--why <reason>', 'for the history').action(promote);
  part('rollback', 'back to the champion before this one').option('--why <reason>', 'for the history').action(rollback);
  part('challenge [version]', 'let a version score beside the champion, unseen by everybody')
    .option('--none', 'no version does')
    .action(challenge);
  part('compare [version]', 'is a version (the challenger) better than the champion, by the rule? Changes nothing')
    .option('--data <data>', 'shadow (what both said at the scheduled scorings), or as in evaluate --data', 'shadow')
    .action(compare);
  part('trust', 'how far the scores have proved themselves, course by course, by what became of the students').action(trust);
  part('history', 'what was decided and found, by whom, when and why').action(history);
  return command;
}

async function list(options: CommonOptions): Promise<void> {
  const config = configOf(options);
  const folder = modelsOf(config);
  const [models, { challenger }, check] = [await folder.list(), await folder.names(), await latestCheck(config)];
  if (options.json)
    return print(`${JSON.stringify(models.map((model) => ({ ...model, challenger: model.manifest.version === challenger })))}\n`);
  if (models.length === 0) say(options, 'There is no model. Make one: npx holdfast retrain --from oulad:DIR');
  for (const { manifest, champion } of models) {
    const mark = champion ? '*' : manifest.version === challenger ? '+' : ' ';
    await print(`${mark} ${manifest.version}  ${manifest.kind}, ${manifest.data.name}, made ${manifest.created}\n`);
  }
  for (const sentence of check === null ? [] : checkSentences(check)) say(options, sentence);
}

async function show(version: string, options: CommonOptions): Promise<void> {
  const model = await modelsOf(configOf(options)).show(version);
  if (!model) throw new Error(`There is no model ${version}. The list: npx holdfast models`);
  await print(options.json ? `${JSON.stringify(model.manifest)}\n` : `${model.card.trimEnd()}\n`);
}

type WithReason = CommonOptions & { why?: string };
const said = ({ why }: WithReason) => ({ by: login(), why: why ?? 'asked for' });

async function promote(version: string, options: WithReason): Promise<void> {
  await modelsOf(configOf(options)).promote(version, said(options));
  say(options, `${version} scores from the next scoring on; a running service looks every minute.`);
}

async function rollback(options: WithReason): Promise<void> {
  const version = await modelsOf(configOf(options)).rollback(said(options));
  say(options, `${version} is the champion again, from the next scoring on; a running service looks every minute.`);
}

async function challenge(version: string | undefined, options: CommonOptions & { none?: boolean }): Promise<void> {
  if ((version === undefined) !== (options.none === true))
    throw new UsageError('Name the version that is to score beside the champion, or --none.');
  await modelsOf(configOf(options)).challenge(version ?? null, said(options));
  const from = 'from the next scoring on';
  say(
    options,
    version ? `${version} scores beside the champion, unseen, ${from}.` : `No version scores beside the champion, ${from}.`,
  );
}

async function compare(version: string | undefined, options: CommonOptions & { data: string }): Promise<void> {
  const compared = await comparison(version, options);
  if (options.json) await print(`${JSON.stringify(compared)}\n`);
  else await print(`${compared.sentence}\n`);
}

/** Loaded here: the other parts of this command need no TensorFlow. */
async function comparison(version: string | undefined, options: CommonOptions & { data: string }): Promise<Compared> {
  const config = configOf(options);
  const folder = modelsOf(config);
  const challenger = version ?? (await folder.names()).challenger;
  if (challenger === null) throw new Error('There is no challenger. Name a version, or: npx holdfast models challenge VERSION');
  const { compareOn, compareStored, decisionOf } = await import('../compare-run.js');
  const { predictor: champion, why_not } = await folder.champion();
  if (champion === null) throw new Error(`There is nothing to compare with: ${why_not}`);
  if (champion.manifest.version === challenger) throw new Error(`${challenger} is the champion itself.`);
  const other = await folder.load(challenger);
  const compared =
    options.data === 'shadow'
      ? await compareStored(config, champion.manifest, other.manifest)
      : await compareOn((await dataOf(options)).courses, champion, other);
  await folder.compared(champion.manifest.version, challenger, decisionOf(compared, named(login())));
  return compared;
}

async function trust(options: CommonOptions): Promise<void> {
  const { trustRun } = await import('../trust-run.js');
  const { model, courses } = await trustRun(configOf(options));
  if (options.json) return print(`${JSON.stringify({ model, courses })}\n`);
  const known = (value: number | null) => value?.toFixed(2) ?? '–';
  await print(
    textTable(
      ['course', 'students', 'stopped', 'AUC', 'from', 'off by', 'standing'],
      courses.map((each) => [
        each.course,
        ...[each.students, each.stopped].map(String),
        ...[each.auc, each.auc_low, each.calibration_error].map(known),
        WORDS[each.standing],
      ]),
    ),
  );
  for (const { course, standing, why } of courses) if (standing !== 'checked') say(options, `${course}: ${why}`);
  say(options, `By what ${model} said on scheduled scorings, once a week and student, and what came within its horizon.`);
}

const WORDS = {
  checked: 'checked',
  'not-yet': 'not yet checked on this course',
  'not-good': 'not good enough here',
  'left-out': 'nothing can be told',
};

async function history(options: CommonOptions): Promise<void> {
  const decisions = await modelsOf(configOf(options)).history();
  if (options.json) return print(`${JSON.stringify(decisions)}\n`);
  if (decisions.length === 0) say(options, 'Nothing was decided yet.');
  for (const decision of decisions) await print(`${decision.at}  ${wordsOf(decision)} (${decision.by})\n    ${decision.why}\n`);
}

function wordsOf({ what, from, to }: ModelDecision): string {
  if (what === 'compare') return `compared ${to} with ${from}`;
  if (what === 'challenge') return to === null ? 'no challenger' : `challenger: ${to}`;
  return `${what === 'promote' ? 'champion' : 'rolled back to'}: ${to}${from === null ? '' : `, before it ${from}`}`;
}

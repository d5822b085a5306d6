import { Command, Option } from 'commander';
import { KIND_INFOS, KINDS, type Kind } from '../../imports/kinds.js';
import { type ImportOptions, type ImportResult, importFile } from '../import-run.js';
import { openService } from '../service.js';
import { type CommonOptions, configOf, print, say, withCommonOptions } from './context.js';

const NEXT: Readonly<Record<Kind, string>> = {
  withdrawals: 'They hold from their day on: npx holdfast export enrolments. What models learn changes with the next retrain.',
  'opt-outs': 'They are neither scored nor listed from now on.',
  tutors: 'Lists take ?tutor=ID now.',
  groups: 'Lists take ?group=NAME now.',
  intakes: 'Import student-courses to say who belongs to which; lists then take ?group=NAME.',
  'student-courses': 'Withdrawals may name these rows now, and lists take ?group=NAME of an intake.',
  addresses: 'They get notices by mail once HOLDFAST_SMTP is set.',
};

export function importCommand(): Command {
  const kinds = KINDS.map((kind) => {
    const { says, sample } = KIND_INFOS[kind];
    return `  ${kind}: ${says}\n      ${sample[0]}\n      ${sample[1]}`;
  });
  return withCommonOptions(new Command('import'))
    .description('read a CSV file of the student information system into the store (- = standard input; also .gz)')
    .argument('<file>', 'UTF-8, with a header; delimiter , ; or tab')
    .addOption(new Option('--kind <kind>', 'what the file holds, where its header does not tell').choices(KINDS))
    .option('--replace', 'the file is the whole truth of its kind: what it does not name is removed')
    .option('--dry-run', 'say what would be done, and change nothing')
    .addHelpText(
      'after',
      `\nKinds, told by their header. Students and tutors by Moodle's user id, courses by id or short name:\n${kinds.join('\n')}`,
    )
    .action(run);
}

async function run(file: string, options: CommonOptions & ImportOptions): Promise<void> {
  const config = configOf(options);
  const service = await openService(config, { clock: null });
  try {
    const { touched, ...result } = await importFile(service, file, options);
    if (options.json) await print(`${JSON.stringify(result)}\n`);
    report(options, { ...result, touched });
    // Another shell may have another setting, and a store is made where there is none.
    if (config.store.kind === 'sqlite') say(options, `The store is ${config.store.path}.`);
  } finally {
    await service.close();
  }
}

function report(options: CommonOptions, result: ImportResult): void {
  const { kind, lines, added, changed, unchanged, removed, rejected, examples, unknown_people, erased, dry_run } = result;
  const would = dry_run ? 'Nothing was written. It would be: ' : '';
  say(
    options,
    `${would}${kind}, ${lines} ${lines === 1 ? 'line' : 'lines'}: ${added} added, ${changed} changed, ${unchanged} as before, ${removed} removed.`,
  );
  for (const [reason, count] of Object.entries(rejected)) say(options, `  ${count} not used: ${reason}`);
  for (const example of examples) say(options, `    ${example}`);
  if (Object.keys(rejected).length > 0 && !dry_run) say(options, 'All of them, and why: npx holdfast export rejected');
  if (erased > 0) say(options, `  ${erased} name somebody who was erased here; they are left out.`);
  if (unknown_people > 0)
    say(options, `  ${unknown_people} name a student whom Moodle has not told of yet; they count once it does.`);
  if (!dry_run && added + changed + removed > 0) say(options, NEXT[kind]);
}

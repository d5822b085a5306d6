/** `subject-report` and `erase`: what is held about one person, and letting go of it. */
import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import type { Config } from '../../config.js';
import { named } from '../../ports.js';
import { erasePerson } from '../erase-person.js';
import { erasedHash } from '../secret-key.js';
import { openService, type Service } from '../service.js';
import { reportText, subjectReport } from '../subject-report.js';
import { type CommonOptions, configOf, print, say, UsageError, withCommonOptions } from './context.js';

interface ReportOptions extends CommonOptions {
  user: number;
  name?: string[];
}
interface EraseOptions extends CommonOptions {
  user: number;
  yes?: boolean;
  storeOnly?: boolean;
}

const USER = '--user <id>';
const USER_MEANING = "Moodle's number of the person";

export function subjectReportCommand(): Command {
  return withCommonOptions(new Command('subject-report'))
    .description('all that is held about one person, readable, with what it is for and how long it stays')
    .requiredOption(USER, USER_MEANING, userOf)
    .option('--name <name...>', 'how the record of views and changes calls them, for a member of staff (else as Moodle does)')
    .action(report);
}

export function eraseCommand(): Command {
  return withCommonOptions(new Command('erase'))
    .description('erase one person for good: no file, copy or import brings them back')
    .requiredOption(USER, USER_MEANING, userOf)
    .option('--yes', 'do not ask')
    .option('--store-only', 'although the index or topics that were told are not in the settings: they are gone for good')
    .action(erase);
}

async function report({ user, name, ...options }: ReportOptions): Promise<void> {
  const config = configOf(options);
  const service = await openService(config, { mode: 'read', clock: null });
  try {
    const told = { names: name ?? [], retention: config.retention, now_ms: Date.now() };
    const made = await subjectReport(service, await isErased(config, service, user), user, told);
    await print(options.json ? `${JSON.stringify(made)}\n` : reportText(made));
  } finally {
    await service.close();
  }
}

/** The key is asked for only where the list is not empty: a reader must not make one. */
async function isErased(config: Config, { store }: Service, user_id: number): Promise<boolean> {
  const { people } = await store.people.erasedList();
  return people.length > 0 && people.includes((await erasedHash(config, store))(user_id));
}

async function erase({ user, yes, storeOnly, ...options }: EraseOptions): Promise<void> {
  const config = configOf(options);
  // A store that is not there is none to be made by this: somebody would believe that the rows are gone from the one that they meant.
  await (await openService(config, { mode: 'read', clock: null })).close();
  const service = await openService(config, { clock: null });
  try {
    const { store, sinks } = service;
    if (!storeOnly) await refuseUntold(service);
    const held = (await store.people.rowsAbout(user)).reduce((sum, { rows }) => sum + rows.length, 0);
    if (!yes && !(await agreed(user, held))) return say(options, 'Nothing was erased.');
    const { rows, removed } = await erasePerson(service, user, named('command'), Date.now());
    await store.people.scrub();
    const later = laterOf(config, sinks);
    if (options.json) await print(`${JSON.stringify({ removed, rows, later })}\n`);
    say(options, `User ${user} is erased: ${rows} rows.`);
    for (const [table, count] of Object.entries(removed)) say(options, `  ${table}: ${count}`);
    say(options, 'A keyed hash of the number stays, so that no old file, copy or import brings them back. Later:');
    for (const line of later) say(options, `  ${line}`);
  } finally {
    await service.close();
  }
}

/** A shell without the service's settings would leave documents and topics as they are. */
async function refuseUntold({ store, sinks }: Service): Promise<void> {
  for (const [name, setting] of Object.entries(HOLDING)) {
    if (sinks.includes(name) || (await store.position(`publish:${name}`)) === null) continue;
    throw new UsageError(
      `Rows of this store were told to ${name}, which the settings here do not name. Set ${setting} as the service has it, or say --store-only if it is gone for good.`,
    );
  }
}

const HOLDING = { elasticsearch: 'HOLDFAST_ELASTICSEARCH', kafka: 'HOLDFAST_KAFKA_TOPICS and HOLDFAST_KAFKA_BROKERS' };

async function agreed(user: number, rows: number): Promise<boolean> {
  if (!process.stdin.isTTY) throw new UsageError('Nobody is there to ask. Say --yes to erase without a question.');
  const asked = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const text = `${rows} rows about user ${user} are removed, and nothing brings them back. Type the number again to erase: `;
    return (await asked.question(text)).trim() === String(user);
  } finally {
    asked.close();
  }
}

/** What is not done when the command ends. */
function laterOf({ store }: Config, sinks: readonly string[]): string[] {
  const lines = sinks.map((sink) => `${sink}: hears of it from the next running service${WHEN[sink] ?? ''}.`);
  if (store.kind === 'mysql') lines.push("the database's own logs (binary log, undo) keep old rows for as long as it is set to.");
  return [
    ...lines,
    'backups and files that somebody exported hold what they held: delete them by their own rules.',
    'models learnt from sums that the person was part of: the next retrain does without them.',
  ];
}

const WHEN: Readonly<Record<string, string>> = {
  elasticsearch: '; deleted documents leave its disk when it merges its files',
  kafka: '; its topics drop the old values when they are compacted (min.cleanable.dirty.ratio, segment.ms)',
};

function userOf(text: string): number {
  const user_id = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (user_id === 0) throw new UsageError("--user is Moodle's number of a person, such as --user 43");
  return user_id;
}

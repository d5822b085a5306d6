import { Command, Option } from 'commander';
import { type AccessKey, holds, newKey } from '../../access/keys.js';
import { SCOPES, type Scope } from '../../access/viewer.js';
import { readKeys, writeKeys } from '../key-file.js';
import { type CommonOptions, configOf, print, say, UsageError } from './context.js';

const DEFAULT_FILE = './data/keys.json';
const DAY_MS = 86_400_000;
const DAYS_MAX = 3650;

interface KeyOptions extends CommonOptions {
  file?: string;
}
interface NewKeyOptions extends KeyOptions {
  name: string;
  scopes: string;
  user?: string;
  days?: string;
}

export function keysCommand(): Command {
  const command = new Command('keys').description('access keys: who may read what, and change what').addHelpText(
    'after',
    `
Scopes: risk:read (lists, students, tables), alerts:write (alerts, scoring now), models:admin (training, what-if), clicks:write (sending
clicks), metrics:read (/metrics). A key is shown once; the file keeps what it is recognised by. With --user a key is a person's: they see
the courses where Moodle gives them a teacher's role, and the students that \`import\` gives them.

  npx holdfast keys create --name "Ann Lee" --scopes risk:read,alerts:write --user 5
  npx holdfast keys create --name prometheus --scopes metrics:read
`,
  );
  const file = () => new Option('--file <path>', `the file of keys (else HOLDFAST_API_KEYS, else ${DEFAULT_FILE})`);
  const common = (child: Command) =>
    child
      .addOption(file())
      .option('--json', 'results as JSON on standard output')
      .option('--quiet', 'say nothing but results and errors');
  command.addCommand(
    common(new Command('create'))
      .description('make a key, and show it this once')
      .requiredOption('--name <name>', 'whom it is for: shown in the record of changes')
      .requiredOption('--scopes <scopes>', 'what it may do, with commas')
      .option('--user <id>', "Moodle's number of the person: they see their own courses and students only")
      .option('--days <number>', 'it holds so long (else until it is revoked)')
      .action(create),
  );
  command.addCommand(common(new Command('list')).description('the keys, without their secrets').action(list));
  command.addCommand(
    common(new Command('revoke'))
      .description('end a key; a running service refuses it within a second')
      .argument('<id>')
      .action(revoke),
  );
  command.addCommand(
    common(new Command('rotate'))
      .description('make a key like this one; the old one ends after --grace hours')
      .argument('<id>')
      .option('--grace <hours>', 'time to change over', '24')
      .action(rotate),
  );
  return command;
}

async function create(options: NewKeyOptions): Promise<void> {
  const path = fileOf(options);
  const now_ms = Date.now();
  const days = options.days === undefined ? null : numberOf(options.days, '--days', DAYS_MAX);
  const { text, kept } = newKey({
    name: options.name,
    scopes: scopesOf(options.scopes),
    user_id: options.user === undefined ? null : numberOf(options.user, '--user', Number.MAX_SAFE_INTEGER),
    created_ms: now_ms,
    expires_ms: days === null ? null : now_ms + days * DAY_MS,
  });
  await writeKeys(path, [...(await readKeys(path)), kept]);
  await shown(options, path, text, kept);
}

async function list(options: KeyOptions): Promise<void> {
  const path = fileOf(options);
  const keys = await readKeys(path);
  if (options.json) return print(`${JSON.stringify(keys.map(({ hash: _, ...key }) => key))}\n`);
  if (keys.length === 0) return say(options, `There is no key in ${path}. Make one: npx holdfast keys create --help`);
  for (const key of keys) {
    const sees = key.user_id === null ? 'the whole site' : `what user ${key.user_id} teaches or looks after`;
    await print(`${key.id}  ${key.name}: ${key.scopes.join(', ')}; sees ${sees}; ${until(key)}\n`);
  }
}

async function revoke(id: string, options: KeyOptions): Promise<void> {
  const path = fileOf(options);
  const keys = await readKeys(path);
  const { name } = keyIn(keys, id, path);
  await writeKeys(path, keys.filter((key) => key.id !== id)); // biome-ignore format: one idea
  say(options, `The key ${id} of ${name} holds no longer.`);
}

async function rotate(id: string, options: KeyOptions & { grace: string }): Promise<void> {
  const path = fileOf(options);
  const keys = await readKeys(path);
  const old = keyIn(keys, id, path);
  const now_ms = Date.now();
  const ends_ms = now_ms + numberOf(options.grace, '--grace', 24 * DAYS_MAX) * 3_600_000;
  const lasts_ms = old.expires_ms === null ? null : now_ms + (old.expires_ms - old.created_ms);
  const { id: _, hash: __, ...like } = old;
  const { text, kept } = newKey({ ...like, created_ms: now_ms, expires_ms: lasts_ms });
  const ending = { ...old, expires_ms: Math.min(old.expires_ms ?? ends_ms, ends_ms) };
  await writeKeys(path, [...keys.map((key) => (key.id === id ? ending : key)), kept]);
  await shown(options, path, text, kept);
  say(options, `The key ${id} holds until ${new Date(ending.expires_ms).toISOString()}.`);
}

async function shown(options: KeyOptions, path: string, text: string, { hash: _, ...kept }: AccessKey): Promise<void> {
  await print(options.json ? `${JSON.stringify({ key: text, ...kept })}\n` : `${text}\n`);
  say(options, 'This is the only time that the key is shown. Give it to the person or program that it is for.');
  if (configOf({}).api_keys === null) say(options, `The service asks for keys once it is started with HOLDFAST_API_KEYS=${path}`);
}

const fileOf = ({ file }: KeyOptions): string => file ?? configOf({}).api_keys ?? DEFAULT_FILE;

function keyIn(keys: readonly AccessKey[], id: string, path: string): AccessKey {
  const key = keys.find((one) => one.id === id);
  if (!key) throw new UsageError(`There is no key ${id} in ${path}. The list: npx holdfast keys list`);
  return key;
}

const until = (key: AccessKey): string => {
  if (key.expires_ms === null) return 'holds until it is revoked';
  return `${holds(key, Date.now()) ? 'holds until' : 'held until'} ${new Date(key.expires_ms).toISOString().slice(0, 10)}`;
};

function scopesOf(text: string): Scope[] {
  const given = text.split(',').map((scope) => scope.trim());
  const unknown = given.find((scope) => !(SCOPES as readonly string[]).includes(scope));
  if (unknown !== undefined) throw new UsageError(`${unknown} is no scope. There are: ${SCOPES.join(', ')}.`);
  return [...new Set(given)] as Scope[];
}

function numberOf(text: string, option: string, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= 1 && value <= most)) throw new UsageError(`${option} is a whole number from 1 to ${most}.`);
  return value;
}

/**
 * The key of pseudonyms: from HOLDFAST_PSEUDONYM_KEY, or from a file beside the store that the first start makes. Without it nobody
 * can tell again who a document was about, or whether somebody was erased: it has to be in the backup.
 *
 *     const key = await secretKey(config);                 // 32 bytes
 *     await rememberKey(store, new Pseudonyms(key));       // throws where this store was made with another key
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KEY_BYTES, Pseudonyms } from '../access/pseudonym.js';
import type { Config } from '../config.js';
import type { HashOf } from '../pipeline/erased.js';
import { type Store, StoreUnavailable } from '../ports.js';
import { againIfStale } from './again-if-stale.js';

type KeySettings = Pick<Config, 'store' | 'pseudonym_key'>;

/** Its owner alone reads it. */
const OWNER_ONLY = 0o600;
const KEY = /^[0-9a-f]{64}$/i;
/** Of a store in a database, which has no folder of its own. */
const BESIDE_NOTHING = './data/holdfast.key';
/** Where the store keeps what its key is known by. */
const KNOWN_AS = 'pseudonym-key';
/** A store in memory ends with the process, and so does its key. */
const in_memory = randomBytes(KEY_BYTES);

/** Where the key is kept when no setting gives it; null for a store in memory. */
export function keyFile({ store }: Pick<Config, 'store'>): string | null {
  if (store.kind === 'memory') return null;
  return store.kind === 'sqlite' ? `${store.path}.key` : BESIDE_NOTHING;
}

/** Makes the file where there is none; two processes that start at once get the same key. */
export async function secretKey(config: KeySettings): Promise<Buffer> {
  if (config.pseudonym_key !== null) return Buffer.from(config.pseudonym_key, 'hex');
  const path = keyFile(config);
  if (path === null) return in_memory;
  if (!existsSync(path)) await make(path);
  const text = (await readable(path)).trim();
  if (KEY.test(text)) return Buffer.from(text, 'hex');
  throw new StoreUnavailable(
    `The key file ${path} does not hold 64 hex digits`,
    'Restore it from the backup. Where nothing was told outside and nobody was erased yet, delete it and start again.',
  );
}

/**
 * Holds the store to one key. Without this a lost file would be made anew, and everybody would get another name in what others
 * keep.
 */
export async function rememberKey(store: Pick<Store, 'position' | 'commit'>, pseudonyms: Pseudonyms): Promise<void> {
  const fingerprint = pseudonyms.fingerprint();
  await againIfStale(async () => {
    const kept = await store.position(KNOWN_AS);
    if (kept === fingerprint) return;
    if (kept !== null) throw otherKey();
    await store.commit({ position: { source: KNOWN_AS, from: null, to: fingerprint } });
  });
}

/** What the list of erased people knows them by. The store is held to the key: by another, everybody would come back. */
export async function erasedHash(config: KeySettings, store: Pick<Store, 'position' | 'commit'>): Promise<HashOf> {
  const pseudonyms = new Pseudonyms(await secretKey(config));
  await rememberKey(store, pseudonyms);
  return (user_id) => pseudonyms.of('erased', user_id);
}

/** The list of erased people is known by the old key alone. */
export async function refuseNewKey(store: Pick<Store, 'people'>): Promise<void> {
  const { people } = await store.people.erasedList();
  if (people.length === 0) return;
  throw new StoreUnavailable(
    `${people.length} erased ${people.length === 1 ? 'person is' : 'people are'} known by the present key, and would come back under another`,
    'Keep the key: restore its file from the backup if it is lost, and leave --new-key out.',
  );
}

/** After a rebuild with another key. */
export async function replaceKey(store: Pick<Store, 'position' | 'commit'>, pseudonyms: Pseudonyms): Promise<void> {
  const kept = await store.position(KNOWN_AS);
  await store.commit({ position: { source: KNOWN_AS, from: kept, to: pseudonyms.fingerprint() } });
}

function otherKey(): StoreUnavailable {
  return new StoreUnavailable(
    'The key of pseudonyms is not the one that this store was used with',
    'Restore the key file from the backup, or set HOLDFAST_PSEUDONYM_KEY_FILE to it. If it is lost for good: `holdfast index rebuild --new-key`, ' +
      'after which everybody has another name in documents and topics.',
  );
}

/** Written whole under another name first: who finds the file finds a key in it. */
async function make(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(draft, 'wx', OWNER_ONLY);
    await file.writeFile(`${randomBytes(KEY_BYTES).toString('hex')}\n`);
    await file.sync();
    await file.close();
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(path, error);
  } finally {
    await rm(draft, { force: true });
  }
}

async function readable(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new StoreUnavailable(`The key file ${path} cannot be read`, 'Check who may read it: the service has to.', { cause });
  }
}

function unwritable(path: string, cause: unknown): StoreUnavailable {
  const hint =
    'Check who may write there, or set HOLDFAST_PSEUDONYM_KEY_FILE to a file with 64 hex digits (`openssl rand -hex 32`).';
  return new StoreUnavailable(`The key file ${path} cannot be made`, hint, { cause });
}

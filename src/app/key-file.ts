/** The file of access keys. It holds no secret, only what keys are recognised by; who writes it lets people in. */
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import type { AccessKey } from '../access/keys.js';
import { SCOPES } from '../access/viewer.js';

const KEYS = z.strictObject({
  keys: z.array(
    z.strictObject({
      id: z.string().regex(/^[0-9a-f]{8}$/),
      hash: z.string().regex(/^[0-9a-f]{64}$/),
      name: z.string().min(1).max(200),
      scopes: z.array(z.enum(SCOPES)).min(1),
      user_id: z.int().nullable(),
      created_ms: z.int(),
      expires_ms: z.int().nullable(),
    }),
  ),
});
/** Looked at again when it is older than this: a key that is revoked is refused within it. */
const LOOK_MS = 1_000;

/** Throws with the file's name where it is not as the command writes it. A file that is not there holds no key. */
export async function readKeys(path: string): Promise<AccessKey[]> {
  if (!existsSync(path)) return [];
  const fault = `${path} is no file of access keys: restore it, or remove it and make new keys with \`npx holdfast keys create\``;
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Error(fault, { cause });
  }
  const read = KEYS.safeParse(content);
  if (!read.success) throw new Error(`${fault} (${read.error.issues[0]?.path.join('.')}: ${read.error.issues[0]?.message})`);
  return read.data.keys;
}

/** Whole or not at all, readable by its owner alone. */
export async function writeKeys(path: string, keys: readonly AccessKey[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const beside = `${path}.new`;
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ keys }, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
}

/** The keys as the file has them now. While it is not there, or cannot be read, nobody is let in, and `log` is told once. */
export class KeyFile {
  #keys: readonly AccessKey[] = [];
  #looked_ms = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> = Promise.resolve();
  #version = '';
  #fault = '';

  constructor(
    private readonly path: string,
    private readonly log: (message: string) => void,
    /** Told of the keys whenever they are read anew. */
    private readonly heard: (keys: readonly AccessKey[]) => void = () => undefined,
  ) {}

  /** Who comes while the file is looked at waits for what it says. */
  async keys(now_ms: number): Promise<readonly AccessKey[]> {
    if (now_ms - this.#looked_ms >= LOOK_MS) {
      this.#looked_ms = now_ms;
      this.#looking = this.#look();
    }
    await this.#looking;
    return this.#keys;
  }

  async #look(): Promise<void> {
    try {
      const version = await stat(this.path).then(
        ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
        () => 'none',
      );
      if (version === 'none' && version !== this.#version)
        this.log(`Nobody is let in by a key: ${this.path} is not there. Make one with \`npx holdfast keys create\``);
      if (version !== this.#version || this.#fault !== '') {
        this.#keys = await readKeys(this.path);
        this.heard(this.#keys);
      }
      this.#version = version;
      this.#fault = '';
    } catch (error) {
      const fault = (error as Error).message;
      if (fault !== this.#fault) this.log(`Nobody is let in: ${fault}`);
      this.#fault = fault;
      this.#keys = [];
    }
  }
}

/**
 * Access keys: `hf_<id>_<secret>`. The secret is 256 random bits, so that nobody finds it by trying, and one round of SHA-256 hides it:
 * slow hashes are for what people make up. What is kept tells who it was given to, what it may do and until when; never the secret.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Scope } from './viewer.js';

export interface AccessKey {
  /** 8 hex digits: names the key in lists and logs. */
  id: string;
  /** SHA-256 of the secret, hex. */
  hash: string;
  /** Whom it was given to. */
  name: string;
  scopes: Scope[];
  /** Moodle's id of the person: they see their own courses and students only. null = the whole site. */
  user_id: number | null;
  created_ms: number;
  /** Exclusive; null = until it is revoked. */
  expires_ms: number | null;
}

const FORM = /^hf_([0-9a-f]{8})_([\w-]{43})$/;
const ID_BYTES = 4;
const SECRET_BYTES = 32;
/** What an unknown key is compared with, so that the answer takes as long. */
const NOBODY = Buffer.alloc(SECRET_BYTES);

/** A new key: `text` is shown once, `kept` is stored. */
export function newKey(of: Omit<AccessKey, 'id' | 'hash'>): { text: string; kept: AccessKey } {
  const id = randomBytes(ID_BYTES).toString('hex');
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  return { text: `hf_${id}_${secret}`, kept: { id, hash: hashOf(secret).toString('hex'), ...of } };
}

/** The key that `text` is, where it is one of these and still holds at `now_ms`. */
export function keyFor(keys: readonly AccessKey[], text: string, now_ms: number): AccessKey | null {
  const [, id = '', secret = ''] = FORM.exec(text) ?? [];
  const key = keys.find((one) => one.id === id);
  const same = timingSafeEqual(hashOf(secret), key ? Buffer.from(key.hash, 'hex') : NOBODY);
  return key !== undefined && same && holds(key, now_ms) ? key : null;
}

export const holds = ({ expires_ms }: AccessKey, now_ms: number): boolean => expires_ms === null || now_ms < expires_ms;

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest();

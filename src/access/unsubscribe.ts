/** What stands in the link that ends notices: whose, by which way, signed. It opens nothing else, and holds until the key changes. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface Stop {
  user_id: number;
  channel: 'mail' | 'moodle-message';
}

const TOKEN = /^([1-9]\d{0,14})\.(mail|moodle-message)\.([\w-]{22})$/;
const SIGNATURE_BYTES = 16;

export class StopTokens {
  readonly #key: Buffer;

  /** `secret` is the key of pseudonyms; what is signed here is signed with a key of its own that follows from it. */
  constructor(secret: Buffer) {
    this.#key = createHmac('sha256', secret).update('unsubscribe').digest();
  }

  of({ user_id, channel }: Stop): string {
    return `${user_id}.${channel}.${this.#signature(user_id, channel).toString('base64url')}`;
  }

  /** null = none of ours. */
  read(token: string): Stop | null {
    const [, user = '', channel = '', signature = ''] = TOKEN.exec(token) ?? [];
    const given = Buffer.from(signature, 'base64url');
    const user_id = Number(user);
    if (given.length !== SIGNATURE_BYTES || !timingSafeEqual(given, this.#signature(user_id, channel))) return null;
    return { user_id, channel: channel as Stop['channel'] };
  }

  #signature(user_id: number, channel: string): Buffer {
    return createHmac('sha256', this.#key).update(`${user_id}.${channel}`).digest().subarray(0, SIGNATURE_BYTES);
  }
}

/** Who comes with a key of the file, or with a token of the identity provider. */
import { keyFor } from '../access/keys.js';
import type { Tokens } from '../access/tokens.js';
import type { Viewer } from '../access/viewer.js';
import { Access } from '../http/access.js';
import type { KeyFile } from './key-file.js';
import type { Sights } from './sights.js';

const OUR_KEY = /^hf_/;

export class KeyAccess extends Access {
  constructor(
    /** null = none were given out. */
    private readonly file: Pick<KeyFile, 'keys'> | null,
    /** null = no provider is trusted. */
    private readonly tokens: Pick<Tokens, 'bearer'> | null,
    private readonly sights: Sights,
    private readonly now_ms: () => number,
  ) {
    super();
  }

  async byBearer(text: string): Promise<Viewer | null> {
    const now_ms = this.now_ms();
    if (this.tokens && !OUR_KEY.test(text)) return this.sights.viewer(await this.tokens.bearer(text, now_ms));
    const key = this.file && keyFor(await this.file.keys(now_ms), text, now_ms);
    return key && this.sights.viewer(key);
  }
}

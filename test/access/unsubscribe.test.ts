/** The link that ends notices. */
import { describe, expect, it } from '@jest/globals';
import { StopTokens } from '../../src/access/unsubscribe.js';

const tokens = new StopTokens(Buffer.alloc(32, 1));

describe('a token', () => {
  it('says whose notices, by which channel', () => {
    for (const stop of [
      { user_id: 5, channel: 'mail' as const },
      { user_id: 900_001, channel: 'moodle-message' as const },
    ])
      expect(tokens.read(tokens.of(stop))).toEqual(stop);
  });

  it('of another key, person or channel, or cut off, is none', () => {
    const good = tokens.of({ user_id: 5, channel: 'mail' });
    const forged = [
      new StopTokens(Buffer.alloc(32, 2)).of({ user_id: 5, channel: 'mail' }),
      good.replace('5.', '6.'),
      good.replace('mail', 'moodle-message'),
      good.slice(0, -1),
      `${good}A`,
      good.replace('5.', '05.'),
      '',
      '5.mail.',
    ];
    for (const token of forged) expect([token, tokens.read(token)]).toEqual([token, null]);
  });
});

import { describe, expect, it } from '@jest/globals';
import { holds, keyFor, newKey } from '../../src/access/keys.js';

const OF = { name: 'Ann', scopes: ['risk:read' as const], user_id: null, created_ms: 0, expires_ms: null };

describe('an access key', () => {
  it('is recognised, and what is kept of it does not contain it', () => {
    const { text, kept } = newKey(OF);
    const other = newKey(OF);
    expect(text).toMatch(/^hf_[0-9a-f]{8}_[\w-]{43}$/);
    expect(keyFor([other.kept, kept], text, 1)).toEqual(kept);
    expect(JSON.stringify(kept)).not.toContain(text.slice(12));
    expect(text).not.toBe(other.text);
  });

  it('is no other key: not with one letter changed, not with the number of another, not in part', () => {
    const [one, two] = [newKey(OF), newKey(OF)];
    const keys = [one.kept, two.kept];
    const middle = one.text.at(20) === 'A' ? 'B' : 'A';
    for (const wrong of [
      `${one.text.slice(0, 20)}${middle}${one.text.slice(21)}`,
      one.text.replace(one.kept.id, two.kept.id),
      one.text.slice(0, -1),
      `${one.text}A`,
      ` ${one.text}`,
      one.kept.hash,
      `hf_${one.kept.id}_`,
      '',
    ])
      expect(keyFor(keys, wrong, 1)).toBeNull();
    expect(keyFor([], one.text, 1)).toBeNull();
  });

  it('holds up to its end, exclusive', () => {
    const { text, kept } = newKey({ ...OF, expires_ms: 1000 });
    expect([999, 1000].map((now_ms) => keyFor([kept], text, now_ms) !== null)).toEqual([true, false]);
    expect([999, 1000].map((now_ms) => holds(kept, now_ms))).toEqual([true, false]);
  });
});

import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type KeyPart, Keys, TEXT } from '../../src/windows/keys.js';
import { NONE, Pool } from '../../src/windows/pool.js';
import { A, B, LINKS, VALUES } from '../../src/windows/record.js';
import { WindowIndex } from '../../src/windows/window-index.js';
import { runs } from './generators.js';

const part: fc.Arbitrary<KeyPart> = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom<KeyPart>('', 'null', '0', '1;', 's1:a', 2 ** 40, 0.5, -0.25, 1.7e12, 'a;', Number.MAX_SAFE_INTEGER),
);
const name = (key: readonly KeyPart[]) => JSON.stringify(key.map((value) => (value === 0 ? 0 : value)));

describe('keys', () => {
  it.each([1, 2, 3])('of %i columns have one pair each while they are held, and no two keys the same', (columns) => {
    const key = fc.array(part, { minLength: columns, maxLength: columns });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), key), { maxLength: 60, size: 'max' }), (steps) => {
        const keys = new Keys(columns);
        const pairs = new Map<string, string>();
        for (const [release, parts] of steps) {
          const numeric = keys.isNumeric(parts);
          const [a, b] = numeric ? [parts[0] as number, (parts[1] ?? 0) as number] : [keys.number(parts), TEXT];
          const known = pairs.get(name(parts));
          if (known === undefined) expect([...pairs.values()]).not.toContain(name([a, String(b)]));
          else expect(name([a, String(b)])).toBe(known);
          expect(name(keys.parts(a, b))).toBe(name(parts));
          if (known === undefined) keys.hold(a, b);
          pairs.set(name(parts), name([a, String(b)]));
          if (release) {
            keys.release(a, b);
            pairs.delete(name(parts));
          }
        }
        expect(keys.size).toBe([...pairs.values()].filter((pair) => pair.includes('Infinity')).length);
      }),
      runs(60),
    );
  });
});

describe('the index of windows', () => {
  it.each([true, false])(
    'finds every window again while it grows to many buckets and shrinks to few (by start: %s)',
    (byStart) => {
      const pool = new Pool(VALUES, LINKS);
      const index = new WindowIndex(pool, byStart);
      const small = index.bytes;
      const start = (i: number) => (byStart ? i % 5 : 0);
      const slots = Array.from({ length: 20_000 }, (_, i) => {
        const slot = pool.allocate();
        pool.numbers.set([byStart ? Math.floor(i / 5) : i, -1, start(i)], slot * pool.stride);
        index.insert(slot);
        return slot;
      });
      const find = (i: number) =>
        index.find(pool.numbers[slots[i] * pool.stride + A], pool.numbers[slots[i] * pool.stride + B], start(i));
      expect(slots.every((slot, i) => find(i) === slot)).toBe(true);
      expect(index.bytes).toBeGreaterThan(10 * small);
      for (let i = 0; i < slots.length; i++) if (i % 10 !== 0) index.remove(slots[i]);
      expect(slots.every((slot, i) => (i % 10 === 0 ? find(i) === slot : find(i) === NONE))).toBe(true);
      for (let i = 0; i < slots.length; i += 10) index.remove(slots[i]);
      expect(index.bytes).toBe(small);
    },
  );
});

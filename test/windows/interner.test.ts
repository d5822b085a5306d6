import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Interner, type KeyPart } from '../../src/windows/interner.js';
import { runs } from './generators.js';

const part: fc.Arbitrary<KeyPart> = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom<KeyPart>(null, '', 'null', '0', 's1:a', 2 ** 40, 0.5, -0.25, 1.7e12, 'a;', Number.MAX_SAFE_INTEGER),
);
const name = (key: KeyPart[]) => JSON.stringify(key.map((value) => (value === 0 ? 0 : value)));

describe('the interner', () => {
  it.each([1, 2, 3])('gives every key of %i columns one id while it is held, and no two keys the same', (columns) => {
    const key = fc.array(part, { minLength: columns, maxLength: columns });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), key), { maxLength: 80 }), (steps) => {
        const interner = new Interner(columns);
        const ids = new Map<string, number>();
        for (const [release, parts] of steps) {
          const known = ids.get(name(parts));
          const id = interner.internParts(parts);
          if (known === undefined) expect([...ids.values()]).not.toContain(id);
          else expect(id).toBe(known);
          expect(name([...interner.parts(id)])).toBe(name(parts));
          ids.set(name(parts), id);
          if (release) {
            interner.release(id);
            ids.delete(name(parts));
          }
          expect(interner.size).toBe(ids.size);
        }
      }),
      runs(100),
    );
  });

  it('finds every key again while it grows to many buckets and shrinks to few', () => {
    const interner = new Interner(2);
    const small = interner.bytes;
    const ids = Array.from({ length: 20_000 }, (_, i) => interner.intern(i, -i));
    expect(new Set(ids).size).toBe(ids.length);
    const lost = () => ids.filter((id, i) => interner.find(i, -i) !== id && i % 10 === 0).length;
    expect(lost()).toBe(0);
    for (let i = 0; i < ids.length; i++) if (i % 10 !== 0) interner.release(ids[i]);
    expect([lost(), interner.size, interner.find(1, -1)]).toEqual([0, 2000, -1]);
    for (let i = 0; i < ids.length; i += 10) interner.release(ids[i]);
    expect(interner.size).toBe(0);
    expect(interner.bytes).toBeLessThan(3 * small + 100_000);
  });
});

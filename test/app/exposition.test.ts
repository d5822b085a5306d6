/** Prometheus's text and its estimates, as `top` reads and makes them. */
import { describe, expect, it } from '@jest/globals';
import { quantileOf } from '../../src/app/top/between.js';
import { Exposition } from '../../src/app/top/exposition.js';

describe('the text format of Prometheus', () => {
  it('is read with its escapes, special numbers and timestamps', () => {
    const text = '# HELP a b\na{x="1, \\"two\\"\\n}",y="\\\\"} +Inf\na{__proto__="z",} -2.5e3 1395066363000\n\nb NaN\n';
    const read = new Exposition(text);
    expect(read.all('a').map(({ labels, value }) => [Object.entries(labels), value])).toEqual([
      [
        [
          ['x', '1, "two"\n}'],
          ['y', '\\'],
        ],
        Number.POSITIVE_INFINITY,
      ],
      [[['__proto__', 'z']], -2500],
    ]);
    expect(read.one('b')).toBeNaN();
    expect(read.one('a')).toBeNull();
  });

  it.each(['a', 'a b', 'a{x=1} 2', 'a{x="1} 2', '{x="1"} 2', 'a 0x10', '<html>'])(
    'is refused when a line is none: %s',
    (line) => {
      expect(() => new Exposition(`fine 1\n${line}\n`)).toThrow(/line 2/);
    },
  );
});

describe('a quantile', () => {
  it('is estimated as Prometheus does', () => {
    const buckets = [
      { le: 1, count: 2 },
      { le: 2, count: 4 },
      { le: Number.POSITIVE_INFINITY, count: 5 },
    ];
    expect(quantileOf(buckets, 0.4)).toBe(1);
    expect(quantileOf(buckets, 0.6)).toBe(1.5);
    expect(quantileOf(buckets, 0.99)).toBe(2);
    expect(quantileOf([{ le: 1, count: Number.NaN }], 0.5)).toBeNull();
    expect(quantileOf([...buckets.map(({ le }) => ({ le, count: Number.NaN })), { le: 9, count: Number.NaN }], 0.5)).toBeNull();
    expect(quantileOf([], 0.5)).toBeNull();
  });
});

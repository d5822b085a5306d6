/** Good input made bad, by a seed: the same seed and number give the same bytes on any machine. */

/** Longer than what any decoder here is given in one piece by the tests of bombs; growth beyond it would only cost time. */
const BYTES_MAX = 65_536;
const CHANGES_MAX = 4;

/** Numbers at the ends of what types hold, names that every object has, letters that are not what they look like. */
const PIECES = [
  '9007199254740993',
  '-1',
  '1e999',
  '-0',
  '0.1',
  '18446744073709551616',
  '99999999999999999999999999',
  'NaN',
  'null',
  'true',
  '""',
  '[]',
  '{}',
  '"__proto__":{"a":1},',
  '"constructor":',
  'prototype',
  'toString',
  '\u0000',
  '\u2028',
  '\u202e',
  '\ufeff',
  '\ufffd',
  'İ',
  'ß',
  '\u{1f600}',
  '\\ud800',
  '\\u0000',
  '\r\n',
  '\n',
  '\t',
  ',',
  ';',
  '"',
  "'",
  '\\',
  '%',
  '%zz',
  '=',
  '../',
  '-- ',
  '/*',
  '2024-02-30',
  '9999-12-31T23:59:60Z',
  '-271821-04-20',
] as const;
const BROKEN_UTF8 = [[0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80], [0xff, 0xfe], [0x80]] as const;

/** mulberry32: small, quick, and spread well enough. */
export class Random {
  constructor(private state: number) {}

  /** 0 ≤ x < n. */
  below(n: number): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let x = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 4_294_967_296) * n);
  }

  of<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

type Change = (bytes: Buffer, random: Random, samples: readonly Buffer[]) => Buffer;

const put = (bytes: Buffer, at: number, taken: number, piece: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at + taken)]);

/** Where a value begins, so that a piece often lands in its place and not inside of a word. */
function border(bytes: Buffer, random: Random): number {
  const from = random.below(bytes.length + 1);
  for (let i = from; i < Math.min(bytes.length, from + 40); i++)
    if (':,=[{ "'.includes(String.fromCharCode(bytes[i]!))) return i + 1;
  return from;
}

const CHANGES: readonly Change[] = [
  function flipBit(bytes, random) {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[random.below(changed.length)]! ^= 1 << random.below(8);
    return changed;
  },
  function setByte(bytes, random) {
    const changed = Buffer.from(bytes);
    if (changed.length > 0) changed[random.below(changed.length)] = random.of([0, 1, 0x7f, 0x80, 0xff, random.below(256)]);
    return changed;
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  function remove(bytes, random) {
    return put(bytes, random.below(bytes.length + 1), random.below(20), Buffer.alloc(0));
  },
  function duplicate(bytes, random) {
    const from = random.below(bytes.length + 1);
    const piece = bytes.subarray(from, from + random.below(200));
    return put(bytes, random.below(bytes.length + 1), 0, Buffer.concat(Array(1 + random.below(20)).fill(piece)));
  },
  function splice(bytes, random, samples) {
    const other = random.of(samples);
    const from = random.below(other.length + 1);
    return put(bytes, border(bytes, random), random.below(20), other.subarray(from, from + random.below(200)));
  },
  (bytes, random, samples) => {
    const other = random.of(samples);
    return Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(random.below(other.length + 1))]);
  },
  (bytes, random) => put(bytes, border(bytes, random), 0, Buffer.from(random.of(PIECES))),
  (bytes, random) => put(bytes, border(bytes, random), 1 + random.below(12), Buffer.from(random.of(PIECES))),
  (bytes, random) => put(bytes, random.below(bytes.length + 1), random.below(3), Buffer.from(random.of(BROKEN_UTF8))),
  function nest(bytes, random) {
    const depth = 1 << random.below(12);
    const [open, close] = random.of([
      ['[', ']'],
      ['{"a":', '}'],
      ['(', ')'],
    ]);
    return put(bytes, border(bytes, random), 0, Buffer.from(`${open!.repeat(depth)}1${close!.repeat(random.below(2) * depth)}`));
  },
  function repeatLetter(bytes, random) {
    const letter = String.fromCharCode(bytes[random.below(bytes.length + 1)] ?? 0x20);
    return put(bytes, random.below(bytes.length + 1), 0, Buffer.from(letter.repeat(1 << random.below(13)), 'latin1'));
  },
];

const VALUES = [
  null,
  true,
  '',
  'x',
  -1,
  0.5,
  1e308,
  2 ** 53,
  -(2 ** 63),
  [],
  {},
  [[]],
  '\u0000',
  'NaN',
  '1e999',
  '\ud800',
  '__proto__',
];

/** One value of a JSON text replaced, or one of its names: still JSON, and no more what it says it is. undefined = it is no JSON. */
function otherValue(bytes: Buffer, random: Random): Buffer | undefined {
  let root: unknown;
  try {
    root = JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
  let at = root;
  for (let depth = 0; depth < 6 && isBranch(at); depth++) {
    const names = Object.keys(at);
    if (names.length === 0) break;
    const name = random.of(names);
    if (isBranch(at[name]) && random.below(4) > 0) {
      at = at[name];
      continue;
    }
    const value = random.below(4) === 0 ? at[name] : random.of(VALUES);
    if (random.below(5) === 0) delete at[name];
    Object.defineProperty(at, random.below(6) === 0 ? random.of(['__proto__', 'constructor', 'id', 'İ', '']) : name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    break;
  }
  return Buffer.from(JSON.stringify(root));
}

const isBranch = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** The `number`th input of a seed. Some few come through unchanged, so that a decoder that refuses all would be seen. */
export function mutated(samples: readonly Buffer[], seed: number, number: number): Buffer {
  const random = new Random((seed ^ Math.imul(number + 1, 0x9e3779b1)) | 0);
  random.below(2);
  let bytes = random.of(samples);
  const other = random.below(3) === 0 ? otherValue(bytes, random) : undefined;
  if (other !== undefined && random.below(2) === 0) return other;
  bytes = other ?? bytes;
  for (let left = random.below(CHANGES_MAX + 1); left > 0; left--) bytes = random.of(CHANGES)(bytes, random, samples);
  return bytes.length > BYTES_MAX ? bytes.subarray(0, BYTES_MAX) : bytes;
}

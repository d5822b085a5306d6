/**
 * Keys as pairs of numbers. A key of one or two numbers is itself, `[7]` = (7, 0) and `[7, 101]` = (7, 101), and costs
 * nothing. Any other key, with a string or of more columns, gets a number of its own while windows of it are held:
 * `['ann', '10.0.0.1']` = (0, ∞). No number is special: 0, −1 and 2^53 are keys like others.
 */

/** A value of a key column. */
export type KeyPart = number | string | null;

/** The key of a table without key columns, one window at a time for everybody: the pair (0, 0). */
const NO_KEY: readonly KeyPart[] = [];

/** The second number of a key that is not itself. No column may hold it. */
export const TEXT = Number.POSITIVE_INFINITY;

export class Keys {
  private readonly ofText = new Map<string, number>();
  private readonly texts: (readonly KeyPart[] | null)[] = [];
  private readonly held: number[] = [];
  private readonly free: number[] = [];

  constructor(readonly columns: number) {}

  /** Whether a key is its own pair. */
  isNumeric(parts: readonly KeyPart[]): boolean {
    if (this.columns > 2) return false;
    for (const part of parts) if (typeof part !== 'number') return false;
    return true;
  }

  /** The number of a key that is not its own pair. Taken back by `forget`, or by the last `release`. */
  number(parts: readonly KeyPart[]): number {
    const text = encode(parts);
    let id = this.ofText.get(text);
    if (id === undefined) {
      id = this.free.pop() ?? this.texts.length;
      this.ofText.set(text, id);
      this.texts[id] = [...parts];
      this.held[id] = 0;
    }
    return id;
  }

  /** The key of a pair. */
  parts(a: number, b: number): readonly KeyPart[] {
    if (b === TEXT) return this.texts[a] as readonly KeyPart[];
    if (this.columns === 0) return NO_KEY;
    return this.columns === 1 ? [a] : [a, b];
  }

  /** A window of this key is held. */
  hold(a: number, b: number): void {
    if (b === TEXT) this.held[a]++;
  }

  /** A window of this key left. With the last one the key's number is free for another. */
  release(a: number, b: number): void {
    if (b !== TEXT) return;
    this.held[a]--;
    this.forget(a);
  }

  /** Takes a number back if no window of its key is held. */
  forget(id: number): void {
    if (this.held[id] > 0) return;
    this.ofText.delete(encode(this.texts[id] as readonly KeyPart[]));
    this.texts[id] = null;
    this.free.push(id);
  }

  /** How many keys have numbers of their own. */
  get size(): number {
    return this.ofText.size;
  }
}

/** A text that no other key has: `['7']`, `[7]`, `['']` and `['a', 'b']`, `['a;b']` are five keys. */
function encode(parts: readonly KeyPart[]): string {
  if (parts.length === 1 && typeof parts[0] === 'string') return parts[0];
  let text = '';
  for (const part of parts) text += typeof part === 'string' ? `s${part.length}:${part}` : `${part};`;
  return text;
}

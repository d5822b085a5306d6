/** What the fuzz harness needs of a decoder. */

export interface Target {
  name: string;
  /** Its part of all inputs, against the others'. */
  weight: number;
  samples: readonly Buffer[];
  /**
   * Takes one input. Returns `accepted`, or why it is not: a reason out of a short list, never text of the input. A throw is a
   * finding, unless `refusal` knows it.
   */
  take(bytes: Buffer): string | Promise<string>;
  /** The reason, where this is how the decoder refuses; null = nobody expects this error. */
  refusal?(error: unknown): string | null;
}

export const ACCEPTED = 'accepted';

/** Refusals by class, or by a text that only a message for the operator has. */
export function refusedBy(...known: readonly ((new (...args: never[]) => Error) | RegExp)[]): (error: unknown) => string | null {
  return (error) => {
    if (!(error instanceof Error)) return null;
    const by = known.find((one) => (one instanceof RegExp ? one.test(error.message) : error instanceof one));
    return by === undefined ? null : by instanceof RegExp ? 'refused with a hint' : error.name;
  };
}

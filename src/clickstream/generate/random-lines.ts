/** A recorded file as a source of records: one line of it, taken at random, for each datagram of a UDP producer. */
import { type Generated, type PaceOptions, paced } from './pace.js';
import { Random } from './random.js';

/** What the original's producer does when nothing else is said. */
export const RANDOM_LINES_COUNT = 10_000;
export const RANDOM_LINES_PER_S = 2;

/** The lines that can be sent: without their ends, and without empty ones. */
export function linesOf(text: string): string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '');
}

/** `time_ms` is when to send a line; the times inside it stay as they were recorded. Throws where there is no line to send. */
export function* randomLines(
  seed: number,
  lines: readonly string[],
  { rate_per_s = RANDOM_LINES_PER_S, count = RANDOM_LINES_COUNT, ...options }: Partial<PaceOptions> & { start_ms: number },
): Generator<Generated> {
  if (lines.length === 0) throw new RangeError('the file has no line that could be sent');
  const random = new Random(seed);
  for (const time_ms of paced({ ...options, rate_per_s, count })) yield { time_ms, text: random.one(lines) };
}

/** How long a lane waits before it does a batch again that another lane's claims have spoilt. */

/** Once more at once: mostly the other lane is through by then. */
const AT_ONCE = 1;
const FIRST_MS = 20;
/** Longer than a batch takes on a busy machine. */
const MOST_MS = 2_000;

/**
 * Two lanes that meet in the same users would take them from each other for ever, each while the other counts: so each waits, longer
 * every time, and by a measure of its own, so that one of them gets through. In ms: 0, then 20 … 40, doubling, at most 4,000.
 */
export function patienceOf(lane: string, attempt: number): number {
  if (attempt <= AT_ONCE) return 0;
  let hash = attempt;
  for (const character of lane) hash = (hash * 31 + character.codePointAt(0)!) >>> 0;
  const least = Math.min(MOST_MS, FIRST_MS * 2 ** (attempt - AT_ONCE - 1));
  return least * (1 + (hash % 101) / 100);
}

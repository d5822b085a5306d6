/** Revisions as entity tags: revision 3 is `"3"`, a strong tag (RFC 9110, 8.8.3). */

export function etagOf(revision: number): string {
  return `"${revision}"`;
}

/**
 * What If-Match names. Weak tags never match, as the standard has it, and what is no revision of ours matches nothing.
 *
 *   "3"          → [3]
 *   "3", "4"     → [3, 4]
 *   *            → 'any'
 *   W/"3", "x"   → []
 */
export function revisionsIn(if_match: string): number[] | 'any' {
  if (if_match.trim() === '*') return 'any';
  return if_match
    .split(',')
    .map((tag) => /^"(\d{1,15})"$/.exec(tag.trim())?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number);
}

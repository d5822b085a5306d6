/** Who looks after alerts, by name: people write one name in more than one way, and it stays one person. */
import type { AlertPlace } from './latest.js';

/** More than a staff has; what comes beyond is still found by typing it. */
const KNOWN_MAX = 500;

const folded = (name: string) => name.trim().toLocaleLowerCase();

/** `isSameName('Jonas Feld', 'jonas feld ')` → true; nobody is nobody's name. */
export function isSameName(assignee: string | null | undefined, name: string): boolean {
  return typeof assignee === 'string' && folded(assignee) === folded(name);
}

/** Everybody whom an alert of these is or was assigned to, each once and as written last, by name. `places`: newest first. */
export function assigneesOf(places: readonly AlertPlace[]): string[] {
  const known = new Map<string, string>();
  for (const { assignee } of places) {
    if (assignee !== null && !known.has(folded(assignee))) known.set(folded(assignee), assignee);
    if (known.size === KNOWN_MAX) break;
  }
  return [...known.values()].sort((a, b) => a.localeCompare(b));
}

/** Who is at the keyboard, for the history of decisions. */
import { userInfo } from 'node:os';

export function login(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user may have no name.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}

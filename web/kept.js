/** What this browser keeps for its reader. In a frame of another site it may refuse to: then nothing is kept, and the page works. */
export function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Refused: as on a first visit.
  }
}

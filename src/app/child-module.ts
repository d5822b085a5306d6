import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Path of the module that a child process runs: beside this file, compiled; where the sources run as they are (tests), what was built of them. */
export function childModule(name: string): string {
  const places = [`./${name}.js`, `../../dist/app/${name}.js`].map((place) => fileURLToPath(new URL(place, import.meta.url)));
  return places.find((place) => existsSync(place)) ?? places[0]!;
}

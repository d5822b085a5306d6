/** Where the model lies that comes with Holdfast. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

export async function championFolder(): Promise<string> {
  const { champion } = JSON.parse(await readFile('models/registry.json', 'utf8')) as { champion: string };
  return join('models', champion);
}

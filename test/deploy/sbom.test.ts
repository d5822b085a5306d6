/** The bill of materials that goes with a release names all that runs, and under which licence. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

interface Component {
  name: string;
  version: string;
  purl: string;
  licenses?: { license?: { id?: string; name?: string }; expression?: string }[];
}

const folder = mkdtempSync(join(tmpdir(), 'holdfast-sbom-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));

describe('the bill of materials', () => {
  let components: Component[];
  beforeAll(() => {
    const file = join(folder, 'sbom.json');
    execFileSync(process.execPath, ['scripts/sbom.mjs', file], { stdio: 'pipe' });
    components = json(file).components;
  });

  it('names every package that runs with Holdfast at the version of the lock, and none of development', () => {
    const { packages } = json('package-lock.json') as { packages: Record<string, { version: string; dev?: boolean }> };
    const { dependencies, devDependencies } = json('package.json');
    const found = new Map(components.map(({ name, version }) => [name, version]));
    for (const name of Object.keys(dependencies))
      expect({ name, version: found.get(name) }).toEqual({ name, version: packages[`node_modules/${name}`]!.version });
    const only_here = Object.keys(devDependencies).filter((name) => packages[`node_modules/${name}`]?.dev);
    expect(only_here.filter((name) => found.has(name))).toEqual([]);
    expect(components.length).toBeGreaterThan(Object.keys(dependencies).length);
  });

  it('says of each under which licence it is', () => {
    expect(components.filter(({ licenses }) => !licenses?.length).map(({ purl }) => purl)).toEqual([]);
  });
});

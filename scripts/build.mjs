// src → dist, file by file, by swc: a second instead of half a minute. Types are checked by `npm run typecheck`, not here.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const from = join(root, 'src');
const to = join(root, 'dist');

const sources = readdirSync(from, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name));
for (const source of sources) {
  const target = join(to, relative(from, source)).replace(/\.ts$/, '.js');
  const { code, map } = await transformFile(source, { configFile: join(root, '.swcrc'), sourceMaps: true });
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, `${code}\n//# sourceMappingURL=${target.split(/[/\\]/).at(-1)}.map\n`);
  writeFileSync(`${target}.map`, map);
}

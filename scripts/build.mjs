// src → dist, file by file, by swc: a second instead of half a minute. Types are checked by `npm run typecheck`, not here.
//
//   node scripts/build.mjs           src → dist
//   node scripts/build.mjs --bench   src, bench and the test servers → dist-bench, for `npm run bench`
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFile } from '@swc/core';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

if (process.argv.includes('--bench')) {
  for (const folder of ['src', 'bench', 'test/servers']) await build(folder, join('dist-bench', folder));
  // The page's files are looked for beside the sources.
  cpSync(join(root, 'web'), join(root, 'dist-bench/web'), { recursive: true });
  // What the Java servers of the tests are fetched and started with.
  for (const file of ['jars.sh', 'pom.xml', 'log4j2.properties'])
    cpSync(join(root, 'test/servers', file), join(root, 'dist-bench/test/servers', file));
} else {
  await build('src', 'dist');
}

async function build(from, to) {
  const sources = readdirSync(join(root, from), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  for (const source of sources) {
    const target = join(root, to, relative(join(root, from), source)).replace(/\.ts$/, '.js');
    const { code, map } = await transformFile(source, { configFile: join(root, '.swcrc'), sourceMaps: true });
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, `${code}\n//# sourceMappingURL=${basename(target)}.map\n`);
    writeFileSync(`${target}.map`, map);
  }
}

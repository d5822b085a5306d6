// `npm run bench` lists the benchmarks; `npm run bench -- NAME [ARGS]` builds and runs one. Each prints what it compares.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const names = [
  'engine',
  'commit',
  'replay',
  'binlog',
  'kafka',
  'latency',
  'memory',
  'copy',
  'clicks',
  'intake',
  'predictor',
  'rest',
].filter((name) => readdirSync(join(root, 'bench')).includes(`${name}.ts`));
const [name, ...args] = process.argv.slice(2);
if (!names.includes(name)) {
  console.error(`which of ${names.join(', ')}? For example: npm run bench -- engine`);
  process.exit(2);
}
const run = (...command) => {
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
};
run(join(root, 'scripts', 'build.mjs'));
run(join(root, 'scripts', 'build.mjs'), '--bench');
run('--expose-gc', join(root, 'dist-bench', 'bench', `${name}.js`), ...args);

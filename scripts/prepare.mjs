// Runs before `npm start` and `npm test`: installs when node_modules does not belong to package-lock.json, builds when the
// sources changed. Plain Node, since it has to work in a bare clone. What is there is judged by content, never by time, so
// a checkout of another branch is noticed and a touched file is not. Says on stderr what it does, and nothing otherwise.
//
//   node scripts/prepare.mjs            install and build as needed
//   node scripts/prepare.mjs --rebuild  build in any case
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_LEAST = [20, 19];
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const lockFile = join(root, 'package-lock.json');
/** Written after a whole install: an install that was killed leaves none, since `npm ci` empties the folder first. */
const installedFile = join(root, 'node_modules', '.holdfast.json');
const builtFile = join(root, 'dist', '.built.json');

refuseOldNode();
const fault = installFault();
if (fault !== null) install(fault);
const sources = hashOfSources();
if (process.argv.includes('--rebuild') || readJson(builtFile)?.sources !== sources) build();

function refuseOldNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > NODE_LEAST[0] || (major === NODE_LEAST[0] && minor >= NODE_LEAST[1])) return;
  say(
    `Holdfast needs Node ${NODE_LEAST.join('.')} or newer, and this is ${process.versions.node}: install a newer one (nodejs.org)`,
  );
  process.exit(1);
}

/** Why node_modules cannot be used, or null. Adopts a whole install that somebody else made with npm. */
function installFault() {
  if (!existsSync(join(root, 'node_modules'))) return 'node_modules is missing';
  const lock = readJson(lockFile);
  const wanted = Object.entries(lock?.packages ?? {}).filter(([path, entry]) => path !== '' && !entry.optional);
  const missing = wanted.find(([path, { version }]) => readJson(join(root, path, 'package.json'))?.version !== version);
  if (missing) return `${missing[0]} is not as in package-lock.json`;
  const marker = readJson(installedFile);
  if (marker?.lock === hashOfLock() && marker.platform === platform()) return null;
  // npm's own record, which it writes last; without it the install was not finished.
  const record = readJson(join(root, 'node_modules', '.package-lock.json'));
  if (!record) return 'the last install was not finished';
  const stranger = wanted.find(([path, { version }]) => record.packages[path]?.version !== version);
  const surplus = Object.keys(record.packages).find((path) => !(path in lock.packages));
  if (stranger || surplus) return 'node_modules does not belong to package-lock.json';
  if (marker && marker.platform !== platform()) return `node_modules was made on ${marker.platform}`;
  markInstalled();
  return null;
}

function install(why) {
  say(`${why}: running npm ci`);
  rmSync(installedFile, { force: true });
  const start = Date.now();
  // Without install scripts: no package here needs one. With the development packages, which build and test.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const ownNpm = /npm-cli\.c?js$/.test(process.env.npm_execpath ?? '') ? process.env.npm_execpath : null;
  const code = ownNpm ? run(process.execPath, [ownNpm, ...args]) : run('npm', args, { shell: process.platform === 'win32' });
  if (code !== 0) {
    say(`npm ci failed after ${seconds(start)}: see above; it needs the npm registry, once`);
    process.exit(code);
  }
  markInstalled();
  say(`installed in ${seconds(start)}`);
}

function build() {
  const start = Date.now();
  // Emptied first: a module whose source is gone must not stay.
  rmSync(join(root, 'dist'), { recursive: true, force: true });
  const code = run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
  if (code !== 0) {
    say(`the build failed after ${seconds(start)}: see above`);
    process.exit(code);
  }
  const cli = join(root, 'dist', 'cli.js');
  if (existsSync(cli)) chmodSync(cli, 0o755);
  writeFileSync(builtFile, `${JSON.stringify({ sources })}\n`);
  say(`built in ${seconds(start)}`);
}

function markInstalled() {
  writeFileSync(installedFile, `${JSON.stringify({ lock: hashOfLock(), platform: platform() })}\n`);
}

function hashOfLock() {
  return createHash('sha256').update(readFileSync(lockFile)).digest('hex');
}

/** Everything that the build reads, by path and content. */
function hashOfSources() {
  const configs = ['.swcrc', 'scripts/build.mjs'];
  const files = [...configs, 'package-lock.json', ...filesUnder(join(root, 'src'))].sort();
  const hash = createHash('sha256');
  for (const file of files) {
    const content = readFileSync(join(root, file));
    hash.update(`${file}\n${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesUnder(path) : [relative(root, path).split(sep).join('/')];
  });
}

function run(command, args, options = {}) {
  // stdout is for data: what npm and swc say goes to stderr.
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], ...options });
  if (error) say(`${command} cannot be started: ${error.message}`);
  return status ?? 1;
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

function platform() {
  return `${process.platform}-${process.arch}`;
}

function seconds(start) {
  return `${((Date.now() - start) / 1000).toFixed(1)} s`;
}

function say(line) {
  process.stderr.write(`prepare: ${line}\n`);
}

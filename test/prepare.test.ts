/** `npm start` in a bare clone: what is missing is installed and built, and nothing is done twice. npm itself is played here. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

let clone: string;
const path = (name: string): string => join(clone, name);
function write(name: string, content: string): void {
  mkdirSync(dirname(path(name)), { recursive: true });
  writeFileSync(path(name), content);
}

/** Installs what the lock says, as npm does: the folder emptied first, its own record last. `dies` = killed in between. */
const FAKE_NPM = `
const fs = require('node:fs');
fs.appendFileSync('npm-calls', process.argv.slice(2).join(' ') + '\\n');
if (process.env.FAKE_NPM === 'offline') process.exit(7);
fs.rmSync('node_modules', { recursive: true, force: true });
const { packages } = JSON.parse(fs.readFileSync('package-lock.json', 'utf8'));
const here = Object.fromEntries(Object.entries(packages).filter(([name, { optional }]) => name && !optional));
for (const [name, { version }] of Object.entries(here)) {
  fs.mkdirSync(name + '/bin', { recursive: true });
  fs.writeFileSync(name + '/package.json', JSON.stringify({ version, type: 'commonjs' }));
  if (process.env.FAKE_NPM === 'dies') process.kill(process.pid, 'SIGKILL');
}
fs.writeFileSync('node_modules/.package-lock.json', JSON.stringify({ packages: here }));
`;
const FAKE_BUILD = `
import fs from 'node:fs';
fs.appendFileSync('build-calls', 'x');
const source = fs.readFileSync('src/cli.ts', 'utf8');
fs.mkdirSync('dist', { recursive: true });
fs.writeFileSync('dist/cli.js', source);
process.exit(source.includes('fault') ? 2 : 0);
`;

function writeLock(version: string): void {
  const packages = {
    '': { name: 'clone' },
    'node_modules/typescript': { version: '6.0.3', dev: true },
    'node_modules/other': { version },
    'node_modules/of-another-platform': { version: '1.0.0', optional: true, os: ['sunos'] },
  };
  write('package-lock.json', JSON.stringify({ packages }));
}

function prepare(npm = 'works', ...args: string[]) {
  const env = { PATH: process.env.PATH, npm_execpath: path('npm-cli.cjs'), FAKE_NPM: npm };
  const { status, stdout, stderr } = spawnSync(process.execPath, [path('scripts/prepare.mjs'), ...args], {
    env,
    encoding: 'utf8',
  });
  return { status, stdout, said: stderr.trim().split('\n').filter(Boolean) };
}
const calls = (of: 'npm' | 'build'): number =>
  existsSync(path(`${of}-calls`)) ? readFileSync(path(`${of}-calls`), 'utf8').match(/ci|x/g)!.length : 0;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'holdfast-clone-'));
  cpSync('scripts/prepare.mjs', path('scripts/prepare.mjs'), { recursive: true });
  write('npm-cli.cjs', FAKE_NPM);
  write('scripts/build.mjs', FAKE_BUILD);
  write('.swcrc', '{}');
  write('src/cli.ts', '#!/usr/bin/env node\n');
  writeLock('1.0.0');
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

describe('a bare clone', () => {
  it('is installed and built, with a word about each on stderr and nothing on stdout', () => {
    const { status, stdout, said } = prepare();
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
    expect(said).toEqual([
      expect.stringMatching(/node_modules is missing: running npm ci/),
      expect.stringMatching(/installed in \d+\.\d s/),
      expect.stringMatching(/built in \d+\.\d s/),
    ]);
    expect(readFileSync(path('npm-calls'), 'utf8')).toMatch(/^ci --ignore-scripts/);
  });

  it('has a command that can be run', () => {
    prepare();
    expect(execFileSync('test', ['-x', path('dist/cli.js')])).toBeDefined();
  });

  it('is left alone the second time, also without a network and when files were only touched', () => {
    prepare();
    utimesSync(path('src/cli.ts'), 1, 1);
    utimesSync(path('package-lock.json'), 1, 1);
    expect(prepare('offline')).toEqual({ status: 0, stdout: '', said: [] });
    expect([calls('npm'), calls('build')]).toEqual([1, 1]);
  });
});

describe('is installed again', () => {
  it('when the lock changed', () => {
    prepare();
    writeLock('1.0.1');
    expect(prepare().said[0]).toMatch(/node_modules\/other is not as in package-lock.json/);
    expect([calls('npm'), calls('build')]).toEqual([2, 2]);
  });

  it('when an install was killed half-way, by us or by hand', () => {
    prepare('dies');
    expect(existsSync(path('node_modules/typescript'))).toBe(true);
    expect(prepare()).toMatchObject({ status: 0 });
    rmSync(path('node_modules/.holdfast.json'));
    rmSync(path('node_modules/.package-lock.json'));
    expect(prepare().said[0]).toMatch(/last install was not finished/);
    expect(calls('npm')).toBe(3);
  });

  it('when a package was removed by hand', () => {
    prepare();
    rmSync(path('node_modules/other'), { recursive: true });
    prepare();
    expect(calls('npm')).toBe(2);
  });

  it('but not when somebody ran npm ci themselves', () => {
    execFileSync(process.execPath, [path('npm-cli.cjs'), 'ci'], { cwd: clone });
    expect(prepare('offline')).toMatchObject({ status: 0, said: [expect.stringMatching(/built/)] });
    expect(prepare('offline').said).toEqual([]);
  });
});

describe('is built again', () => {
  it('when a source or the compiler’s settings changed, and when asked to', () => {
    prepare();
    write('src/deep/new.ts', 'export {};\n');
    prepare();
    write('.swcrc', '{ }');
    prepare();
    prepare('works', '--rebuild');
    prepare();
    expect([calls('npm'), calls('build')]).toEqual([1, 4]);
  });

  it('after a build that failed', () => {
    write('src/cli.ts', 'fault');
    expect(prepare()).toMatchObject({ status: 2, said: expect.arrayContaining([expect.stringMatching(/build failed/)]) });
    write('src/cli.ts', 'mended');
    expect(prepare().status).toBe(0);
  });
});

it('the exit code of npm is passed on, with what it needs', () => {
  const { status, said } = prepare('offline');
  expect(status).toBe(7);
  expect(said.at(-1)).toMatch(/npm ci failed .* registry/);
});

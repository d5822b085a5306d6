/**
 * The folders under src may import one another only as ARCHITECTURE.md says. A law that cannot be broken is not tested: a small
 * tree of forbidden imports has to be refused, each by its rule.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

interface Violation {
  from: string;
  to: string;
  rule: { name: string };
}

function violationsIn(folder: string): Violation[] {
  const program = resolve('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const args = [program, '--config', '.dependency-cruiser.cjs', '--output-type', 'json', 'src'];
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', maxBuffer: 1e9 });
  if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser said no JSON: ${stderr}`);
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations;
}

/** May import everything: where the parts are put together. */
const EDGE = /^src\/(app\/|main\.ts$|cli\.ts$)/;

/** Is there a rule for what this file imports? */
function isNamed(file: string): boolean {
  const law = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
    forbidden: { name: string; from: { path?: string } }[];
  };
  const rules = law.forbidden.filter(({ name }) => name !== 'nest only at the edge');
  return EDGE.test(file) || rules.some(({ from }) => from.path !== undefined && new RegExp(from.path).test(file));
}

describe('the sources', () => {
  it('obey the law', () => {
    expect(violationsIn('.').map(({ from, to, rule }) => `${from} → ${to} (${rule.name})`)).toEqual([]);
  });

  it('have no place that the law does not name', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
    expect(files.map((name) => `src/${name.replaceAll('\\\\', '/')}`).filter((file) => !isNamed(file))).toEqual([]);
  });
});

/** [file, what it writes, the file it must not import] */
const FORBIDDEN: [from: string, text: string, to: string][] = [
  ['src/domain.ts', "import '../src/ports.js';", 'src/ports.ts'],
  ['src/config.ts', "import './domain.js';", 'src/domain.ts'],
  ['src/ports.ts', "import './config.js';", 'src/config.ts'],
  ['src/adapters/sqlite/store.ts', "import '../file/source.js';", 'src/adapters/file/source.ts'],
  ['src/adapters/file/source.ts', "import '../../pipeline/pipeline.js';", 'src/pipeline/pipeline.ts'],
  ['src/alerts/lifecycle.ts', "import '../scoring/score.js';", 'src/scoring/score.ts'],
  ['src/moodle/interpret.ts', "import '../features/vector.js';", 'src/features/vector.ts'],
  ['src/windows/engine.ts', "export * from '../moodle/interpret.js';", 'src/moodle/interpret.ts'],
  ['src/features/vector.ts', "import type { Score } from '../scoring/score.js';\nexport type T = Score;", 'src/scoring/score.ts'],
  ['src/scoring/score.ts', "export const load = () => import('../training/train.js');", 'src/training/train.ts'],
  ['src/pipeline/pipeline.ts', "import '../training/train.js';", 'src/training/train.ts'],
  ['src/http/alerts.ts', "import '../adapters/sqlite/store.js';", 'src/adapters/sqlite/store.ts'],
  [
    'src/training/train.ts',
    "import { Injectable } from '@nestjs/common';\nexport const x = Injectable;",
    'node_modules/@nestjs/common',
  ],
];
const ALLOWED: [from: string, text: string][] = [
  ['src/app/wiring.ts', "import '../adapters/sqlite/store.js';\nimport '../config.js';\nimport '@nestjs/common';"],
  ['src/scoring/due.ts', "import '../features/vector.js';\nimport '../ports.js';"],
];

describe('the law', () => {
  let folder: string;
  let violations: Violation[];

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-law-'));
    for (const name of ['.dependency-cruiser.cjs', 'tsconfig.json', 'package.json']) cpSync(name, join(folder, name));
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    for (const [from, text] of [...FORBIDDEN, ...ALLOWED]) {
      mkdirSync(dirname(join(folder, from)), { recursive: true });
      writeFileSync(join(folder, from), `${text}\nexport type Score = number;\n`);
    }
    violations = violationsIn(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(FORBIDDEN)('refuses that %s writes %j', (from, _, to) => {
    const refused = violations.filter((violation) => violation.from === from && violation.rule.name !== 'no cycles');
    expect(refused.some((violation) => violation.to.includes(to))).toBe(true);
  });

  it.each(ALLOWED)('lets %s write %j', (from) => {
    expect(violations.filter((violation) => violation.from === from)).toEqual([]);
  });
});

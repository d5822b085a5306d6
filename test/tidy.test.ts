/** Habits that a reader would have to check on every change: see CONTRIBUTING.md. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { SETTINGS } from '../src/settings.js';

/** One idea a file: at this length it has two. */
const LINES_MAX = 300;
/** Lists of nouns and of doors: things are looked up in them, nobody reads them through. */
const LISTS: Record<string, number> = { 'src/domain.ts': 500, 'src/ports.ts': 500, 'src/settings.ts': 400 };

const files = projectFiles();
const sources = files.filter((file) => /^src\/.*\.ts$/.test(file)).map((file) => ({ file, text: readFileSync(file, 'utf8') }));

/** Everything that belongs to the project: what git tracks or would add; in a tree without git, all but the ignored folders. */
function projectFiles(): string[] {
  const git = spawnSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  const ignored = /^(node_modules|dist|data|coverage|\.git|test-output)\//;
  const all =
    git.status === 0 && git.stdout !== ''
      ? git.stdout.split('\0')
      : readdirSync('.', { recursive: true, encoding: 'utf8' }).filter((file) => !ignored.test(file));
  return all.filter((file) => file !== '' && existsSync(file) && !/\.(gz|bin|png|ico|woff2|db)$/.test(file)).sort();
}

/** `src/a.ts:7 what` for each node of which `faultOf` says what is wrong with it. Comments and strings are no nodes. */
function nodesWith(faultOf: (node: ts.Node) => string | null): string[] {
  return sources.flatMap(({ file, text }) => {
    const found: string[] = [];
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      const fault = faultOf(node);
      if (fault !== null) found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${fault}`);
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  });
}

function linesWith(pattern: RegExp, among: { file: string; text: string }[]): string[] {
  return among.flatMap(({ file, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${file}:${index + 1} ${line.trim().slice(0, 120)}`] : [])),
  );
}

describe('the sources', () => {
  it(`no file is longer than ${LINES_MAX} lines`, () => {
    const lines = sources.map(({ file, text }) => ({ file, lines: text.trimEnd().split('\n').length }));
    expect(lines.filter((length) => length.lines > (LISTS[length.file] ?? LINES_MAX))).toEqual([]);
  });

  it('no file hides where things are by re-exporting them: no index.ts', () => {
    expect(sources.filter(({ file }) => /^index\./.test(basename(file))).map(({ file }) => file)).toEqual([]);
  });

  it('only config.ts reads the environment', () => {
    const readers = nodesWith((node) => {
      const isRead =
        (ts.isPropertyAccessExpression(node) && node.expression.getText() === 'process' && node.name.text === 'env') ||
        (ts.isElementAccessExpression(node) && node.expression.getText() === 'process') ||
        (ts.isImportSpecifier(node) && node.getText().startsWith('env') && /process/.test(node.parent.parent.parent.getText()));
      return isRead ? 'reads the environment' : null;
    });
    expect(readers.filter((place) => !place.startsWith('src/config.ts:'))).toEqual([]);
  });

  it('nothing has the type any', () => {
    expect(nodesWith((node) => (node.kind === ts.SyntaxKind.AnyKeyword ? 'any' : null))).toEqual([]);
  });

  it('nothing is left to do: it is done, or written down where it is seen', () => {
    expect(linesWith(/\b(TODO|FIXME|XXX|HACK)\b/, sources)).toEqual([]);
  });

  it('no type error is silenced', () => {
    expect(linesWith(/@ts-(ignore|nocheck|expect-error)/, sources)).toEqual([]);
  });
});

describe('the project', () => {
  it('names no place on somebody’s machine, and nothing outside itself', () => {
    // Put together here, so that this file does not find itself.
    const outside = ['/home/[a-z]', '/Users/[a-z]', '/wo' + 'rk/', '\\.\\./sha' + 'red\\b', '[A-Z]:\\\\Users\\\\'].join('|');
    const texts = files.filter((file) => file !== 'LICENSE').map((file) => ({ file, text: readFileSync(file, 'utf8') }));
    expect(linesWith(new RegExp(`(^|[^\\w.])(${outside})`), texts)).toEqual([]);
  });

  it('the lock names no host, so that it works with any registry', () => {
    expect(linesWith(/"resolved":/, [{ file: 'package-lock.json', text: readFileSync('package-lock.json', 'utf8') }])).toEqual(
      [],
    );
  });

  it('every migration has a number of its own, without gaps, in each folder', () => {
    const folders = new Map<string, string[]>();
    for (const file of files.filter((name) => name.startsWith('migrations/') && !name.endsWith('.md'))) {
      folders.set(dirname(file), [...(folders.get(dirname(file)) ?? []), basename(file)]);
    }
    for (const [folder, names] of folders) {
      const numbers = names.map((name) => Number(/^(\d{3,4})[-_]/.exec(name)?.[1] ?? Number.NaN));
      expect([folder, numbers]).toEqual([folder, names.map((_, index) => index + 1)]);
    }
  });

  const readme = readFileSync('README.md', 'utf8');
  it('the README names every setting and its default', () => {
    const unnamed = SETTINGS.filter(({ name }) => !readme.includes(name));
    expect(unnamed.map(({ name }) => name)).toEqual([]);
    const lines = readme.split('\n');
    const other = SETTINGS.filter(
      ({ name, default: byDefault }) => byDefault !== null && !lines.some((l) => l.includes(name) && l.includes(byDefault)),
    );
    expect(other.map(({ name, default: byDefault }) => `${name} (${byDefault})`)).toEqual([]);
  });
});

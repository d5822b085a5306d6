/**
 * No regular expression of ours takes more than linear time on a text that somebody made up for it: each one in the sources is found
 * through the compiler's own reading of them and given to a checker, which would show the text.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { checkSync } from 'recheck';
import ts from 'typescript';

/** Built of our own text while running. What is put in there comes from nobody outside. */
const BUILT_INSIDE = ['src/http/route-list.ts'];
const CHECK_MS_MAX = 30_000;
const TEST_MS_MAX = 300_000;

interface Found {
  place: string;
  pattern: string;
  flags: string;
}

const files = ['src', 'web', 'scripts'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|js|mjs)$/.test(name))
    .map((name) => `${folder}/${name}`),
);

function expressionsOf(file: string): Found[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const texts = new Map<string, ts.Expression>();
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer)
      texts.set(node.name.text, node.initializer);
    const place = `${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/');
      found.push({ place, pattern: node.text.slice(1, end), flags: node.text.slice(end + 1) });
    }
    const makes = (ts.isNewExpression(node) || ts.isCallExpression(node)) && node.expression.getText() === 'RegExp';
    if (makes && !BUILT_INSIDE.includes(file)) {
      const [pattern, flags] = (node.arguments ?? []).map((argument) => textOf(argument, texts));
      found.push({ place, pattern: pattern!, flags: flags ?? '' });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Of a text that is written out in the same file, in pieces or whole. */
function textOf(node: ts.Expression, texts: ReadonlyMap<string, ts.Expression>): string {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (ts.isParenthesizedExpression(node)) return textOf(node.expression, texts);
  if (ts.isBinaryExpression(node)) return textOf(node.left, texts) + textOf(node.right, texts);
  if (ts.isTemplateExpression(node))
    return node.head.text + node.templateSpans.map((span) => textOf(span.expression, texts) + span.literal.text).join('');
  const named = ts.isIdentifier(node) ? texts.get(node.text) : undefined;
  if (named === undefined)
    throw new Error(
      `${node.getSourceFile().fileName}: a pattern is made of ${node.getText()}: write it out, or add the file above`,
    );
  return textOf(named, texts);
}

function faultOf({ place, pattern, flags }: Found): string[] {
  const { status, ...more } = checkSync(pattern, flags, { timeout: CHECK_MS_MAX });
  if (status === 'safe') return [];
  const attack = 'attack' in more && more.attack ? `: ${more.attack.pattern}` : '';
  return [`${place} /${pattern}/${flags} is ${status}${attack}`];
}

describe('the regular expressions', () => {
  it(
    'of the sources are quick on any text',
    () => {
      const all = files.flatMap(expressionsOf);
      const different = new Map(all.map((found) => [`/${found.pattern}/${found.flags}`, found]));
      expect(different.size).toBeGreaterThan(100);
      expect([...different.values()].flatMap(faultOf)).toEqual([]);
    },
    TEST_MS_MAX,
  );

  it('would be found where one is slow, written as a literal or put together', () => {
    expect(faultOf({ place: 'x.ts:1', pattern: '(a+)+$', flags: '' })).toHaveLength(1);
    expect(faultOf({ place: 'x.ts:1', pattern: '\\d+$', flags: '' })).toHaveLength(1);
    expect(expressionsOf('src/adapters/binlog/statements.ts').map(({ pattern }) => pattern)).toContain(
      '^SAVEPOINT\\s+[`"]?([^`"\\s.(;]+)[`"]?',
    );
  });
});

/** The setting that says which courses are scored: `HOLDFAST_COURSES`. */
import type { Course } from '../domain.js';

type Rule = { kind: 'id'; id: number } | { kind: 'category'; id: number } | { kind: 'name'; pattern: string };

/** A course is in scope when no `exclude` rule fits it and, where there are `include` rules, one of them does. */
export interface CourseScope {
  include: readonly Rule[];
  exclude: readonly Rule[];
}

/** A setting of more rules than this is a list that belongs into a category. */
const RULES_MAX = 1_000;

/**
 * A comma-separated list; a leading `-` excludes. Empty = every course.
 *
 * | item | fits |
 * | --- | --- |
 * | `12` | the course with id 12 |
 * | `category:3` | courses directly in category 3 |
 * | `STAT*` | short names that begin with STAT, in upper or lower case; `*` any text, `?` one character |
 * | `name:2026` | the short name 2026, which alone would be an id |
 * | `-99` | leaves out course 99 |
 *
 * `STAT*,category:3,-99` = the STAT courses and those of category 3, without course 99.
 * Throws one Error that names every faulty item by its place in the list.
 */
export function parseScope(text: string): CourseScope {
  const scope: { include: Rule[]; exclude: Rule[] } = { include: [], exclude: [] };
  const items = text.trim() === '' ? [] : text.split(',');
  const faults: string[] = items.length > RULES_MAX ? [`there are more than ${RULES_MAX} items`] : [];
  for (const [i, item] of items.slice(0, RULES_MAX).entries()) {
    const trimmed = item.trim();
    const excludes = trimmed.startsWith('-');
    const rule = ruleOf(excludes ? trimmed.slice(1).trim() : trimmed);
    if (typeof rule === 'string') faults.push(`item ${i + 1} ${rule}`);
    else (excludes ? scope.exclude : scope.include).push(rule);
  }
  if (faults.length === 0) return scope;
  throw new Error(`HOLDFAST_COURSES: ${faults.join('; ')}. Write for example 12,STAT*,category:3,-99`);
}

function ruleOf(item: string): Rule | string {
  if (item === '') return 'is empty';
  if (/^\d+$/.test(item)) return idRule('id', item);
  const colon = item.indexOf(':');
  if (colon < 0) return { kind: 'name', pattern: item.toLowerCase() };
  const [word, rest] = [item.slice(0, colon).trim().toLowerCase(), item.slice(colon + 1).trim()];
  if (word === 'category') return /^\d+$/.test(rest) ? idRule('category', rest) : 'needs a number after category:';
  if (word === 'name') return rest === '' ? 'needs a short name after name:' : { kind: 'name', pattern: rest.toLowerCase() };
  return 'has an unknown word before the colon: use category: or name:';
}

function idRule(kind: 'id' | 'category', digits: string): Rule | string {
  const id = Number(digits);
  return Number.isSafeInteger(id) ? { kind, id } : 'is too large a number';
}

export function inScope({ include, exclude }: CourseScope, course: Course): boolean {
  return !exclude.some((rule) => fits(rule, course)) && (include.length === 0 || include.some((rule) => fits(rule, course)));
}

function fits(rule: Rule, course: Course): boolean {
  if (rule.kind === 'id') return rule.id === course.course_id;
  if (rule.kind === 'category') return rule.id === course.category;
  return matches(rule.pattern, course.shortname.toLowerCase());
}

/** Wildcards without a regular expression: on a mismatch go back to the last `*` and let it take one character more. */
function matches(pattern: string, text: string): boolean {
  let p = 0;
  let star = -1;
  let taken = 0;
  for (let t = 0; t < text.length; ) {
    if (pattern[p] === '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++taken;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

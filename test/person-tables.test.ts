/** The list that reports, erasure and retention work by names every table of the site's store, and dates and keys that are there. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  AGEING,
  IMPERSONAL_TABLES,
  PERSON_TABLES,
  PERSON_TEXTS,
  RETENTION,
  RETENTION_KEYS,
  STAFF_TABLES,
} from '../src/person-tables.js';
import { VIEWS_KEPT_MS } from '../src/view-ports.js';

const DAY_MS = 86_400_000;

/** Columns by table, as the steps of the schema make them. */
function tablesOf(dialect: string): Map<string, string[]> {
  const steps = readdirSync(`migrations/${dialect}`).map((file) => readFileSync(`migrations/${dialect}/${file}`, 'utf8'));
  const made = steps.flatMap((sql) => [...sql.matchAll(/^CREATE TABLE (?:IF NOT EXISTS )?(\w+) \(([\s\S]*?)^\)/gm)]);
  const tables = new Map(
    made.map(([, name, body]) => [name!, [...body!.matchAll(/^ {2}`?([a-z]\w*)/gm)].map(([, column]) => column!)]),
  );
  for (const sql of steps)
    for (const [, name, column] of sql.matchAll(/ALTER TABLE (\w+) ADD COLUMN (\w+)/g)) tables.get(name!)!.push(column!);
  return tables;
}

describe.each(['sqlite', 'mysql'])('the tables of %s', (dialect) => {
  const tables = tablesOf(dialect);
  const personal = PERSON_TABLES.map(({ name }) => name);

  it('are each listed: about a person, with persons in a text, or about nobody', () => {
    expect(tables.size).toBeGreaterThan(20);
    const listed = [...personal, ...Object.keys(PERSON_TEXTS), ...Object.keys(IMPERSONAL_TABLES)];
    expect(new Set(listed).size).toBe(listed.length);
    expect([...tables.keys()].filter((name) => !listed.includes(name))).toEqual([]);
  });

  it('name a person in a column only where the list says so', () => {
    const named = [...tables].filter(([, columns]) => columns.includes('user_id')).map(([name]) => name);
    expect(named.sort()).toEqual(personal.filter((name) => name !== 'alert_edits').sort());
  });

  it('have the columns that rows are found, dated and removed by', () => {
    for (const { name, person } of PERSON_TABLES) expect(tables.get(name)).toContain(person);
    for (const { table, column, row_key, of_courses } of Object.values(AGEING))
      expect(tables.get(table)).toEqual(expect.arrayContaining([column, ...row_key, ...(of_courses ? ['course_id'] : [])]));
    for (const { table, name, inside } of STAFF_TABLES) expect(tables.get(table)).toContain(inside ?? name);
  });
});

describe('how long rows are kept', () => {
  it('is said of each table: by a setting with a default, or in words', () => {
    for (const { name, kept, stays } of PERSON_TABLES) expect([name, kept === null ? (stays ?? '') : kept]).not.toContain('');
    for (const key of RETENTION_KEYS) expect(RETENTION[key]).toBeGreaterThanOrEqual(30);
    expect((RETENTION.views ?? 0) * DAY_MS).toBe(VIEWS_KEPT_MS);
  });

  it('stands in docs/privacy.md as it is in the code', () => {
    const text = readFileSync('docs/privacy.md', 'utf8');
    for (const key of RETENTION_KEYS) expect(text).toContain(`| \`${key}\` | ${RETENTION[key]} days |`);
  });
});

/** The inventory of what is held about people names every table that there is. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';

const inventory = /## Inventory\n([\s\S]*?)\n## /.exec(readFileSync('docs/privacy.md', 'utf8'))![1]!;
const named = inventory
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .flatMap((line) => [...line.split('|')[1]!.matchAll(/`(\w+)`/g)].map(([, name]) => name!));
const made = readdirSync('migrations', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.sql'))
  .flatMap((file) => [...readFileSync(`migrations/${file}`, 'utf8').matchAll(/^CREATE TABLE (?:IF NOT EXISTS )?(\w+)/gm)])
  .map(([, name]) => name!);

describe('docs/privacy.md', () => {
  it('names every table of every store, once, and none that is not there', () => {
    expect([...named].sort()).toEqual([...new Set([...made, 'schema_migrations'])].sort());
    expect(named.length).toBeGreaterThan(20);
  });

  it('says of each what about people, why and how long', () => {
    for (const line of inventory.split('\n').filter((each) => each.startsWith('| `')))
      for (const cell of line.split('|').slice(2, 5)) expect(cell.trim()).not.toBe('');
  });
});

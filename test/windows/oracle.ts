/**
 * What the windows engine ought to say, the slow and obvious way: all events at hand, sorted, grouped, plain objects. Shares
 * nothing with the engine but the declaration.
 */
import type { WindowRow } from '../../src/domain.js';
import type { TableDeclaration } from '../../src/windows/declaration.js';
import type { KeyPart } from '../../src/windows/keys.js';

export interface Event {
  key: KeyPart[];
  time: number;
  inputs: number[];
}

type Row = WindowRow<KeyPart>;

export function expectedRows(declaration: TableDeclaration, events: readonly Event[]): Row[] {
  const { window } = declaration;
  const groups = new Map<string, Event[]>();
  for (const event of events) {
    if (event.key.includes(null)) continue;
    if (declaration.filter !== null && !declaration.filter(Float64Array.from(event.inputs))) continue;
    const name = JSON.stringify(event.key);
    groups.set(name, [...(groups.get(name) ?? []), event]);
  }
  const rows: Row[] = [];
  for (const group of groups.values()) {
    const sorted = [...group].sort((a, b) => a.time - b.time);
    rows.push(...(window.kind === 'session' ? sessions(declaration, sorted, window.gap) : fixed(declaration, sorted, window)));
  }
  return sortRows(rows);
}

function sessions(declaration: TableDeclaration, sorted: Event[], gap: number): Row[] {
  const runs: Event[][] = [];
  for (const event of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && event.time - run.at(-1)!.time <= gap) run.push(event);
    else runs.push([event]);
  }
  return runs.map((run) => ({
    key: run[0].key,
    start: run[0].time,
    end: run.at(-1)!.time,
    values: values(declaration, run),
  }));
}

function fixed(declaration: TableDeclaration, sorted: Event[], window: { size: number; advance: number }): Row[] {
  const byStart = new Map<number, Event[]>();
  for (const event of sorted) {
    const newest = event.time - (((event.time % window.advance) + window.advance) % window.advance);
    for (let start = newest; start > event.time - window.size; start -= window.advance) {
      byStart.set(start, [...(byStart.get(start) ?? []), event]);
    }
  }
  return [...byStart].map(([start, events]) => ({
    key: events[0].key,
    start,
    end: declaration.table.end === null ? start : start + window.size,
    values: values(declaration, events),
  }));
}

function values(declaration: TableDeclaration, events: Event[]): number[] {
  return declaration.aggregates.flatMap(({ kind, field }) => {
    if (field === null) return [events.length];
    const at = declaration.fields.indexOf(field);
    const known = events.filter(({ inputs }) => !Number.isNaN(inputs[at]));
    const numbers = known.map(({ inputs }) => inputs[at]);
    if (kind === 'sum') return [numbers.reduce((total, n) => total + n, 0)];
    if (known.length === 0) return kind === 'last' ? [Number.NaN, Number.NaN] : [Number.NaN];
    if (kind === 'min') return [Math.min(...numbers)];
    if (kind === 'max') return [Math.max(...numbers)];
    const time = Math.max(...known.map((event) => event.time));
    return [Math.max(...known.filter((event) => event.time === time).map(({ inputs }) => inputs[at])), time];
  });
}

/** −0 and 0 are the same number in every store. */
export function sortRows(rows: readonly Row[]): Row[] {
  const plain = rows.map((row) => ({
    key: row.key.map(positive),
    start: positive(row.start),
    end: positive(row.end),
    values: row.values.map(positive),
  }));
  const name = (row: Row) => JSON.stringify(row.key);
  return plain.sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : a.start - b.start));
}

const positive = <T>(value: T): T => (Object.is(value, -0) ? (0 as T) : value);

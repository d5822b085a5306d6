/** The text formats: what a spreadsheet, a script and a database read back is what the table holds. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { TableInfo, TableRow } from '../../src/reading/table-infos.js';
import { csvLines, looksLikeFormula, ndjsonLines } from '../../src/reading/tables-format.js';

const RUNS = process.env.HOLDFAST_LONG === '1' ? 5_000 : 200;
const INFO: TableInfo = {
  name: 'all',
  meaning: '',
  columns: [
    { name: 'n', type: 'number', nullable: true },
    { name: 't', type: 'text', nullable: true },
    { name: 'b', type: 'boolean', nullable: true },
    { name: 'j', type: 'json', nullable: true },
    { name: 'd', type: 'day', nullable: true },
  ],
  key: ['n'],
};

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}

/** A reader of RFC 4180, by its grammar: a quoted cell keeps its quotes' content, an empty bare cell is null. */
function readCsv(text: string): (string | null)[][] {
  const rows: (string | null)[][] = [];
  let row: (string | null)[] = [];
  let at = 0;
  while (at < text.length) {
    const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\n)/y;
    cell.lastIndex = at;
    const match = cell.exec(text);
    if (!match) throw new Error(`no cell at ${at}`);
    row.push(match[1] !== undefined ? match[1].replaceAll('""', '"') : match[2] === '' ? null : (match[2] as string));
    at = cell.lastIndex;
    if (match[3] === '\n') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

const cells = fc.record({
  n: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  t: fc.option(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '=1', 'a"b', 'a,b', '\r\n', '-x', "'"))),
  b: fc.option(fc.boolean()),
  j: fc.option(fc.array(fc.record({ text: fc.string() }))),
  d: fc.option(fc.integer({ min: -1000, max: 60_000 })),
});

describe('a table as text', () => {
  it('is read back from CSV as it was written, to the last digit', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(cells, { maxLength: 20 }), async (rows) => {
        const [head, ...read] = readCsv(await textOf(csvLines(INFO, rows as TableRow[])));
        expect(head).toEqual(['n', 't', 'b', 'j', 'd']);
        expect(read).toHaveLength(rows.length);
        for (const [i, row] of rows.entries()) {
          const [n, t, b, j, d] = read[i] as (string | null)[];
          expect(n === null ? null : Number(n)).toEqual(row.n === null ? null : row.n + 0);
          expect(t).toBe(row.t);
          expect(b).toBe(row.b === null ? null : String(row.b));
          expect(j === null ? null : JSON.parse(j as string)).toEqual(row.j);
          expect(d === null ? null : Date.parse(`${d}T00:00:00Z`) / 86_400_000).toBe(row.d);
        }
      }),
      { numRuns: RUNS, seed: 20_779 },
    );
  });

  it('is read back from NDJSON as it was written, a line a row', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(cells, { maxLength: 20 }), async (rows) => {
        const text = await textOf(ndjsonLines(INFO, rows as TableRow[]));
        const read = text
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line));
        expect(read.map((r) => r.t)).toEqual(rows.map((r) => r.t));
        expect(read.map((r) => r.j)).toEqual(rows.map((r) => r.j));
        for (const row of read) expect(Object.keys(row)).toEqual(['n', 't', 'b', 'j', 'd']);
      }),
      { numRuns: RUNS, seed: 20_779 },
    );
  });

  it('with the guard starts no text cell like a formula', async () => {
    const rows = ['=1', '+1', '-1', '@x', '\tx', '\rx', 'x=1', '', null].map((t) => ({ n: -1, t, b: null, j: null, d: null }));
    const text = await textOf(csvLines(INFO, rows, { formula_guard: true }));
    const read = readCsv(text).slice(1);
    expect(read.map((r) => r[1])).toEqual(["'=1", "'+1", "'-1", "'@x", "'\tx", "'\rx", 'x=1', '', null]);
    expect(read.every((r) => r[0] === '-1')).toBe(true);
    expect(looksLikeFormula('safe')).toBe(false);
  });

  it('writes days as dates, numbers at their shortest, and nothing for what is no number', async () => {
    const rows: TableRow[] = [
      { n: 0.1 + 0.2, t: null, b: true, j: null, d: 20_779 },
      { n: Number.NaN, t: null, b: false, j: {}, d: '2026-11-22' },
    ];
    expect(await textOf(csvLines(INFO, rows))).toBe('n,t,b,j,d\n0.30000000000000004,,true,,2026-11-22\n,,false,{},2026-11-22\n');
  });

  it('flows in pieces while the rows come', async () => {
    let made = 0;
    async function* many() {
      for (; made < 10_000; made++) yield { n: made, t: 'x', b: true, j: null, d: 0 } as TableRow;
    }
    const pieces = csvLines(INFO, many());
    await pieces.next();
    await pieces.next();
    expect(made).toBeLessThan(1000);
    await pieces.return(undefined);
  });
});

/** The notebook as its user runs it: `scripts/notebook.mjs` on an export, and what its cells printed and drew. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** What the notebook reads of an export. */
export const NOTEBOOK_TABLES = [
  'user_clickstream',
  'visitors_per_min',
  'events_per_min',
  'errors_per_min',
  'enriched_error_codes_count',
  'click_user_sessions',
  'per_user_kbytes',
  'malicious_user_sessions',
  'user_ip_activity',
  'event_counts',
];

interface Cell {
  id: string;
  cell_type: 'code' | 'markdown';
  execution_count: number | null;
  outputs?: { output_type: string; name?: string; text?: string | string[]; ename?: string }[];
}

export interface NotebookResult {
  code: number | null;
  stderr: string;
  /** All code cells, in order. */
  cells: Cell[];
  /** What each cell printed, by its id. */
  printed: Record<string, string>;
  /** The pictures' file names, in order. */
  figures: string[];
  output: string;
}

/** Runs it. After a failed cell there is no result: `cells` is empty. */
export async function runNotebook(
  exported: string,
  output: string,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Promise<NotebookResult> {
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('CASSANDRA_')));
  const child = spawn(process.execPath, ['scripts/notebook.mjs', ...args, exported, output], { env: { ...own, ...env } });
  let colored = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    colored += text;
  });
  child.stdout.resume();
  const [code] = (await once(child, 'close')) as [number | null];
  const stderr = stripVTControlCharacters(colored);
  const files = code === 0 ? readdirSync(output) : [];
  const cells = code === 0 ? cellsOf(join(output, 'clickstream.ipynb')) : [];
  const printed = cells.map(({ id, outputs = [] }) => [id, outputs.map(({ text = '' }) => [text].flat().join('')).join('')]);
  return {
    code,
    stderr,
    cells,
    printed: Object.fromEntries(printed) as Record<string, string>,
    figures: files.filter((name) => name.endsWith('.png')).sort(),
    output,
  };
}

function cellsOf(path: string): Cell[] {
  const { cells } = JSON.parse(readFileSync(path, 'utf8')) as { cells: Cell[] };
  return cells.filter(({ cell_type }) => cell_type === 'code');
}

/** Outputs that say that something went wrong or will: errors, and warnings on standard error. */
export function complaints({ cells }: NotebookResult): string[] {
  return cells.flatMap(({ id, outputs = [] }) =>
    outputs
      .filter(({ output_type, name }) => output_type === 'error' || name === 'stderr')
      .map(({ ename, text = '' }) => `${id}: ${ename ?? [text].flat().join('')}`),
  );
}

/** The number behind a label: `Clicks: 8000` → 8000. */
export function numberAfter(text: string, label: string): number {
  return Number(new RegExp(`^${label}: ([\\d.]+)`, 'm').exec(text)?.[1]);
}

/** The rows of a printed table, without its head; columns are parted by two spaces or more, or by one at a number. */
export function printedRows(text: string, title: string): string[] {
  const lines = text.split('\n');
  const begin = lines.findIndex((line) => line === title || line.startsWith(`${title} (the first `));
  if (begin < 0) throw new Error(`no table ${title} in: ${text}`);
  const end = lines.indexOf('', begin);
  return lines.slice(begin + 2, end < 0 ? undefined : end).map((line) => line.trim().replaceAll(/ +/g, ' '));
}

/** Width and height of a PNG. */
export function sizeOfPng(path: string): { width: number; height: number } {
  const bytes = readFileSync(path);
  if (bytes.toString('latin1', 1, 4) !== 'PNG') throw new Error(`${path} is no PNG`);
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

/** Why the notebook cannot run here, with the line that mends it; null when it can. Its packages come from a package index, once. */
export function notebookMissing(): string | null {
  const python = process.env.HOLDFAST_TEST_PYTHON ?? 'python3';
  const check = 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))';
  const { status } = spawnSync(python, ['-c', check], { stdio: 'ignore' });
  return status === 0 ? null : `${python} is not Python 3.11 or newer with venv: apt-get install python3-venv`;
}

/**
 * One decoder in a process of its own: `child.js NAME SEED FROM COUNT`. Prints `at N` now and then, so that whoever started it sees a
 * decoder that hangs, and at its end one line of JSON with what became of all inputs.
 */
import { CHANGE_TARGETS } from './changes.js';
import { CLICK_TARGETS } from './clicks.js';
import { mutated } from './mutate.js';
import { PEOPLE_TARGETS } from './people.js';
import type { Target } from './target.js';

export interface Finding {
  number: number;
  what: string;
}

export interface Report {
  outcomes: Record<string, number>;
  /** Errors that nobody expects, and inputs that take too long; the first few. */
  findings: Finding[];
  slowest_ms: number;
  /** Live objects after a collection: after the first tenth, and at the end. */
  heap_bytes: [early: number, late: number];
  rss_bytes: number;
}

/** An input is 64 KiB at most; a tenth of this is more than any should take. */
const INPUT_MS_MAX = 1_000;
const FINDINGS_MAX = 5;
const TOLD_EVERY = 500;
const TARGETS = [...CHANGE_TARGETS, ...CLICK_TARGETS, ...PEOPLE_TARGETS];

export const targets = (): Target[] => TARGETS.map((make) => make());

export async function fuzz(target: Target, seed: number, from: number, count: number): Promise<Report> {
  const report: Report = { outcomes: {}, findings: [], slowest_ms: 0, heap_bytes: [0, 0], rss_bytes: 0 };
  const add = (number: number, what: string) =>
    void (report.findings.length < FINDINGS_MAX && report.findings.push({ number, what }));
  for (let i = 0; i < count; i++) {
    const number = from + i;
    const bytes = mutated(target.samples, seed, number);
    // Another process may have the processor meanwhile: what is slow each time is slow.
    let took_ms = Number.POSITIVE_INFINITY;
    let outcome = '';
    for (let tries = 0; tries < 3 && took_ms > INPUT_MS_MAX; tries++) {
      const before = performance.now();
      try {
        outcome = await target.take(bytes);
      } catch (error) {
        outcome = target.refusal?.(error) ?? 'threw';
        if (outcome === 'threw')
          add(number, error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 300) : String(error));
      }
      took_ms = Math.min(took_ms, performance.now() - before);
    }
    if (took_ms > INPUT_MS_MAX) add(number, `took ${Math.round(took_ms)} ms`);
    report.slowest_ms = Math.max(report.slowest_ms, took_ms);
    report.outcomes[outcome] = (report.outcomes[outcome] ?? 0) + 1;
    if (i % TOLD_EVERY === 0) {
      process.stdout.write(`at ${number}\n`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (i === Math.floor(count / 10)) report.heap_bytes[0] = live();
  }
  report.heap_bytes[1] = live();
  report.rss_bytes = process.memoryUsage().rss;
  return report;
}

function live(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

if (process.argv[1]?.endsWith('fuzz/child.js')) {
  const [name, seed, from, count] = process.argv.slice(2);
  const target = targets().find((one) => one.name === name);
  if (target === undefined) throw new Error(`no decoder ${name}`);
  process.stdout.write(`${JSON.stringify(await fuzz(target, Number(seed), Number(from), Number(count)))}\n`);
}

/**
 * Every decoder of ours takes what it is given, or refuses it with a reason it has a name for: a million inputs that began as good ones
 * and were damaged by a seed, ten million with HOLDFAST_LONG=1. Each decoder runs in a process of its own with a small heap; one that
 * hangs is found by its silence.
 *
 *     npm test -- hardening/fuzz                        a million
 *     HOLDFAST_LONG=1 npm test -- hardening/fuzz        ten million
 *     HOLDFAST_SEED=20788 npm test -- hardening/fuzz    those of another seed, to see a finding again
 */
import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { afterAll, describe, expect, it } from '@jest/globals';
import { compiled } from '../adapters/compiled.js';
import { type Report, targets } from './fuzz/child.js';
import { Random } from './fuzz/mutate.js';
import { ACCEPTED } from './fuzz/target.js';

const LONG = process.env.HOLDFAST_LONG === '1';
const INPUTS = LONG ? 10_000_000 : 1_000_000;
/** Another each night of the long run, and always the same elsewhere. */
const SEED = Number(process.env.HOLDFAST_SEED ?? (LONG ? Math.floor(Date.now() / 86_400_000) : 7));
/** Between two words of a child are 500 inputs. */
const SILENCE_MS_MAX = 60_000;
const HEAP_MB = 192;
const MEBIBYTE = 1_048_576;
/** A process of Node with its libraries takes some 150 MiB with this heap filled. */
const RSS_BYTES_MAX = 600 * MEBIBYTE;
/** Between a tenth of the inputs and all of them. */
const GROWTH_BYTES_MAX = 12 * MEBIBYTE;
const TEST_MS_MAX = LONG ? 3 * 3_600_000 : 900_000;

const all = targets();
const weights = all.reduce((sum, { weight }) => sum + weight, 0);
const child = compiled('test/hardening/fuzz/child.ts');
const running = new Set<() => void>();
afterAll(() => {
  for (const kill of running) kill();
});

function run(name: string, count: number): Promise<Report> {
  return new Promise((resolve, reject) => {
    const args = ['--expose-gc', `--max-old-space-size=${HEAP_MB}`, child, name, String(SEED), '0', String(count)];
    const process_ = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const kill = () => void process_.kill('SIGKILL');
    running.add(kill);
    let last = 'nothing';
    let errors = '';
    let rest = '';
    const silence = setTimeout(() => {
      kill();
      reject(new Error(`${name} hangs, seed ${SEED}, somewhere behind: ${last}`));
    }, SILENCE_MS_MAX);
    process_.stdout.setEncoding('utf8').on('data', (text: string) => {
      silence.refresh();
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      last = lines.at(-1) ?? last;
    });
    process_.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = `${errors}${text}`.slice(-2_000);
    });
    process_.on('close', (code, signal) => {
      clearTimeout(silence);
      running.delete(kill);
      if (code === 0) resolve(JSON.parse(last) as Report);
      else reject(new Error(`${name}, seed ${SEED}, ended with ${code ?? signal} behind ${last}:\n${errors}`));
    });
  });
}

/** No more at once than there are processors: one that waits for its turn looks like one that hangs. */
async function runAll(): Promise<Map<string, Report | Error>> {
  const waiting = [...all];
  const reports = new Map<string, Report | Error>();
  const worker = async () => {
    for (let target = waiting.shift(); target; target = waiting.shift()) {
      const count = Math.ceil((INPUTS * target.weight) / weights);
      reports.set(target.name, await run(target.name, count).catch((error: Error) => error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker));
  return reports;
}

describe('malformed input', () => {
  it(
    `of ${INPUTS.toLocaleString('en')} kinds is taken or refused with a reason by every decoder: no crash, no hang, no growth`,
    async () => {
      const reports = await runAll();
      const faults: string[] = [];
      let inputs = 0;
      for (const [name, report] of reports) {
        if (report instanceof Error) {
          faults.push(report.message);
          continue;
        }
        const { outcomes, findings, heap_bytes, rss_bytes } = report;
        inputs += Object.values(outcomes).reduce((sum, n) => sum + n, 0);
        for (const { number, what } of findings) faults.push(`${name}, seed ${SEED}, input ${number}: ${what}`);
        if (heap_bytes[1] - heap_bytes[0] > GROWTH_BYTES_MAX) faults.push(`${name} grew: ${heap_bytes.join(' to ')} bytes`);
        if (rss_bytes > RSS_BYTES_MAX) faults.push(`${name} took ${rss_bytes} bytes`);
        // One that takes nothing, or everything, is not tested by this.
        if (!outcomes[ACCEPTED] || Object.keys(outcomes).length < 2) faults.push(`${name}: ${JSON.stringify(outcomes)}`);
        if (Object.keys(outcomes).length > 20)
          faults.push(`${name} has reasons without number: ${Object.keys(outcomes).slice(0, 30)}`);
      }
      expect(faults).toEqual([]);
      expect(inputs).toBeGreaterThanOrEqual(INPUTS);
    },
    TEST_MS_MAX,
  );

  it('is the same for the same seed', () => {
    const drawn = (seed: number) =>
      Array.from(
        { length: 5 },
        (
          (random) => () =>
            random.below(1_000)
        )(new Random(seed)),
      );
    expect(drawn(1)).toEqual(drawn(1));
    expect(drawn(1)).not.toEqual(drawn(2));
  });
});

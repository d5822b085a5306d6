/**
 * The replay of a long file stays under 512 MB, whatever its length: a hundred thousand lines, a million with HOLDFAST_LONG=1. What Linux says
 * that the process has ever held is what counts, not what the heap says of itself.
 */
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { logLines } from '../../bench/log-lines.js';
import { buildInto, holdfast } from '../journey/built.js';
import { TempFolder } from '../journey/site.js';

const LONG = process.env.HOLDFAST_LONG === '1';
const LINES = LONG ? 1_000_000 : 100_000;
const KIB_MAX = 512_000_000 / 1024;
const LOOK_MS = 100;
const TEST_MS_MAX = LONG ? 1_800_000 : 300_000;

const temp = new TempFolder();

/** The most that it has held in memory, in KiB; null once it is gone. */
function highWater(pid: number | undefined): number | null {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) || null;
  } catch {
    return null;
  }
}

describe('a replay', () => {
  beforeAll(async () => {
    const out = createWriteStream(temp.file('long.ndjson'));
    for (const { line } of logLines(LINES)) if (!out.write(`${line}\n`)) await once(out, 'drain');
    out.end();
    await once(out, 'finish');
  }, TEST_MS_MAX);
  afterAll(() => temp.remove());

  it(
    `of ${LINES.toLocaleString('en')} lines holds less than 512 MB at any time`,
    async () => {
      let most = 0;
      let timer: NodeJS.Timeout | undefined;
      const ran = await holdfast(buildInto(temp.file('program')), ['replay', temp.file('long.ndjson'), '--quiet'], {
        env: { HOLDFAST_STORE: `sqlite:${temp.file('store.db')}` },
        started: ({ pid }) => {
          timer = setInterval(() => {
            most = Math.max(most, highWater(pid) ?? 0);
          }, LOOK_MS);
        },
      });
      clearInterval(timer);
      expect(ran).toMatchObject({ code: 0, stderr: '' });
      expect(most).toBeGreaterThan(50_000);
      expect(most).toBeLessThan(KIB_MAX);
    },
    TEST_MS_MAX,
  );
});

/** Generated records leave at their time; what should have left long ago leaves at once, and not one by one. */
import { describe, expect, it } from '@jest/globals';
import { sendAll, type Waiting } from '../../src/app/generate/sending.js';

const never = new AbortController().signal;
const records = (count: number, every_ms: number, start_ms: number) =>
  Array.from({ length: count }, (_, i) => ({ time_ms: start_ms + i * every_ms, text: String(i) }));

/** What was sent, parcel by parcel. */
async function parcelsOf(list: ReturnType<typeof records>, live: boolean, waiting?: Waiting): Promise<string[][]> {
  const parcels: string[][] = [];
  const output = { live, send: async (texts: readonly string[]) => void parcels.push([...texts]) };
  expect(await sendAll(list, output, never, waiting)).toBe(list.length);
  expect(parcels.flat()).toEqual(list.map(({ text }) => text));
  return parcels;
}

describe('generated records', () => {
  it('that are overdue leave in parcels as large as they may be', async () => {
    const parcels = await parcelsOf(records(2_500, 50, 0), true);
    expect(parcels.map(({ length }) => length)).toEqual([1_000, 1_000, 500]);
  });

  it('that are due soon wait, and go a tenth of a second at a time', async () => {
    let now_ms = 0;
    const waiting = {
      now_ms: () => now_ms,
      sleep: async (ms: number) => {
        now_ms += ms;
      },
    };
    const parcels = await parcelsOf(records(8, 50, 50), true, waiting);
    expect(now_ms).toBe(400);
    expect(parcels.map(({ length }) => length)).toEqual([2, 2, 2, 2]);
  });

  it('that are sent to a file wait for nobody', async () => {
    const parcels = await parcelsOf(records(1_500, 50, Date.now() + 1e9), false);
    expect(parcels.map(({ length }) => length)).toEqual([1_000, 500]);
  });

  it('that are stopped are sent as far as they were due, and counted', async () => {
    const abort = new AbortController();
    const sent: string[] = [];
    const output = { live: true, send: async (texts: readonly string[]) => void sent.push(...texts) };
    setTimeout(() => abort.abort(), 20);
    const list = [...records(3, 1, 0), ...records(1, 1, Date.now() + 60_000)];
    expect(await sendAll(list, output, abort.signal)).toBe(3);
    expect(sent).toEqual(['0', '1', '2']);
  });
});

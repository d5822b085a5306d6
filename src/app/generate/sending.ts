/** Generated records leave at their time, in small parcels, until there are no more or somebody stops it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Generated } from '../../clickstream/generate/pace.js';
import type { Output } from './outputs.js';

/** What is due within so many ms goes together; what is overdue, as far as it goes. */
const TOGETHER_MS = 100;
/** And at most so many: a request of some 300 KB. */
const TOGETHER_MAX = 1_000;

/** The time of day, in ms, and waiting for it. Ends at once when it is stopped. */
export interface Waiting {
  now_ms(): number;
  sleep(ms: number, signal: AbortSignal): Promise<unknown>;
}
const WAITING: Waiting = {
  now_ms: Date.now,
  sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};

/** Resolves with how many were sent. */
export async function sendAll(
  records: Iterable<Generated>,
  output: Pick<Output, 'live' | 'send'>,
  signal: AbortSignal,
  waiting = WAITING,
): Promise<number> {
  let sent = 0;
  let parcel: Generated[] = [];
  const send = async () => {
    await output.send(parcel.map(({ text }) => text));
    sent += parcel.length;
    parcel = [];
  };
  for (const record of records) {
    if (signal.aborted) break;
    if (parcel.length === TOGETHER_MAX) await send();
    const first = parcel[0];
    const early_ms = output.live ? record.time_ms - waiting.now_ms() : 0;
    if (early_ms > 0) {
      if (first && (early_ms >= TOGETHER_MS || record.time_ms - first.time_ms >= TOGETHER_MS)) await send();
      await waiting.sleep(early_ms, signal);
      if (signal.aborted) break;
    }
    parcel.push(record);
  }
  if (parcel.length > 0) await send();
  return sent;
}

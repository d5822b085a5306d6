/** Asks a service for its figures at an interval, and shows what came of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Readings } from './between.js';
import type { Display } from './display.js';
import { NoFigures, type ServiceAddress } from './service-address.js';
import { type Snapshot, snapshotOf } from './snapshot.js';

/** Until `signal` aborts. A service that is away is asked again. */
export async function watch(service: ServiceAddress, display: Display, interval_ms: number, signal: AbortSignal): Promise<void> {
  const readings = new Readings();
  while (!signal.aborted) {
    try {
      display.show(snapshotOf(readings.add(await service.read(signal))));
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof NoFigures)) throw error;
      display.away(error.message);
    }
    await sleep(interval_ms, undefined, { signal }).catch(() => undefined);
  }
}

/** Two readings with the interval between them, so that there are rates. Throws `NoFigures`. */
export async function lookOnce(service: ServiceAddress, interval_ms: number, signal: AbortSignal): Promise<Snapshot> {
  const readings = new Readings();
  readings.add(await service.read(signal));
  await sleep(interval_ms, undefined, { signal });
  return snapshotOf(readings.add(await service.read(signal)));
}

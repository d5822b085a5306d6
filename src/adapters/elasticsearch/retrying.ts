/** Trying again, with growing pauses and within bounds. */
import { setTimeout as sleep } from 'node:timers/promises';
import { SinkUnavailable } from '../../ports.js';
import { type Fault, faultOf } from './connect.js';

/** A restarted node is back, and a full queue empty, in less; a longer failure is the publisher's to wait out. */
export const RETRY_MS_MAX = 15_000;
const PAUSE_MS_MIN = 200;
const PAUSE_MS_MAX = 3_000;

export class Retrying {
  readonly #until_ms: number;
  #pause_ms = PAUSE_MS_MIN;

  constructor(
    /** Address for messages. */
    private readonly where: string,
    retry_ms_max = RETRY_MS_MAX,
  ) {
    this.#until_ms = performance.now() + retry_ms_max;
  }

  /** The answer of a request, asked again while that may help. `wrong` is thrown as it is. */
  async ask<T>(request: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await request();
      } catch (error) {
        const fault = faultOf(error);
        if (fault.kind === 'wrong') throw error;
        await this.pause(fault);
      }
    }
  }

  /** Waits before the next try; throws `SinkUnavailable` where there is none. */
  async pause(fault: Fault): Promise<void> {
    if (fault.kind !== 'again' || performance.now() + this.#pause_ms > this.#until_ms)
      throw new SinkUnavailable(`Elasticsearch at ${this.where}: ${fault.what}. ${fault.hint}`);
    await sleep(this.#pause_ms);
    this.#pause_ms = Math.min(2 * this.#pause_ms, PAUSE_MS_MAX);
  }
}

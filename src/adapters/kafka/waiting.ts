/** Waiting, with an end. */

/** Resolves after `ms`, or when `signal` aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

/** Resolves when `work` is over, well or not, and after `ms` at the latest: for goodbyes that nobody depends on. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}

/** Calls `beat` every `ms` until stopped; `lost` aborts when it fails, and `error` keeps why. */
export class Heart {
  readonly lost = new AbortController();
  error: unknown = null;
  private readonly timer: NodeJS.Timeout;

  constructor(beat: () => Promise<void>, ms: number) {
    this.timer = setInterval(() => {
      beat().catch((error: unknown) => {
        this.error ??= error;
        this.lost.abort();
      });
    }, ms);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}

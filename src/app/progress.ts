/** A bar for long work, on a terminal; elsewhere nothing. */
import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

/** Bars redraw at most this often a second: they are for people. */
const DRAWN_PER_SECOND = 5;

export function progressBar(quiet: boolean, what: string): Progress {
  if (quiet || !process.stderr.isTTY) return { update: () => undefined, stop: () => undefined };
  const format = `${what.split('/').at(-1)} {bar} {percentage}% | {eta_formatted} left`;
  const bar = new SingleBar(
    { format, fps: DRAWN_PER_SECOND, stream: process.stderr, clearOnComplete: true, hideCursor: true },
    Presets.shades_grey,
  );
  let started = false;
  return {
    update(done, total) {
      if (!started) bar.start(total, done);
      else bar.update(done);
      started = true;
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

/**
 * Loaded before the program: its clock and its timers run SOAK_FACTOR times as fast since SOAK_BEGUN_MS of this machine's time, when the
 * program's clock stood at SOAK_START_MS. Asked by a message, it collects its garbage and says what it holds.
 *
 *     node --expose-gc --import ./compressed-time.mjs dist/cli.js serve
 */
import { readdirSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const { SOAK_FACTOR, SOAK_BEGUN_MS, SOAK_START_MS } = process.env;
const factor = Number(SOAK_FACTOR);
/** A connection needs its time whatever the clock says: no wait that long is made shorter than this. */
const WAIT_MS_MIN = 2_000;

const clock = Date.now;
const now = () => Math.floor(Number(SOAK_START_MS) + (clock() - Number(SOAK_BEGUN_MS)) * factor);
Date.now = now;
// What the clock is held against. What a lease is measured by passes as ever: its store lives in this machine's time.
const passed = process.hrtime.bigint;
process.hrtime.bigint = () => passed() * BigInt(factor);
globalThis.Date = new Proxy(Date, {
  construct: (date, args, self) => Reflect.construct(date, args.length === 0 ? [now()] : args, self),
  apply: (date) => new date(now()).toString(),
});

const shorter = (ms) => (ms > WAIT_MS_MIN ? Math.max(ms / factor, WAIT_MS_MIN) : ms);
const require = createRequire(import.meta.url);
const timers = require('node:timers');
const promised = require('node:timers/promises');
for (const name of ['setTimeout', 'setInterval']) {
  const timer = timers[name];
  const hurried = (run, ms, ...args) => timer(run, shorter(ms), ...args);
  globalThis[name] = timers[name] = Object.defineProperties(hurried, Object.getOwnPropertyDescriptors(timer));
}
const sleep = promised.setTimeout;
promised.setTimeout = (ms, ...rest) => sleep(shorter(ms), ...rest);
syncBuiltinESMExports();

process.on('message', () => {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed: heap, arrayBuffers: buffers, rss } = process.memoryUsage();
  const waiting = process.getActiveResourcesInfo().length;
  process.send({ now_ms: now(), heap, buffers, rss, waiting, files: readdirSync('/proc/self/fd').length });
});
process.channel?.unref();

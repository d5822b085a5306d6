/** `top`: a running service's figures, on the terminal again and again. */
import type { ReadStream } from 'node:tty';
import { Command } from 'commander';
import { type Config, type Env, environment } from '../../config.js';
import { type Display, LiveDisplay, PlainDisplay, textOf } from '../top/display.js';
import { Screen } from '../top/screen.js';
import { ServiceAddress } from '../top/service-address.js';
import type { Snapshot } from '../top/snapshot.js';
import { lookOnce, watch } from '../top/watch.js';
import { keyOf, print, settingOf, UsageError } from './context.js';

interface TopOptions {
  url?: string;
  interval: number;
  once?: boolean;
  json?: boolean;
}

/** Fast enough to follow, and no load for anybody. */
const INTERVAL_S = 2;
const INTERVAL_S_MIN = 0.2;
const INTERVAL_S_MAX = 3_600;
const CTRL_C = '\u0003';

export function topCommand(): Command {
  return new Command('top')
    .description('watch a running service: sources, rates, commits, windows, sinks, clicks; q or Ctrl+C ends it')
    .option('--url <address>', 'where it is (else HOLDFAST_LISTEN, else http://127.0.0.1:3000)')
    .option('--interval <seconds>', 'between two readings', parseInterval, INTERVAL_S)
    .option('--once', 'read twice, say it once as text, and end')
    .option('--json', 'as JSON on standard output, a line for each reading')
    .action(top);
}

async function top(options: TopOptions): Promise<void> {
  const env = environment();
  const service = serviceOf(options.url, env);
  const abort = new AbortController();
  const interval_ms = options.interval * 1000;
  const written = (snapshot: Snapshot) => (options.json ? JSON.stringify(snapshot) : textOf(snapshot, service.name));
  if (options.once) return print(`${written(await lookOnce(service, interval_ms, abort.signal)).trimEnd()}\n`);
  const stop = () => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const { stdout, stderr } = process;
    const show = (display: Display) => watch(service, display, interval_ms, abort.signal);
    if (stdout.isTTY && env.TERM !== 'dumb' && !options.json) await onTerminal(service, show, stop);
    else await show(new PlainDisplay(stdout, stderr, written));
  } finally {
    process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
  }
}

async function onTerminal(service: ServiceAddress, show: (display: Display) => Promise<void>, stop: () => void): Promise<void> {
  const screen = new Screen(process.stdout);
  const display = new LiveDisplay(screen, service.name);
  const redraw = () => display.draw();
  const deaf = listenForKeys(process.stdin, stop);
  process.stdout.on('resize', redraw);
  screen.open();
  try {
    await show(display);
  } finally {
    process.stdout.off('resize', redraw);
    screen.close();
    deaf();
  }
}

/** Keys are heard one by one, and not written into the picture. Gives back what ends it. */
function listenForKeys(keyboard: ReadStream, stop: () => void): () => void {
  if (!keyboard.isTTY) return () => undefined;
  const hear = (keys: Buffer) => {
    if (keys.includes(CTRL_C) || keys.includes('q')) stop();
  };
  keyboard.setRawMode(true).resume().on('data', hear);
  return () => void keyboard.off('data', hear).setRawMode(false).pause();
}

function serviceOf(url: string | undefined, env: Env): ServiceAddress {
  const key = keyOf(env);
  if (url === undefined) {
    const { host, port } = settingOf('HOLDFAST_LISTEN', env) as Config['listen'];
    if (port === 0)
      throw new UsageError('HOLDFAST_LISTEN takes any free port: say with --url what the service said when it started.');
    return new ServiceAddress(`http://${host.includes(':') ? `[${host}]` : host}:${port}`, key);
  }
  try {
    return new ServiceAddress(url, key);
  } catch {
    throw new UsageError('--url is the address of a service, such as http://127.0.0.1:3000');
  }
}

function parseInterval(text: string): number {
  const seconds = /^\d{1,4}(\.\d{1,3})?$/.test(text) ? Number(text) : 0;
  if (seconds < INTERVAL_S_MIN || seconds > INTERVAL_S_MAX)
    throw new UsageError(`--interval is seconds, from ${INTERVAL_S_MIN} to ${INTERVAL_S_MAX}`);
  return seconds;
}

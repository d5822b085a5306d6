/** `generate`: made-up clicks, users, codes and product events, as the public demos make them. */
import { readFileSync } from 'node:fs';
import { Argument, Command } from 'commander';
import { GENERATORS, type GeneratedKind } from '../../clickstream/generate/generators.js';
import { type Generated, type PaceOptions, SESSIONIZE, type Sessionize } from '../../clickstream/generate/pace.js';
import { linesOf, RANDOM_LINES_COUNT, RANDOM_LINES_PER_S, randomLines } from '../../clickstream/generate/random-lines.js';
import { type OutputOptions, outputOf } from '../generate/outputs.js';
import { sendAll } from '../generate/sending.js';
import { parseInteger, parseTime, say, UsageError } from './context.js';

interface GenerateOptions extends OutputOptions {
  rate?: number;
  count?: number;
  seed: number;
  start?: number;
  sessionize?: Sessionize | true;
  lines?: string;
  quiet?: boolean;
}

export function generateCommand(): Command {
  return new Command('generate')
    .description('make up clicks, users, codes, udp records or product events; the same seed gives the same')
    .addArgument(new Argument('<kind>', 'what').choices(Object.keys(GENERATORS)))
    .option('--rate <n>', 'records a second', parseRate)
    .option('--count <n>', 'how many; without it until it is stopped, where the kind has no end', parseInteger)
    .option('--seed <n>', 'where randomness begins', parseInteger, 1)
    .option(
      '--start <time>',
      'time of the first record (ISO 8601 with zone); by default now, and into a file: so that the last is now',
      parseTime,
    )
    .option(
      '--sessionize [on/off]',
      `seconds of clicks and of silence, again and again (${SESSIONIZE.on_s}/${SESSIONIZE.off_s})`,
      parseSessionize,
    )
    .option('--lines <file>', 'udp: random lines of this file instead')
    .option('--udp <address>', 'send datagrams to HOST:PORT')
    .option('--http <address>', 'send to a running service, such as http://127.0.0.1:3000')
    .option('--kafka <brokers>', 'send to the topic of its kind at HOST:PORT')
    .option('--quiet', 'say nothing but results and errors')
    .action(generate);
}

async function generate(kind: GeneratedKind, options: GenerateOptions): Promise<void> {
  const output = await outputOf(kind, options);
  const abort = new AbortController();
  const stop = () => abort.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  say(options, `Sending to ${output.name}${options.count === undefined ? '; Ctrl+C ends it' : ''}.`);
  try {
    const sent = await sendAll(recordsOf(kind, options, output.live), output, abort.signal);
    say(options, `${sent} records sent.`);
  } finally {
    process.removeListener('SIGINT', stop).removeListener('SIGTERM', stop);
    await output.close();
  }
}

function recordsOf(kind: GeneratedKind, options: GenerateOptions, live: boolean): Iterable<Generated> {
  const { seed, lines } = options;
  const sessionize = options.sessionize === true ? SESSIONIZE : options.sessionize;
  if (lines !== undefined) {
    if (kind !== 'udp') throw new UsageError('--lines goes with udp.');
    const pace = {
      start_ms: options.start ?? Date.now(),
      rate_per_s: options.rate ?? RANDOM_LINES_PER_S,
      count: options.count ?? RANDOM_LINES_COUNT,
    };
    return randomLines(seed, linesOf(readFileSync(lines, 'utf8')), { ...pace, sessionize });
  }
  const { generate: make, rate_per_s, count } = GENERATORS[kind];
  const pace = { rate_per_s: options.rate ?? rate_per_s, count: options.count ?? count ?? undefined, sessionize };
  return make(seed, { ...pace, start_ms: options.start ?? startOf(pace, live) });
}

/** Into a file records come at once: the last of them then happens now, and none in the future. */
function startOf({ rate_per_s, count, sessionize }: Omit<PaceOptions, 'start_ms'>, live: boolean): number {
  if (live || count === undefined) return Date.now();
  const active_ms = (count / rate_per_s) * 1000;
  const pauses = sessionize === undefined ? 0 : Math.floor(active_ms / (sessionize.on_s * 1000)) * sessionize.off_s * 1000;
  return Date.now() - Math.ceil(active_ms + pauses);
}

function parseRate(text: string): number {
  const rate = /^\d{0,15}\.?\d{1,15}$/.test(text) ? Number(text) : 0;
  if (rate <= 0) throw new UsageError('--rate is a number above 0');
  return rate;
}

/** `90/35`; alone: as the public demo's script has it. */
function parseSessionize(text: string): Sessionize {
  const [, on, off] = /^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? [];
  if (on === undefined || Number(on) === 0) throw new UsageError('--sessionize is seconds on and off, such as 90/35');
  return { on_s: Number(on), off_s: Number(off) };
}

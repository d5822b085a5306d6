/** Where generated records go: standard output, UDP, HTTP, Kafka. */
import { UdpSender } from '../../adapters/udp/udp-sender.js';
import type { GeneratedKind } from '../../clickstream/generate/generators.js';
import { keyOf, print, UsageError } from '../commands/context.js';

export interface Output {
  /** For people. */
  readonly name: string;
  /** Records leave at their time; false for a file, which has them at once. */
  readonly live: boolean;
  send(texts: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export interface OutputOptions {
  udp?: string;
  http?: string;
  kafka?: string;
}

/** Where the interface takes each kind. */
const ROUTES: Record<GeneratedKind, string> = {
  clicks: 'clicks',
  udp: 'clicks',
  events: 'events',
  users: 'users',
  codes: 'codes',
};
/** The topics' names are the original systems'. */
const TOPICS: Record<GeneratedKind, string> = {
  clicks: 'clickstream',
  udp: 'clickstream',
  events: 'event-topic',
  users: 'clickstream_users',
  codes: 'clickstream_codes',
};
/** A service that counts answers in milliseconds; one that does not answer for this long is away. */
const ANSWER_MS_MAX = 30_000;

export async function outputOf(kind: GeneratedKind, { udp, http, kafka }: OutputOptions): Promise<Output> {
  if ([udp, http, kafka].filter(Boolean).length > 1) throw new UsageError('Choose one of --udp, --http and --kafka.');
  if (udp) return toUdp(udp);
  if (http) return toHttp(http, ROUTES[kind], keyOf());
  if (kafka) return toKafka(kafka, TOPICS[kind]);
  return {
    name: 'standard output',
    live: false,
    send: (texts) => print(`${texts.join('\n')}\n`),
    close: () => Promise.resolve(),
  };
}

function toUdp(address: string): Output {
  const [, host = '', port = ''] = /^\[?([0-9a-zA-Z.:-]+?)\]?:(\d{1,5})$/.exec(address) ?? [];
  if (host === '' || Number(port) > 65_535) throw new UsageError('--udp is HOST:PORT, such as 127.0.0.1:10514');
  const sender = new UdpSender(host, Number(port));
  return { name: `udp ${address}`, live: true, send: (texts) => sender.send(texts), close: () => sender.close() };
}

function toHttp(address: string, route: string, key: string | null): Output {
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    throw new UsageError('--http is the address of the service, such as http://127.0.0.1:3000');
  const url = new URL(`/api/v1/${route}`, address);
  const send = async (texts: readonly string[]) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson', ...(key === null ? {} : { authorization: `Bearer ${key}` }) },
      body: texts.join('\n'),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    }).catch((error: Error) => {
      const cause = (error.cause as Error | undefined)?.message ?? error.message;
      throw new Error(`${url.origin} does not answer (${cause}). Does \`npm start\` run there?`);
    });
    if (answer.status === 401 || answer.status === 403)
      throw new Error(
        `${url.origin} takes records of a key with the scope clicks:write: set HOLDFAST_KEY_FILE to a file that holds one.`,
      );
    if (answer.status !== 202) throw new Error(`${url.href} answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`);
    await answer.body?.cancel();
  };
  return { name: url.href, live: true, send, close: () => Promise.resolve() };
}

/** Loaded when it is needed: a Kafka client takes longer to load than the rest. */
async function toKafka(brokers: string, topic: string): Promise<Output> {
  const { ClickForwarder } = await import('../../adapters/kafka/click-forwarder.js');
  const forwarder = await ClickForwarder.open(brokers);
  return {
    name: `topic ${topic} at ${brokers.replace(/^[^@]*@/, '')}`,
    live: true,
    send: (texts) => forwarder.send(topic, texts),
    close: () => forwarder.close(),
  };
}

/** A kafkajs client as everything here uses it: bounded retries, and a log that says a thing once. */
import kafkajs, { type Kafka, type LogEntry, type RetryOptions } from 'kafkajs';
import type { KafkaAddress } from './address.js';
import { registerCodecs } from './codecs.js';

/**
 * A broker that restarts is back within seconds, so attempts come often. They end after about a minute: then the caller begins
 * anew with a fresh connection, and a shutdown never has to wait for an endless loop.
 */
export const RETRY: RetryOptions = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 60 };
/** For whoever counts the time himself. */
export const ONCE: RetryOptions = { retries: 0 };
/** A connection to a broker on another continent takes one second. */
const CONNECT_MS_MAX = 5_000;
/** The same trouble is told again after this long. */
const TOLD_AGAIN_MS = 60_000;
/** Different troubles remembered; a broker has a dozen. */
const TOLD_MAX = 100;

export function makeClient(address: KafkaAddress, client_id: string, log: (message: string) => void, retry = RETRY): Kafka {
  registerCodecs();
  const told = onceAMinute(log);
  return new kafkajs.Kafka({
    brokers: address.brokers,
    clientId: client_id,
    ssl: address.ssl === false ? false : { ...address.ssl },
    ...(address.sasl === null ? {} : { sasl: address.sasl }),
    connectionTimeout: CONNECT_MS_MAX,
    retry,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => (entry) => {
      const message = worthTelling(entry);
      if (message !== null) told(message);
    },
  });
}

/** What belongs to a group's everyday life, and what is told elsewhere in better words. */
const EVERYDAY = /rebalanc|not aware of this member|Crash:|Restarting the consumer|not aware of all assigned|has been updated/i;

function worthTelling({ namespace, log }: LogEntry): string | null {
  const error = typeof log.error === 'string' ? log.error : '';
  if (EVERYDAY.test(`${log.message} ${error}`)) return null;
  return `${namespace}: ${log.message}${error === '' || log.message.includes(error) ? '' : `: ${error}`}`;
}

/** kafkajs repeats itself with every attempt. */
export function onceAMinute(
  log: (message: string) => void,
  now: () => number = () => performance.now(),
): (message: string) => void {
  const told = new Map<string, number>();
  return (message) => {
    const time = now();
    const last = told.get(message);
    if (last !== undefined && time - last < TOLD_AGAIN_MS) return;
    if (told.size >= TOLD_MAX) told.clear();
    told.set(message, time);
    log(message);
  };
}

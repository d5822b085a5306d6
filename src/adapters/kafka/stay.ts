/**
 * A process's stay with the brokers: they are reached, topics are waited for, and one session follows another until the end. The
 * same for all that is read from Kafka.
 */
import type { Admin, Kafka } from 'kafkajs';
import type { KafkaAddress } from './address.js';
import { makeClient, ONCE, onceAMinute } from './client.js';
import { refusal, unreachable } from './faults.js';
import type { KafkaLimits } from './options.js';
import { Outgoing } from './outgoing.js';
import { type Behind, Session, type SessionParts } from './session.js';
import { atMost, pause } from './waiting.js';

/** Between two looks for the first topic: a new connector is not kept waiting. */
const FIRST_TOPIC_MS = 5_000;
/** Between two sessions when the group was lost. */
const AGAIN_MS = 1_000;
/** Between two attempts to reach the brokers at the start. */
const REACH_MS = 500;
const GOODBYE_MS_MAX = 5_000;

export interface StayOptions<Read> {
  /** For people. */
  name: string;
  address: KafkaAddress;
  /** Of the consumers, and the client's name. */
  group: string;
  limits: KafkaLimits;
  log: (message: string) => void;
  /** The topics that there are now, in the order of their precedence. */
  topics: (admin: Admin) => Promise<string[]>;
  /** The same, and makes what is missing and is ours to make. null = too few to begin with, which was told. */
  firstTopics: (admin: Admin, told: (message: string) => void) => Promise<string[] | null>;
  parts: (outgoing: Outgoing, told: (message: string) => void) => ReadingParts<Read>;
}

/** What differs between those who read. */
export type ReadingParts<Read> = Pick<SessionParts<Read>, 'registry' | 'lanes' | 'handle' | 'reader' | 'on_gap' | 'first'>;

export class Stay<Read> {
  private session: Session<Read> | null = null;
  private readonly told: (message: string) => void;

  constructor(private readonly options: StayOptions<Read>) {
    this.told = onceAMinute(options.log);
  }

  /** Messages that wait for the lanes of this process. */
  get backlog(): number {
    return this.session?.backlog ?? 0;
  }

  /** The same by partition. */
  get behind(): Behind[] {
    return this.session?.behind ?? [];
  }

  /** Resolves after the batches in hand once `signal` aborts. Rejects with what the operator has to mend. */
  async run(signal: AbortSignal): Promise<void> {
    const { address, group, name } = this.options;
    await this.reach(
      makeClient(address, group, () => undefined, ONCE),
      signal,
    );
    if (signal.aborted) return;
    const kafka = makeClient(address, group, this.told);
    const admin = kafka.admin();
    const outgoing = new Outgoing(kafka, admin, name);
    try {
      await admin.connect();
      await outgoing.connect();
      await this.sessions(kafka, admin, outgoing, signal);
    } catch (error) {
      throw refusal(name, error) ?? error;
    } finally {
      await atMost(GOODBYE_MS_MAX, Promise.allSettled([outgoing.disconnect(), admin.disconnect()]));
    }
  }

  private async sessions(kafka: Kafka, admin: Admin, outgoing: Outgoing, signal: AbortSignal): Promise<void> {
    const { name, group, limits, log } = this.options;
    const topics = () => this.options.topics(admin);
    const parts = { name, group, kafka, limits, topics, log, ...this.options.parts(outgoing, this.told) };
    while (!signal.aborted) {
      const some = await this.someTopics(admin, signal);
      if (some === null) return;
      this.session = new Session(parts, some);
      const outcome = await this.session.run(signal);
      this.session = null;
      if (outcome === 'topics') log('there are other topics now: joining the group with these');
      if (outcome === 'lost') await pause(AGAIN_MS, signal);
    }
  }

  /** Waits for the first topic; null on abort. */
  private async someTopics(admin: Admin, signal: AbortSignal): Promise<string[] | null> {
    const { name, limits } = this.options;
    while (!signal.aborted) {
      try {
        const topics = await this.options.firstTopics(admin, this.told);
        if (topics !== null) return topics;
      } catch (error) {
        const refused = refusal(name, error);
        if (refused !== null) throw refused;
        this.told(`no answer to the list of topics: ${(error as Error).message}; asking again`);
      }
      await pause(Math.min(FIRST_TOPIC_MS, limits.topics_ms), signal);
    }
    return null;
  }

  /** Returns once a broker has answered, or on abort. */
  private async reach(kafka: Kafka, signal: AbortSignal): Promise<void> {
    const { name, address, limits } = this.options;
    const begun = performance.now();
    while (!signal.aborted) {
      const admin = kafka.admin();
      try {
        await admin.connect();
        await admin.listTopics();
        return;
      } catch (error) {
        const refused = refusal(name, error);
        if (refused !== null) throw refused;
        const waited_ms = performance.now() - begun;
        if (waited_ms + REACH_MS >= limits.start_ms) throw unreachable(address.brokers.join(','), error, waited_ms);
      } finally {
        await atMost(GOODBYE_MS_MAX, admin.disconnect());
      }
      await pause(REACH_MS, signal);
    }
  }
}

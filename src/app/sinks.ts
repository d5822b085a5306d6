/** Who hears of what is committed: the sinks that are configured, and a publisher for each. */

import type { ToldMemory } from '../adapters/webhook/webhook-sink.js';
import type { Config } from '../config.js';
import { messageOf, TOPICS } from '../indexing/cloud-events.js';
import { documentOf, indexSpecs } from '../indexing/documents.js';
import { OUTSIDE_NAMES } from '../indexing/names.js';
import type { Pipeline } from '../pipeline/pipeline.js';
import { Publications } from '../pipeline/publications.js';
import { Publisher } from '../pipeline/publisher.js';
import { PUBLISHED_TABLES, type Sink, type Store } from '../ports.js';
import type { Standings } from '../reading/standings.js';
import { TABLES } from '../reading/table-infos.js';
import type { Calendar } from '../windows/calendar.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import { type Leaving, leavingIds, UNCHANGED } from './outside-ids.js';
import { StateKeeper } from './sink-states.js';

/** A sink that is away has no rounds, and one that another process tells has none here: what waits for it is looked up this often. */
const BACKLOG_LOOK_MS = 5_000;

/** The site whose rows are told. */
interface Told {
  store: Store;
  pipeline: Pipeline;
  calendar: Calendar;
}

/** Names of the configured sinks, as the store's outbox knows them. */
export function sinkNames({ elasticsearch, kafka_topics, webhook }: Config): string[] {
  return [...(elasticsearch ? ['elasticsearch'] : []), ...(kafka_topics ? ['kafka'] : []), ...(webhook ? ['webhook'] : [])];
}

/** Those that hold rows and can be told them all again. A notice cannot be taken back: nobody hears of an old alert twice. */
export function rebuiltSinkNames(config: Config): string[] {
  return sinkNames(config).filter((name) => name !== 'webhook');
}

/** Where the webhook remembers which open alerts it has told. */
const WEBHOOK_TOLD = 'webhook:told';

function toldMemory(store: Store): ToldMemory {
  return {
    read: () => store.position(WEBHOOK_TOLD),
    keep: (from, to) => store.commit({ position: { source: WEBHOOK_TOLD, from, to } }),
  };
}

/** Of a sink that tells nothing here. */
const FORGETFUL: ToldMemory = { read: async () => null, keep: async () => undefined };

type Studies = (user_id: number, course_id: number) => Promise<boolean>;

/** As of when it is asked, not of when the alert changed. */
const studiesNow =
  ({ roster }: Pipeline, standings: Standings, clock: () => Promise<number>): Studies =>
  async (user_id, course_id) => {
    if ((await roster.optedOut()).has(user_id) || !(await standings.look()).isShown(course_id)) return false;
    const enrolments = await roster.ofUsers([user_id], await clock());
    return enrolments.some((enrolment) => enrolment.course_id === course_id && enrolment.state === 'active');
  };

/** Loaded when they are needed: most commands have no use for their clients. */
export async function sinkOf(
  name: string,
  config: Config,
  leaving: Leaving,
  log: (message: string) => void,
  studies: Studies = async () => false,
  memory: ToldMemory = FORGETFUL,
): Promise<Sink> {
  const { site, elasticsearch, kafka_brokers } = config;
  if (name === 'elasticsearch') {
    const { ElasticsearchSink } = await import('../adapters/elasticsearch/elasticsearch-sink.js');
    return new ElasticsearchSink({ url: elasticsearch! }, indexSpecs(TABLES), (row, round) => documentOf(leaving(row), round));
  }
  if (name === 'webhook') {
    const { WebhookSink } = await import('../adapters/webhook/webhook-sink.js');
    return new WebhookSink({ url: config.webhook!, secret: config.webhook_secret!, site, studies, memory });
  }
  const { KafkaTopicsSink } = await import('../adapters/kafka/topics-sink.js');
  const told = PUBLISHED_TABLES.filter((table) => OUTSIDE_NAMES[table].topic !== null);
  return new KafkaTopicsSink({ brokers: kafka_brokers!, site, log }, told, TOPICS, (row, round) =>
    messageOf(site, leaving(row), round),
  );
}

/** Tells each configured sink what is committed, until `signal` aborts. Rejects with what a person has to mend. */
export async function publish(
  config: Config,
  { store, pipeline, calendar, standings }: Told & { standings: Standings },
  holder: string,
  log: Log,
  metrics: Metrics,
  signal: AbortSignal,
): Promise<void> {
  const rows = publicationsOf(config, { store, pipeline, calendar });
  const clock = async () => {
    await pipeline.refresh();
    return pipeline.now_ms();
  };
  const names = sinkNames(config);
  const holds = rebuiltSinkNames(config).length > 0;
  const leaving = holds ? await leavingIds(config, store, Date.now(), (message) => log.warn({}, message)) : UNCHANGED;
  const tell = async (name: string) => {
    const sink = await sinkOf(
      name,
      config,
      leaving,
      (message) => log.info({}, message),
      studiesNow(pipeline, standings, clock),
      toldMemory(store),
    );
    metrics.sink(name, true);
    const state = new StateKeeper(store, name);
    // What waits for it is counted where it waits. A store that is away is for the rounds to say.
    const note = (up: boolean, refused: number) => void state.note({ up, refused, waiting: 0 }).catch(() => undefined);
    const publisher = new Publisher(store, sink, rows, clock, {
      holder,
      events: {
        round: ({ sent, refused, backlog }) => {
          metrics.round(name, sent, refused, backlog);
          note(true, refused);
        },
        away: (message) => {
          metrics.sink(name, false);
          note(false, 0);
          log.warn({ sink: name }, message);
        },
        back: () => {
          metrics.sink(name, true);
          log.info({ sink: name }, `${name} is back: what waited is told now.`);
        },
        refused: (table, why) => log.error({ sink: name, table }, `${name} refused a row of ${table} for good: ${why}`),
      },
    });
    void lookAtBacklog(store, name, metrics);
    const look = setInterval(lookAtBacklog, BACKLOG_LOOK_MS, store, name, metrics);
    try {
      await publisher.run(signal);
    } finally {
      clearInterval(look);
      await sink.close();
    }
  };
  await Promise.all(names.map(tell));
}

async function lookAtBacklog(store: Store, sink: string, metrics: Metrics): Promise<void> {
  try {
    metrics.backlog(sink, await store.backlog(sink));
  } catch {
    // A store that is away is for the rounds to say.
  }
}

/** Committed rows as they are told: those of the exports. */
export function publicationsOf(
  { alert_threshold: threshold, session_gap_s }: Config,
  { store, pipeline, calendar }: Told,
): Publications {
  return new Publications(store, pipeline.roster, calendar, { threshold, gap_ms: session_gap_s * 1000 });
}

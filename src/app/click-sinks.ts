/** Who hears of what clicks became: the sinks that are configured, what each is told, and in what form. */
import { ecsDocument } from '../clickstream/ecs-document.js';
import { STREAMS } from '../clickstream/rows.js';
import { EVENT_COUNTS } from '../clickstream/tables.js';
import { userClick } from '../clickstream/user-click.js';
import type { Config } from '../config.js';
import { clickStreamSpec } from '../indexing/click-stream.js';
import { clickTopics, messageOf, type TopicKind } from '../indexing/cloud-events.js';
import { clickIndexSpecs, documentOf } from '../indexing/documents.js';
import { CLICK_PUBLISHED_TABLES, CLICK_STATE_TABLES, CLICKS, clickOf, EVENT_SNAPSHOT } from '../pipeline/click-publications.js';
import type { Publication, Sink } from '../ports.js';
import { CLICK_TABLES } from '../reading/click-table-infos.js';

/** Tables that are messages: all but whole clicks, of which the streams are made. */
export const CLICK_TOPIC_TABLES = CLICK_PUBLISHED_TABLES.filter((table) => table !== CLICKS);

/** Loaded when they are needed: most commands have no use for their clients. */
export async function clickSinkOf(name: string, config: Config, log: (message: string) => void): Promise<Sink> {
  const { site, elasticsearch, kafka_brokers, cassandra, click_retention } = config;
  if (name === 'elasticsearch') {
    const { ElasticsearchSink } = await import('../adapters/elasticsearch/elasticsearch-sink.js');
    return new ElasticsearchSink({ url: elasticsearch! }, clickIndices(click_retention), clickDocument);
  }
  if (name === 'kafka') {
    const { KafkaTopicsSink } = await import('../adapters/kafka/topics-sink.js');
    const topics = clickTopicSpecs(click_retention);
    const message = (row: Publication, round: number) => messageOf(site, row, round);
    return new KafkaTopicsSink({ brokers: kafka_brokers!, site, log }, CLICK_TOPIC_TABLES, topics, message);
  }
  const { CassandraSink } = await import('../adapters/cassandra/cassandra-sink.js');
  return new CassandraSink({ url: cassandra! }, [CLICKS], (publication) => userClick(clickOf(publication)));
}

/** An index a table, and the data stream of clicks, which the streams are views of. */
export function clickIndices(retention_ms: number) {
  const tables = CLICK_TABLES.filter(({ name }) => CLICK_STATE_TABLES.includes(name));
  return [...clickIndexSpecs(tables), clickStreamSpec(CLICKS, retention_ms)];
}

export function clickDocument(publication: Publication, round: number): ReturnType<typeof documentOf> {
  const { id, document } = documentOf(publication, round);
  return { id, document: publication.table === CLICKS ? ecsDocument(clickOf(publication)) : document };
}

export function clickTopicSpecs(retention_ms: number) {
  return clickTopics(
    CLICK_TOPIC_TABLES.map((table) => ({ table, kind: kindOf(table) })),
    retention_ms,
  );
}

function kindOf(table: string): TopicKind {
  if (table === EVENT_COUNTS.table.name) return 'table';
  return table === EVENT_SNAPSHOT || STREAMS.some(({ name }) => name === table) ? 'stream' : 'windows';
}

/** The board's figures about sources and sinks that are servers of their own: a service on a real Kafka has them. */
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { clicks, Desk, LOG } from '../adapters/kafka-site.js';
import { buildInto, holdfast } from '../journey/built.js';
import { TempFolder } from '../journey/site.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { needsServer } from '../servers/needed.js';
import { EXPRESSIONS, namesIn, OF_SERVERS, Scrape } from './board.js';
import { Served } from './served.js';

jest.setTimeout(300_000);

/** As Debezium names it: prefix, database, table. */
const TOPIC = `campus.${LOG}`;

needsServer('the board over a service on Kafka', kafkaMissing(), () => {
  const temp = new TempFolder();
  let kafka: Kafka;
  let desk: Desk;
  let served: Served;
  let scrape: Scrape;

  beforeAll(async () => {
    const cli = buildInto(temp.file('built'));
    kafka = await Kafka.start();
    desk = new Desk(kafka.brokers);
    await desk.connect();
    await desk.topic(TOPIC, 2);
    await desk.send(TOPIC, clicks(1, 50));
    served = await Served.start(cli, temp.path, {
      HOLDFAST_STORE: `sqlite:${temp.file('site.db')}`,
      HOLDFAST_MOODLE: 'kafka:campus',
      HOLDFAST_KAFKA_BROKERS: kafka.brokers,
      HOLDFAST_KAFKA_TOPICS: 'true',
      HOLDFAST_CLICK_TOPICS: 'true',
    });
    const generate = ['generate', 'clicks', '--count', '50', '--rate', '1000', '--quiet', '--http', served.url];
    const { code, stderr } = await holdfast(cli, generate, { cwd: temp.path });
    expect([code, stderr]).toEqual([0, '']);
    let waited: string[] = [];
    scrape = await served.until(
      () => waited.join(),
      async () => {
        const found = new Scrape(await served.metrics());
        waited = OF_SERVERS.filter((name) => !found.labels.has(name));
        return waited.length === 0 ? found : undefined;
      },
    );
  });
  afterAll(async () => {
    await served?.process.stop();
    await desk?.close();
    await kafka?.stop();
    temp.remove();
  });

  it.each(EXPRESSIONS.filter((expression) => namesIn(expression).metrics.some((name) => OF_SERVERS.includes(name))))(
    'has what the board asks for: $expr',
    (expression) => {
      expect(scrape.missing(expression)).toEqual([]);
    },
  );
});

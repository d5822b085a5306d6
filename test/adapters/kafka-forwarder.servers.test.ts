/** What came by HTTP and UDP, put onto a real broker's topics. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { ClickForwarder } from '../../src/adapters/kafka/click-forwarder.js';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { needsServer } from '../servers/needed.js';
import { clicksIn, generated, RunningClicks, topicsOf } from './kafka-clicks-site.js';
import { Desk, until } from './kafka-site.js';

/** A broker starts in 5 s; beside other suites on two cores it takes many times that. */
const START_MS_MAX = 180_000;
const NOW_MS = Date.UTC(2026, 0, 5, 9);

needsServer('clicks put onto topics', kafkaMissing(), () => {
  let kafka: Kafka;
  let desk: Desk;
  let made = 0;
  const open: ClickForwarder[] = [];

  beforeAll(async () => {
    kafka = await Kafka.start();
    desk = new Desk(kafka.brokers);
    await desk.connect();
  }, START_MS_MAX);

  afterAll(async () => {
    await Promise.all(open.map((forwarder) => forwarder.close()));
    await desk?.close();
    await kafka?.stop();
  });

  async function forward() {
    const site = `forward${++made}`;
    const topics = topicsOf(site);
    const forwarder = await ClickForwarder.open(kafka.brokers, { site, topics, now_ms: () => NOW_MS });
    open.push(forwarder);
    return { site, topics, forwarder };
  }

  async function valuesIn(topic: string): Promise<(Buffer | null)[]> {
    return (await desk.read(topic)).map(({ message }) => message.value);
  }

  it('bridges datagrams byte by byte, stamped with their time, and they are counted from the topic', async () => {
    const { site, topics, forwarder } = await forward();
    const datagrams = [...generated('udp', 50).map((text) => Buffer.from(text)), Buffer.from([0xff, 0, 1])];
    for (const datagram of datagrams) expect(forwarder.offer(topics.clicks, datagram)).toBe(true);
    await until(() => forwarder.waiting === 0, 'the datagrams to be sent');
    const messages = (await desk.read(topics.clicks)).map(({ message }) => message);
    expect(messages.map(({ value }) => value)).toEqual(datagrams);
    expect(new Set(messages.map(({ timestamp }) => timestamp))).toEqual(new Set([String(NOW_MS)]));
    const store = new MemoryClickStore();
    const source = await RunningClicks.into(store, { brokers: kafka.brokers, site });
    await source.until(async () => (await clicksIn(store)).length >= 50, 'fifty clicks');
    await source.stop();
    expect((await store.counts()).rejected).toEqual({ 'not-utf8': 1 });
  });

  it('answers a call once all of its records are kept, in their order, however many there are', async () => {
    const { topics, forwarder } = await forward();
    const many = generated('clicks', 6_000);
    const [users, events] = [generated('users', 40), generated('events', 100)];
    await Promise.all([
      forwarder.send(topics.clicks, many),
      forwarder.send(topics.users, users),
      forwarder.send(topics.events, events),
    ]);
    expect((await valuesIn(topics.clicks)).map(String)).toEqual(many);
    expect((await valuesIn(topics.users)).map(String)).toEqual(users);
    expect((await valuesIn(topics.events)).map(String).sort()).toEqual([...events].sort());
  });

  it('refuses the one record that is larger than the topic takes, and keeps the others', async () => {
    const { topics, forwarder } = await forward();
    await forwarder.send(topics.clicks, ['first']);
    await desk.admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: topics.clicks,
          configEntries: [{ name: 'max.message.bytes', value: '5000' }],
        },
      ],
    });
    const large = forwarder.send(topics.clicks, ['x'.repeat(10_000)]);
    const others = [forwarder.send(topics.clicks, ['second']), forwarder.send(topics.clicks, ['third'])];
    forwarder.offer(topics.clicks, 'y'.repeat(10_000));
    await expect(large).rejects.toThrow(/larger than .* takes: raise its max\.message\.bytes/);
    await Promise.all(others);
    await until(() => forwarder.waiting === 0, 'all to be sent');
    expect((await valuesIn(topics.clicks)).map(String)).toEqual(['first', 'second', 'third']);
    expect(forwarder.dropped).toBe(1);
  });

  it('says what to look at when there is no broker at the address', async () => {
    await expect(ClickForwarder.open('127.0.0.1:9')).rejects.toThrow(
      /^cannot reach Kafka at 127\.0\.0\.1:9 .*HOLDFAST_KAFKA_BROKERS/,
    );
  });

  it('tells callers that Kafka is away, keeps datagrams up to a bound and counts the rest, and sends them when it is back', async () => {
    const { topics, forwarder } = await forward();
    await forwarder.send(topics.clicks, ['before']);
    await kafka.kill();
    const datagrams = generated('udp', 100);
    for (const datagram of datagrams) forwarder.offer(topics.clicks, datagram);
    await expect(forwarder.send(topics.clicks, ['a call'])).rejects.toThrow(
      new RegExp(`^Kafka at ${kafka.brokers}: cannot write to the topic ${topics.clicks}: .*HOLDFAST_KAFKA_BROKERS`),
    );
    // From now on it is known: nobody waits for an answer.
    await expect(forwarder.send(topics.clicks, ['another'])).rejects.toThrow('cannot write to the topic');
    expect(forwarder.waiting).toBe(100);
    const large = Buffer.alloc(60_000, 'x');
    let taken = 0;
    while (forwarder.offer(topics.clicks, large)) taken++;
    expect(forwarder.dropped).toBe(1);
    expect((taken * large.length) / 2 ** 20).toBeCloseTo(8, 0);
    await kafka.launch();
    await until(() => forwarder.waiting === 0, 'the datagrams to be sent');
    await forwarder.send(topics.clicks, ['after']);
    const values = (await valuesIn(topics.clicks)).map(String);
    expect(values).toHaveLength(102 + taken);
    expect(values.slice(0, 101)).toEqual(['before', ...datagrams]);
    expect(values.at(-1)).toBe('after');
  });
});

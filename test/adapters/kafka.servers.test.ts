/** The Kafka source against a real broker: what comes, from where it goes on, and what it does with what is wrong. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { needsServer } from '../servers/needed.js';
import { click, clicks, Desk, idsOf, LOG, RunningSource, range, until } from './kafka-site.js';
import { LaneBook, LanesDouble } from './lanes-double.js';

/** A broker starts in 5 s; beside other suites on two cores it takes many times that. */
const START_MS_MAX = 180_000;

needsServer('reading from Kafka', kafkaMissing(), () => {
  let kafka: Kafka;
  let desk: Desk;
  let made = 0;
  const running: RunningSource[] = [];

  beforeAll(async () => {
    kafka = await Kafka.start();
    desk = new Desk(kafka.brokers);
    await desk.connect();
  }, START_MS_MAX);

  afterAll(async () => {
    await Promise.allSettled(running.map((source) => source.stop()));
    await desk?.close();
    await kafka?.stop();
  });

  /** A connector of its own for a test, with the log in so many partitions. */
  async function connector(partitions: number): Promise<{ prefix: string; topic: string }> {
    const prefix = `site${++made}`;
    const topic = `${prefix}.${LOG}`;
    if (partitions > 0) await desk.topic(topic, partitions);
    return { prefix, topic };
  }

  function start(prefix: string, lanes: LanesDouble, options: Partial<ConstructorParameters<typeof RunningSource>[1]> = {}) {
    const source = new RunningSource(lanes, { brokers: kafka.brokers, prefix, ...options });
    running.push(source);
    return source;
  }

  it('hands over each message once, says when it has caught up, and goes on after the last commit', async () => {
    const { prefix, topic } = await connector(3);
    await desk.send(topic, clicks(0, 500));
    const book = new LaneBook();
    const first = start(prefix, new LanesDouble(book), { limits: { batch_messages: 50 } });
    await first.until(() => book.changes.length >= 500, '500 clicks');
    await first.stop();
    expect(idsOf(book.changes)).toEqual(range(0, 500));
    expect(Math.max(...book.committed.map(({ changes }) => changes.length))).toBe(50);
    for (const lane of book.lanes()) {
      const batches = book.committed.filter(({ source }) => source === lane);
      expect(batches.map(({ caught_up }) => caught_up)).toEqual(batches.map((_, i) => i === batches.length - 1));
    }
    expect(book.lanes()).toEqual([0, 1, 2].map((partition) => `kafka:${topic}/${partition}`));
    const told = await desk.admin.fetchOffsets({ groupId: `holdfast-${prefix}`, topics: [topic] });
    expect(told[0]!.partitions.reduce((sum, { offset }) => sum + Number(offset), 0)).toBe(500);

    await desk.send(topic, clicks(500, 600));
    const second = start(prefix, new LanesDouble(book));
    await second.until(() => book.changes.length >= 600, 'the next 100');
    await second.stop();
    expect(idsOf(book.changes)).toEqual(range(0, 600));
    expect(second.lanes.held.size).toBe(0);
  });

  it('counts rows that are keyed by row once, in the lane of their user', async () => {
    const { prefix, topic } = await connector(2);
    const book = new LaneBook();
    const source = start(prefix, new LanesDouble(book));
    await desk.send(topic, clicks(0, 300, 'row'));
    await source.until(() => book.changes.length >= 300, '300 clicks');
    await source.stop();
    expect(idsOf(book.changes)).toEqual(range(0, 300));
    const lanes_of_users = new Map<unknown, Set<string>>();
    for (const { source: lane, changes } of book.committed) {
      for (const { row } of changes) lanes_of_users.set(row!.userid, (lanes_of_users.get(row!.userid) ?? new Set()).add(lane));
    }
    expect(lanes_of_users.size).toBe(20);
    for (const lanes of lanes_of_users.values()) expect([...lanes].join()).toMatch(/^kafka:holdfast\.changes\.v1\/\d+$/);
    const sent_on = (await desk.read('holdfast.changes.v1')).filter(
      ({ message }) => message.headers?.holdfast_source_topic?.toString() === topic,
    );
    const place = kafkajs.Partitioners.DefaultPartitioner();
    const partitionMetadata = Array.from({ length: 12 }, (_, partitionId) => ({
      partitionId,
      leader: 1,
      partitionErrorCode: 0,
      replicas: [1],
      isr: [1],
    }));
    for (const { partition, message } of sent_on) {
      expect(partition).toBe(place({ topic: 'holdfast.changes.v1', partitionMetadata, message }));
    }
  });

  it('puts what it cannot read into a topic of dead letters, bytes and all, and goes on', async () => {
    const { prefix, topic } = await connector(1);
    const broken = Buffer.from([0xff, 0xfe, 1, 2, 3]);
    await desk.send(topic, [
      click(1, 7),
      { key: 'k1', value: '{"before":null,"after":{"id":2,', headers: { trace: 'abc' } },
      { key: null, value: broken },
      { key: 'k2', value: '{"firstname":"Zoë","op":"x","after":{}}' },
      click(3, 7),
    ]);
    const book = new LaneBook();
    const source = start(prefix, new LanesDouble(book));
    await source.until(() => book.changes.length >= 2, 'both good ones');
    await source.stop();
    expect(book.committed.flatMap(({ rejected }) => rejected)).toEqual([
      expect.objectContaining({ source: `${topic}/0`, position: 'offset 1', reason: 'not-json' }),
      expect.objectContaining({ source: `${topic}/0`, position: 'offset 2', reason: 'not-utf8' }),
      expect.objectContaining({ source: `${topic}/0`, position: 'offset 3', reason: 'unknown-shape' }),
    ]);
    const dead = (await desk.read(`dlq.${topic}`)).map(({ message }) => message);
    expect(dead.map(({ key }) => key?.toString() ?? null)).toEqual(['k1', null, 'k2']);
    expect(dead[1]!.value).toEqual(broken);
    const headers = Object.entries(dead[0]!.headers!).map(([name, value]) => [name, value!.toString()]);
    expect(Object.fromEntries(headers)).toEqual({
      trace: 'abc',
      dlq_topic: topic,
      dlq_partition: '0',
      dlq_offset: '1',
      dlq_error_class: 'not-json',
      dlq_error_message: expect.any(String),
    });
    expect(JSON.stringify(headers)).not.toContain('Zoë');
  });

  it('waits for a connector that has no topics yet, and takes in topics that come later', async () => {
    const { prefix, topic } = await connector(0);
    const book = new LaneBook();
    const source = start(prefix, new LanesDouble(book));
    await source.until(
      () => source.logged.some((line) => line.includes('no topic of the connector yet')),
      'a word about waiting',
    );
    await desk.topic(topic, 1);
    await desk.send(topic, clicks(0, 10));
    await source.until(() => book.changes.length >= 10, 'the first topic');
    const users = `${prefix}.moodle.mdl_user`;
    await desk.topic(users, 1);
    await desk.send(users, [
      { key: '{"id":7}', value: JSON.stringify({ op: 'c', after: { id: 7 }, source: { table: 'mdl_user' } }) },
    ]);
    await source.until(() => book.changes.length >= 11, 'the second topic');
    await source.stop();
    expect(book.changes.at(-1)).toMatchObject({ table: 'user', id: 7 });
    expect(idsOf(book.changes.slice(0, 10))).toEqual(range(0, 10));
  });

  it('reads partitions that are added while it runs', async () => {
    const { prefix, topic } = await connector(1);
    await desk.send(topic, clicks(0, 20));
    const book = new LaneBook();
    const source = start(prefix, new LanesDouble(book));
    await source.until(() => book.changes.length >= 20, 'one partition');
    await desk.admin.createPartitions({ topicPartitions: [{ topic, count: 4 }] });
    await desk.refreshed(topic, 4);
    await desk.send(
      topic,
      range(0, 40).map((i) => ({ ...click(20 + i, 100 + i), partition: i % 4 })),
    );
    await source.until(() => new Set(idsOf(book.changes)).size >= 60, 'four partitions');
    await source.stop();
    // The test's own producer may have sent some twice, to partitions so new; each message came once.
    expect([...new Set(idsOf(book.changes))]).toEqual(range(0, 60));
    const places = book.committed.flatMap(({ source: lane, changes }) => changes.map(({ at }) => `${lane} ${at}`));
    expect(new Set(places).size).toBe(places.length);
    expect(book.lanes().filter((lane) => lane.includes(topic)).length).toBe(4);
  });

  it('begins at the beginning of a topic that was made anew, and says so', async () => {
    const { prefix, topic } = await connector(1);
    await desk.send(topic, clicks(0, 30));
    const book = new LaneBook();
    const first = start(prefix, new LanesDouble(book));
    await first.until(() => book.changes.length >= 30, 'the old topic');
    await first.stop();
    for (const again of [range(1000, 1010), range(2000, 2050)]) {
      await desk.admin.deleteTopics({ topics: [topic] });
      await until(async () => !(await desk.admin.listTopics()).includes(topic), 'the topic to go');
      await desk.topic(topic, 1);
      // First fewer messages than were read before, then more.
      await desk.send(
        topic,
        again.map((id) => click(id, 7)),
      );
      const before = book.changes.length;
      const next = start(prefix, new LanesDouble(book));
      await next.until(() => book.changes.length >= before + again.length, 'the new topic');
      await next.stop();
      expect(idsOf(book.changes.slice(before))).toEqual(again);
      expect(next.logged.join('\n')).toContain('made anew');
    }
  });

  it('refuses to pass over messages that retention has taken, until it is told to', async () => {
    const { prefix, topic } = await connector(1);
    await desk.send(topic, clicks(0, 10));
    const book = new LaneBook();
    const first = start(prefix, new LanesDouble(book));
    await first.until(() => book.changes.length >= 10, 'the first ten');
    await first.stop();
    await desk.send(topic, clicks(10, 30));
    // Retention that stops right behind the position has taken nothing of worth.
    await desk.deleteBefore(topic, 10);
    const second = start(prefix, new LanesDouble(book));
    await second.until(() => book.changes.length >= 30, 'the next twenty');
    await second.stop();
    await desk.send(topic, clicks(30, 60));
    await desk.deleteBefore(topic, 42);
    const third = start(prefix, new LanesDouble(book));
    await expect(third.ended).rejects.toThrow(
      `${topic}, partition 0: 12 messages (offsets 30 to 41) were deleted by the topic's retention before they were read. Let the connector take a new snapshot, then start once with HOLDFAST_KAFKA_GAP=accept`,
    );
    const fourth = start(prefix, new LanesDouble(book), { gap: 'accept' });
    await fourth.until(() => book.changes.length >= 48, 'what is left');
    await fourth.stop();
    expect(idsOf(book.changes)).toEqual([...range(0, 30), ...range(42, 60)]);
    expect(fourth.logged.join('\n')).toContain('offsets 30 to 41 are gone');
  });

  it('remembers over a restart that a tombstone is a delete', async () => {
    const { prefix } = await connector(0);
    const topic = `${prefix}.moodle.mdl_user_enrolments`;
    await desk.topic(topic, 1);
    const row = (id: number) => ({ key: `{"id":${id}}`, value: JSON.stringify({ id, enrolid: 1, userid: id }) });
    const gone = (id: number) => ({ key: `{"id":${id}}`, value: null });
    await desk.send(topic, [row(1), row(2), row(3), gone(1), gone(2)]);
    const book = new LaneBook();
    const first = start(prefix, new LanesDouble(book));
    await first.until(() => book.changes.length >= 5, 'two deletes');
    await first.stop();
    await desk.send(topic, [gone(3)]);
    const second = start(prefix, new LanesDouble(book));
    await second.until(() => book.changes.length >= 6, 'the third');
    await second.stop();
    expect(book.changes.map(({ op, id }) => `${op} ${id}`).slice(3)).toEqual(['delete 1', 'delete 2', 'delete 3']);
  });

  it('reads every compression that a connector may use', async () => {
    const { prefix, topic } = await connector(1);
    const { GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes;
    const book = new LaneBook();
    const source = start(prefix, new LanesDouble(book));
    await source.until(() => source.lanes.held.has(`kafka:${topic}/0`), 'the lane');
    // Nothing here can write zstd: the broker does, for a topic that is set so.
    await desk.admin.alterConfigs({
      validateOnly: false,
      resources: [
        { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'compression.type', value: 'zstd' }] },
      ],
    });
    await desk.send(topic, clicks(0, 50));
    for (const [i, codec] of [GZIP, Snappy, LZ4].entries()) {
      const other = `${prefix}.moodle.mdl_${['user', 'course', 'enrol'][i]}`;
      await desk.topic(other, 1);
      await desk.send(
        other,
        range(1, 51).map((id) => ({ key: `{"id":${id}}`, value: JSON.stringify({ id }) })),
        codec,
      );
    }
    await source.until(() => book.changes.length >= 200, 'four codecs');
    await source.stop();
    expect(new Set(book.changes.map(({ table }) => table)).size).toBe(4);
    expect(ZSTD).toBe(4);
  });

  it('says what to look at when there is no broker at the address', async () => {
    const source = start('nowhere', new LanesDouble(new LaneBook()), { brokers: '127.0.0.1:9', limits: { start_ms: 1_500 } });
    await expect(source.ended).rejects.toThrow(/^cannot reach Kafka at 127\.0\.0\.1:9 .*HOLDFAST_KAFKA_BROKERS/);
  });

  it('logs in where that is wanted, and says which setting is wrong when it may not', async () => {
    const { prefix, topic } = await connector(1);
    await desk.send(topic, clicks(0, 10));
    const at = (password: string) => `sasl_plaintext://holdfast:${password}@${kafka.brokers_with_login}`;
    const refused = start(prefix, new LanesDouble(new LaneBook()), { brokers: at('guessed') });
    await expect(refused.ended).rejects.toThrow(/login is refused; check user, password and mechanism in HOLDFAST_KAFKA_BROKERS/);
    const book = new LaneBook();
    const source = start(prefix, new LanesDouble(book), { brokers: at('fast-hold') });
    await source.until(() => book.changes.length >= 10, 'ten clicks');
    await source.stop();
    expect(source.source.name).toBe(`kafka:${prefix} at ${kafka.brokers_with_login}`);
  });

  it('passes on what went wrong with a commit, and has left the group by then', async () => {
    const { prefix, topic } = await connector(1);
    await desk.send(topic, clicks(0, 10));
    const lanes = new LanesDouble(new LaneBook(), async () => {
      throw new Error('the store is full');
    });
    await expect(start(prefix, lanes).ended).rejects.toThrow('the store is full');
    expect(lanes.held.size).toBe(0);
    const { groups } = await desk.admin.describeGroups([`holdfast-${prefix}`]);
    expect(groups[0]!.members).toEqual([]);
  });
});

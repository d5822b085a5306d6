/** The Kafka source when processes come, go, hang or die, and when the broker does. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { needsServer } from '../servers/needed.js';
import { Child } from './children.js';
import { compiled } from './compiled.js';
import { clicks, Desk, idsOf, LOG, RunningSource, range } from './kafka-site.js';
import { LaneBook, LanesDouble } from './lanes-double.js';

/** A broker starts in 5 s; beside other suites on two cores it takes many times that. */
const START_MS_MAX = 180_000;

needsServer('Kafka among crashes', kafkaMissing(), () => {
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

  async function connector(partitions: number): Promise<{ prefix: string; topic: string }> {
    const prefix = `crash${++made}`;
    const topic = `${prefix}.${LOG}`;
    await desk.topic(topic, partitions);
    return { prefix, topic };
  }

  function start(prefix: string, lanes: LanesDouble, limits = {}): RunningSource {
    const source = new RunningSource(lanes, { brokers: kafka.brokers, prefix, limits });
    running.push(source);
    return source;
  }

  it('divides the lanes among processes, and counts nothing twice while they move', async () => {
    const { prefix, topic } = await connector(4);
    const book = new LaneBook();
    const one = start(prefix, new LanesDouble(book));
    await desk.send(topic, clicks(0, 200));
    await one.until(() => book.changes.length >= 200, 'one process');
    expect(one.lanes.held.size).toBe(16);
    const two = start(prefix, new LanesDouble(book));
    await two.until(() => two.lanes.held.size === 8 && one.lanes.held.size === 8, 'half of the lanes each');
    await desk.send(topic, clicks(200, 1200));
    await two.until(() => book.changes.length >= 1200, 'two processes');
    expect(one.lanes.committed).toBeGreaterThan(0);
    expect(two.lanes.committed).toBeGreaterThan(0);
    await one.stop();
    await two.until(() => two.lanes.held.size === 16, 'all of the lanes');
    await desk.send(topic, clicks(1200, 1400));
    await two.until(() => book.changes.length >= 1400, 'the rest');
    await two.stop();
    expect(idsOf(book.changes)).toEqual(range(0, 1400));
  });

  it('cannot count twice what another has gone on with while it hung', async () => {
    const { prefix, topic } = await connector(1);
    const lane = `kafka:${topic}/0`;
    const book = new LaneBook();
    let wake = () => {};
    let hanging = false;
    const asleep = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const hung = start(
      prefix,
      new LanesDouble(book, async () => {
        hanging = true;
        await asleep;
      }),
      { rebalance_ms: 1_500 },
    );
    await desk.send(topic, clicks(0, 100));
    await hung.until(() => hanging, 'the batch to hang');
    const other = start(prefix, new LanesDouble(book), { rebalance_ms: 1_500 });
    await other.until(() => book.changes.length >= 100, 'the other to go on');
    wake();
    await hung.until(() => hung.lanes.calls.includes(`close ${lane}`), 'the lane to be given up');
    await desk.send(topic, clicks(100, 200));
    await other.until(() => book.changes.length >= 200, 'both to go on');
    await Promise.all([hung.stop(), other.stop()]);
    expect(idsOf(book.changes)).toEqual(range(0, 200));
  });

  it('loses nothing when a process is killed in the middle of a batch', async () => {
    const { prefix, topic } = await connector(2);
    await desk.send(topic, clicks(0, 400));
    const child = new Child(compiled('test/adapters/kafka-child.ts'), [kafka.brokers, prefix, '5']);
    await child.printed((line) => line === 'in the middle');
    await child.kill();
    const book = new LaneBook();
    for (const line of child.output.split('\n').filter((text) => text.startsWith('{'))) {
      const batch = JSON.parse(line) as LaneBook['committed'][number];
      book.committed.push(batch);
      book.positions.set(batch.source, batch.position);
    }
    expect(book.changes.length).toBeGreaterThan(0);
    expect(book.changes.length).toBeLessThan(400);
    const heir = start(prefix, new LanesDouble(book));
    await heir.until(() => book.changes.length >= 400, 'the rest');
    await heir.stop();
    expect(idsOf(book.changes)).toEqual(range(0, 400));
  });

  it('goes on by itself when the broker is killed and comes back', async () => {
    const { prefix, topic } = await connector(2);
    const book = new LaneBook();
    const source = start(prefix, new LanesDouble(book), { batch_messages: 20 });
    await desk.send(topic, clicks(0, 300, 'row'));
    await source.until(() => book.changes.length >= 50, 'a part');
    await kafka.kill();
    await kafka.launch();
    await desk.send(topic, clicks(300, 400));
    await source.until(() => new Set(idsOf(book.changes)).size >= 400, 'all of them');
    await source.stop();
    // What is sent on may be sent twice, and is known by its id.
    expect([...new Set(idsOf(book.changes))]).toEqual(range(0, 400));
    expect(source.logged.length).toBeLessThan(20);
  });
});

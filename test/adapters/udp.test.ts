/** Records as datagrams, over real sockets: every one is taken, refused or dropped, and the counts say so. */
import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from '@jest/globals';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { kernelDropsIn } from '../../src/adapters/udp/kernel-drops.js';
import { type UdpCounts, UdpIntake } from '../../src/adapters/udp/udp-intake.js';
import { UdpSender } from '../../src/adapters/udp/udp-sender.js';
import { clickTables } from '../../src/clickstream/tables.js';
import { takeDatagrams } from '../../src/pipeline/click-datagrams.js';
import { ClickDoor } from '../../src/pipeline/click-door.js';
import { ClickIntake, WAITING_MAX } from '../../src/pipeline/click-intake.js';
import { ClickPipeline } from '../../src/pipeline/click-pipeline.js';

const NOW_MS = Date.UTC(2025, 10, 20, 9, 30);
const HERE = { host: '127.0.0.1', port: 0 };
const record = (user: number | string) =>
  JSON.stringify({ user_id: user, date: NOW_MS / 1_000, current_url: 'https://x.example/' });

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Adds up what the intake says in pieces. */
class Listening {
  counts: UdpCounts = { received: 0, taken: 0, refused: 0, dropped: 0 };
  readonly faults: unknown[] = [];
  sender!: UdpSender;
  udp!: UdpIntake;

  static async start(take: (datagrams: readonly Buffer[]) => Promise<number>, queue_max?: number): Promise<Listening> {
    const listening = new Listening();
    listening.udp = await UdpIntake.open({ ...HERE, take, queue_max, failed: (error) => listening.faults.push(error) });
    listening.sender = new UdpSender('127.0.0.1', listening.udp.port);
    open.push(listening.sender);
    return listening;
  }

  /** Resolves when so many were received. */
  async received(number: number): Promise<void> {
    while (this.add().received < number) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  async close(): Promise<UdpCounts> {
    await this.udp.close();
    return this.add();
  }

  add(): UdpCounts {
    const more = this.udp.takeCounts();
    for (const name of ['received', 'taken', 'refused', 'dropped'] as const) this.counts[name] += more[name];
    return this.counts;
  }
}

async function counting() {
  const store = new MemoryClickStore();
  await store.open();
  open.push(store);
  const joins = { locate: () => null, describe: () => ({ browser: null, os: null, bot: false }) };
  const pipeline = new ClickPipeline(store, { tables: clickTables(), sinks: [], ...joins }, () => NOW_MS);
  await pipeline.open();
  const intake = new ClickIntake(pipeline);
  const door = new ClickDoor(
    () => intake,
    () => NOW_MS,
  );
  const listening = await Listening.start((datagrams) => takeDatagrams(door, datagrams));
  const users = async () => (await store.clicks({}, { limit: 100_000 })).map(({ user_id }) => user_id).sort();
  return { store, intake, listening, users };
}

describe('datagrams', () => {
  it('hold a record, a record over several lines, or a record a line', async () => {
    const { listening, users } = await counting();
    const pretty = JSON.stringify(JSON.parse(record(2)), null, 2);
    await listening.sender.send([record(1), `${pretty}\n`, `${record(3)}\r\n\n${record('Zoë')}`]);
    await listening.received(3);
    expect(await listening.close()).toEqual({ received: 3, taken: 3, refused: 0, dropped: 0 });
    expect(await users()).toEqual([1, 2, 3, 'Zoë']);
  });

  it('of rubbish are refused and stop nothing', async () => {
    const { listening, users, store } = await counting();
    const socket = createSocket('udp4');
    const rubbish = [
      Buffer.alloc(0),
      Buffer.from([0xff, 0x00, 0xfe]),
      Buffer.alloc(60_000, 0x80),
      Buffer.from('\n'.repeat(9_000)),
    ];
    for (const bytes of rubbish) await new Promise((resolve) => socket.send(bytes, listening.udp.port, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    await listening.sender.send(['nonsense', 'x\n'.repeat(20_000), '{}', '[]', 'null', `nonsense\n${record(1)}`, record(2)]);
    await listening.received(11);
    expect(await listening.close()).toEqual({ received: 11, taken: 2, refused: 9, dropped: 0 });
    expect(await users()).toEqual([1, 2]);
    expect(listening.faults).toEqual([]);
    const { rejected } = await store.counts();
    expect(rejected).toMatchObject({ 'not-utf8': 2, 'too-long': 1, 'unknown-shape': 2, 'missing-column': 1 });
  });

  it('in a burst are counted one way or another, the kernel’s losses too', async () => {
    const { listening, users } = await counting();
    const sent = 20_000;
    for (let i = 0; i < sent; i += 500) await listening.sender.send(Array.from({ length: 500 }, (_, j) => record(i + j)));
    const lost = async () => (await listening.udp.kernelDrops()) ?? 0;
    while (listening.add().received + (await lost()) < sent) await new Promise((resolve) => setTimeout(resolve, 5));
    const { received, taken, refused, dropped } = await listening.close();
    expect([refused, dropped]).toEqual([0, 0]);
    expect(taken).toBe(received);
    expect(new Set(await users()).size).toBe(taken);
    expect(taken).toBeGreaterThan(0);
  });

  it('wait while others fill the intake, and are then counted', async () => {
    const { listening, users, intake } = await counting();
    const others = intake.take(
      [],
      Array.from({ length: WAITING_MAX }, (_, i) => rejection(i)),
    );
    await listening.sender.send([record(1), record(2)]);
    await listening.received(2);
    await others;
    expect(await listening.close()).toEqual({ received: 2, taken: 2, refused: 0, dropped: 0 });
    expect(await users()).toEqual([1, 2]);
  });
});

const rejection = (i: number) => ({ source: 'test', position: String(i), reason: 'not-json' as const, detail: '' });

describe('the queue of datagrams', () => {
  it('drops what it has no room for, counts it, and hands the rest over together', async () => {
    const parcels: number[] = [];
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const listening = await Listening.start(async (datagrams) => {
      parcels.push(datagrams.length);
      await gate;
      return datagrams.length;
    }, 10);
    await listening.sender.send(['first']);
    while (parcels.length === 0) await listening.received(1);
    await listening.sender.send(Array.from({ length: 25 }, (_, i) => `more ${i}`));
    await listening.received(26);
    expect(listening.add().dropped).toBe(15);
    const closed = listening.close();
    release();
    expect(await closed).toEqual({ received: 26, taken: 11, refused: 0, dropped: 15 });
    expect(parcels).toEqual([1, 10]);
  });

  it('tells the operator what could not be stored, and goes on', async () => {
    let tries = 0;
    const listening = await Listening.start(async (datagrams) => {
      if (tries++ === 0) throw new Error('the disk is full');
      return datagrams.length;
    });
    await listening.sender.send(['lost']);
    while (listening.faults.length === 0) await listening.received(1);
    await listening.sender.send(['kept']);
    await listening.received(2);
    expect(await listening.close()).toEqual({ received: 2, taken: 1, refused: 0, dropped: 1 });
    expect(String(listening.faults)).toContain('the disk is full');
  });
});

describe('the address', () => {
  it('that another process has is refused, with the setting to look at', async () => {
    const { udp } = await Listening.start(() => Promise.resolve(0));
    open.push(udp);
    const again = UdpIntake.open({ ...HERE, port: udp.port, take: () => Promise.resolve(0), failed: () => undefined });
    await expect(again).rejects.toThrow(/HOLDFAST_UDP/);
  });

  it('may be one of IPv6', async () => {
    const udp = await UdpIntake.open({ host: '::1', port: 0, take: async ({ length }) => length, failed: () => undefined });
    const sender = new UdpSender('::1', udp.port);
    open.push(sender);
    await sender.send(['hello']);
    let received = 0;
    while (received === 0) {
      received += udp.takeCounts().received;
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await udp.close();
    expect(received).toBe(1);
  });

  it('has a buffer in the kernel, and a hint where it is smaller than asked for', async () => {
    const { udp } = await Listening.start(() => Promise.resolve(0));
    open.push(udp);
    expect(udp.receive_buffer_bytes).toBeGreaterThan(0);
    if (udp.receive_buffer_hint !== null) expect(udp.receive_buffer_hint).toContain('sysctl -w net.core.rmem_max=');
  });
});

describe('what Linux says of its sockets', () => {
  it('is read by port', () => {
    const table = `   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  475: 0100007F:2912 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31337 2 0000000000000000 42
  476: 00000000:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 31338 2 0000000000000000 7
`;
    expect(kernelDropsIn(table, 0x2912)).toBe(42);
    expect(kernelDropsIn(table, 53)).toBe(7);
    expect(kernelDropsIn(table, 54)).toBeNull();
  });
});

/**
 * Clicks all the way, everything real: generated, sent as datagrams to `holdfast serve`, put to Kafka's topic, counted from there,
 * written to Cassandra by user, and read by the notebook. At each station there is what was sent, less what was counted as dropped.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import cassandra, { type Client } from 'cassandra-driver';
import { Desk } from '../adapters/kafka-site.js';
import { Cassandra, cassandraMissing } from '../servers/cassandra.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { needsServer } from '../servers/needed.js';
import { buildInto, holdfast } from './built.js';
import { complaints, NOTEBOOK_TABLES, notebookMissing, numberAfter, printedRows, runNotebook } from './notebook-run.js';
import { Process } from './platform.js';
import { TempFolder } from './site.js';

/** Two Java servers start on a machine that does other things, and the notebook's packages are installed. */
jest.setTimeout(600_000);

const COME_ABOUT_MS_MAX = 120_000;
const LOOK_MS = 250;
const START = '2026-11-20T08:00:00Z';
const CLICKS = 3_000;
/** Of the other shape, with sessions of their own and users that are texts. */
const RECORDS = 1_000;
/** Those that come while Cassandra is away. */
const LATER = 500;

/** A click's row, as REST has it. */
interface Row {
  userid: string | number | null;
  time_ms: number;
  ip: string | null;
}

needsServer(
  'clicks through Kafka and Cassandra to the notebook',
  kafkaMissing() ?? cassandraMissing() ?? notebookMissing(),
  () => {
    const temp = new TempFolder();
    let cli = '';
    let kafka: Kafka;
    let node: Cassandra;
    let desk: Desk;
    let client: Client;
    let service: Process;
    let url = '';
    let udp_port = 0;
    /** Datagrams that the generator sent, by their text. */
    const sent: string[] = [];
    const store = () => ({ HOLDFAST_STORE: `sqlite:${temp.file('site.db')}` });

    const run = async (...args: string[]) => {
      const ran = await holdfast(cli, args, { cwd: temp.path, env: store() });
      if (ran.code !== 0) throw new Error(`${args.join(' ')}: ${ran.stderr}`);
      return ran.stdout;
    };
    const until = async (what: string, come: () => Promise<boolean>) => {
      for (const begun_ms = Date.now(); !(await come()); await sleep(LOOK_MS)) {
        if (service.code !== null || Date.now() - begun_ms > COME_ABOUT_MS_MAX)
          throw new Error(`waited in vain for ${what}:\n${service.said.slice(-4_000)}`);
      }
    };
    const figures = () => figuresOf(url);
    /** Datagrams: sent in all, and taken. Every one that was sent has been accounted for. */
    const settled = async () => {
      let taken = 0;
      await until('every datagram to be accounted for', async () => {
        const at = await figures();
        const of = (outcome: string) => at('clicks_udp_datagrams_total', { outcome });
        taken = of('taken');
        const received = at('clicks_udp_received_total');
        return (
          received + at('clicks_udp_kernel_dropped_datagrams') === sent.length &&
          taken + of('refused') + of('dropped') === received &&
          at('clicks_records_total', { kind: 'click' }) === taken
        );
      });
      return taken;
    };
    const send = async (...args: string[]) => {
      const texts = (await run('generate', ...args, '--quiet')).trim().split('\n');
      await run('generate', ...args, '--quiet', '--udp', `127.0.0.1:${udp_port}`);
      sent.push(...texts);
    };
    const shown = async (table: string) => {
      const answer = await fetch(`${url}/api/v1/tables/${table}`, { headers: { accept: 'application/x-ndjson' } });
      expect(answer.status).toBe(200);
      return (await answer.text())
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Row & { hits: number });
    };
    const inCassandra = async () => {
      const { rows } = await client.execute('SELECT count(*) AS n FROM ms.clickstream');
      return Number(rows[0]!.n);
    };

    beforeAll(async () => {
      cli = buildInto(temp.file('built'));
      [kafka, node, udp_port] = await Promise.all([Kafka.start(), Cassandra.start(), freeUdpPort()]);
      desk = new Desk(kafka.brokers);
      await desk.connect();
      const env = {
        ...store(),
        HOLDFAST_LISTEN: '127.0.0.1:0',
        HOLDFAST_KAFKA_BROKERS: kafka.brokers,
        HOLDFAST_CLICK_TOPICS: 'true',
        HOLDFAST_UDP: String(udp_port),
        HOLDFAST_CASSANDRA: node.url,
      };
      const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')));
      service = new Process(
        spawn(process.execPath, [cli, 'serve'], {
          cwd: temp.path,
          env: { ...clean, ...env },
          stdio: ['ignore', 'ignore', 'pipe'],
        }),
      );
      await until('the service', () => {
        url = /Holdfast is at (http:\S+)/.exec(service.said)?.[1] ?? '';
        return Promise.resolve(url !== '' && service.said.includes('Takes clicks by UDP'));
      });
      for (const kind of ['users', 'codes']) await run('generate', kind, '--quiet', '--http', url);
      await until('users and codes', async () => (await figures())('clicks_records_total', { kind: 'reference' }) === 46);
      client = new cassandra.Client({ contactPoints: [`127.0.0.1:${node.port}`], localDataCenter: 'datacenter1' });
      await client.connect();
    });
    afterAll(async () => {
      await client?.shutdown();
      await desk?.close();
      await service?.kill();
      await Promise.all([kafka?.stop(), node?.stop()]);
      temp.remove();
    });

    it('what is sent by UDP is in the topic, byte by byte, and in the tables, less what was counted as dropped', async () => {
      await send('clicks', '--sessionize', '--rate', '20', '--count', String(CLICKS), '--start', START);
      await send('udp', '--rate', '20', '--count', String(RECORDS), '--start', START);
      const taken = await settled();
      // The kernel may drop some of a burst; a service that drops most of a few thousand would be of no use.
      expect(taken).toBeGreaterThan((CLICKS + RECORDS) / 2);
      const messages = await desk.read('clickstream');
      expect(messages).toHaveLength(taken);
      const known = new Set(sent);
      expect(messages.filter(({ message }) => !known.has(message.value!.toString()))).toEqual([]);
      expect(await shown('user_clickstream')).toHaveLength(taken);
      expect((await shown('visitors_per_min')).reduce((sum, { hits }) => sum + hits, 0)).toBe(taken);
    });

    it('each click of a user is in Cassandra, under its user', async () => {
      const expected = (await shown('user_clickstream')).filter(({ userid }) => userid !== null);
      await until('Cassandra to have all', async () => (await inCassandra()) === expected.length);
      const named = expected.find(({ userid }) => /[a-z]/.test(String(userid)))!.userid;
      for (const user of [7, 29, named]) {
        const rows = await client.execute('SELECT date, ip FROM ms.clickstream WHERE user_id = ?', [String(user)], {
          prepare: true,
        });
        const clicks = expected.filter(({ userid }) => String(userid) === String(user));
        expect(clicks.length).toBeGreaterThan(0);
        expect(rows.rows.map((row) => [Number(row.date), row.ip as string]).sort()).toEqual(
          clicks.map(({ time_ms, ip }) => [Number(time_ms), ip]).sort(),
        );
      }
      const at = await figures();
      expect(at('clicks_published_refused_total', { sink: 'cassandra' })).toBe(0);
      expect(at('clicks_sink_up', { sink: 'cassandra' })).toBe(1);
    });

    it('what comes while Cassandra is away is counted all the same, and told when it is back', async () => {
      await node.kill();
      await send('udp', '--seed', '2', '--rate', '20', '--count', String(LATER), '--start', '2026-11-20T08:10:00Z');
      await settled();
      await until('the service to miss it', async () => (await figures())('clicks_sink_up', { sink: 'cassandra' }) === 0);
      expect((await figures())('clicks_outbox_entries', { sink: 'cassandra' })).toBeGreaterThan(0);
      await node.launch();
      const expected = (await shown('user_clickstream')).filter(({ userid }) => userid !== null);
      await until('Cassandra to have the rest', async () => (await inCassandra().catch(() => -1)) === expected.length);
      await until('nothing to wait', async () => (await figures())('clicks_outbox_entries', { sink: 'cassandra' }) === 0);
    });

    it('the notebook reads the export, and the same from Cassandra', async () => {
      const clicks = await shown('user_clickstream');
      await service.stop();
      const exported = temp.file('export');
      mkdirSync(exported);
      for (const name of NOTEBOOK_TABLES) writeFileSync(join(exported, `${name}.csv`), await run('export', name));
      const result = await runNotebook(exported, temp.file('result'), {
        args: ['--cassandra'],
        env: { CASSANDRA_HOST: '127.0.0.1', CASSANDRA_PORT: String(node.port) },
      });
      expect([result.code, result.code === 0 ? complaints(result) : result.stderr]).toEqual([0, []]);
      const { totals, cassandra: stored, 'cassandra-users': users, 'cassandra-user': latest } = result.printed;
      expect(numberAfter(totals!, 'Clicks')).toBe(clicks.length);
      const known = clicks.filter(({ userid }) => userid !== null);
      const counts = new Map<string, number>();
      for (const { userid } of known) counts.set(String(userid), (counts.get(String(userid)) ?? 0) + 1);
      expect(numberAfter(stored!, 'Clicks in Cassandra')).toBe(known.length);
      expect(numberAfter(stored!, 'Users in Cassandra')).toBe(counts.size);
      const busiest = printedRows(users!, 'Clicks by user').map((line) => line.split(' '));
      expect(busiest).toHaveLength(15);
      for (const [user, count] of busiest) expect([user, Number(count)]).toEqual([user, counts.get(user!)]);
      expect(Number(busiest[0]![1])).toBe(Math.max(...counts.values()));
      const title = `Latest clicks of user ${/Latest clicks of user (\S+)/.exec(latest!)![1]}`;
      expect(printedRows(latest!, title)).toHaveLength(15);
      const ofCassandra = result.figures.filter((name) => name.includes('-cassandra-')).map((name) => name.slice(3));
      expect(new Set(ofCassandra)).toEqual(
        new Set(['cassandra-time.png', 'cassandra-users.png', 'cassandra-sessions.png', 'cassandra-pages.png']),
      );
    });
  },
);

type Figures = (name: string, labels?: Record<string, string>) => number;

/** What Prometheus is told; what it was never told is 0. */
async function figuresOf(url: string): Promise<Figures> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  return (name, labels = {}) => {
    const line = lines.find(
      (text) =>
        new RegExp(`^holdfast_${name}[{ ]`).test(text) &&
        Object.entries(labels).every(([label, value]) => text.includes(`${label}="${value}"`)),
    );
    return line === undefined ? 0 : Number(line.split(' ').at(-1));
  };
}

async function freeUdpPort(): Promise<number> {
  const probe = createSocket('udp4').bind(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  await new Promise<void>((resolve) => probe.close(resolve));
  return port;
}

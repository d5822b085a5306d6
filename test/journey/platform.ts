/**
 * A university's platform on one machine, all of it real: MariaDB with Moodle's database and the store, Kafka, Kafka Connect with
 * Debezium and the connector file of deploy/, Elasticsearch. And processes of Holdfast over it, as people start them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connect, type ConnectorConfig, type Converter, connectMissing } from '../servers/connect.js';
import { connectorOf, DEBEZIUM_PASSWORD, PLATFORM_USERS } from '../servers/connector.js';
import { Elasticsearch, elasticsearchMissing } from '../servers/elasticsearch.js';
import { Kafka, kafkaMissing } from '../servers/kafka.js';
import { Mariadb, mariadbMissing } from '../servers/mariadb.js';
import { buildInto, holdfast, type Ran } from './built.js';
import { TempFolder } from './site.js';

/** Between two looks whether something has come about. */
const LOOK_MS = 250;
const STOP_MS_MAX = 30_000;

export function platformMissing(): string | null {
  return connectMissing() ?? kafkaMissing() ?? mariadbMissing() ?? elasticsearchMissing();
}

/** A running `holdfast serve`. */
export class Process {
  private readonly words: Buffer[] = [];
  readonly closed: Promise<unknown>;
  /** The test expects that it may end with an error: `until` does not stop at it. */
  may_fail = false;

  constructor(private readonly child: ChildProcess) {
    child.stderr!.on('data', (part: Buffer) => this.words.push(part));
    this.closed = once(child, 'close');
    process.once('exit', () => child.kill('SIGKILL'));
  }

  /** What it has said so far. */
  get said(): string {
    return Buffer.concat(this.words).toString();
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** null while it runs. */
  get code(): number | null {
    return this.child.exitCode;
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.closed;
  }

  /** As a process manager stops it; it must go by itself, in time, with exit code 0. */
  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGTERM');
    const late = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS_MAX);
    await this.closed;
    clearTimeout(late);
    if (this.child.exitCode !== 0)
      throw new Error(`a process ended with ${this.child.exitCode ?? this.child.signalCode}:\n${this.said}`);
  }

  /** Suspends it, as a machine that sleeps does, until `wake`. */
  sleep(): void {
    this.child.kill('SIGSTOP');
  }

  wake(): void {
    this.child.kill('SIGCONT');
  }
}

export interface PlatformOptions {
  converter?: Converter;
  /** Without it nothing is indexed; `later` is down until the test launches it. */
  elasticsearch?: boolean | 'later';
  connect?: boolean;
}

export class Platform {
  readonly temp = new TempFolder();
  readonly cli = buildInto(this.temp.path);
  private readonly processes: Process[] = [];

  private constructor(
    readonly db: Mariadb,
    readonly kafka: Kafka,
    readonly connect: Connect | null,
    readonly search: Elasticsearch | null,
  ) {}

  static async start({ converter, elasticsearch = true, connect = true }: PlatformOptions = {}): Promise<Platform> {
    const [db, kafka, search] = await Promise.all([
      Mariadb.start(),
      Kafka.start(),
      elasticsearch === 'later' ? Elasticsearch.prepare() : elasticsearch ? Elasticsearch.start() : null,
    ]);
    await db.sql(PLATFORM_USERS);
    const worker = connect ? await Connect.start({ brokers: kafka.brokers, converter, env: {} }) : null;
    return new Platform(db, kafka, worker, search);
  }

  /** The connector file of deploy/ for this database; its topics begin with `prefix`. */
  async capture(database: string, prefix: string, more: ConnectorConfig = {}): Promise<void> {
    const config = connectorOf(this.db, this.kafka.brokers, database);
    const log = `${prefix}\\.[^.]+\\.[^.]*logstore_standard_log`;
    const own = {
      'topic.prefix': prefix,
      'schema.history.internal.kafka.topic': `schema-history.${prefix}`,
      'topic.creation.log.include': log,
    };
    await this.connect!.add(prefix, { ...config, ...own, ...more });
    await this.connect!.running(prefix);
    await this.connect!.streaming(prefix);
  }

  /** A store of its own in MariaDB. */
  async store(name: string): Promise<string> {
    await this.db.sql(`CREATE DATABASE IF NOT EXISTS store_${name}`);
    return `mysql://store:${DEBEZIUM_PASSWORD}@127.0.0.1:${this.db.port}/store_${name}`;
  }

  env(store: string, prefix: string, more: Record<string, string> = {}): Record<string, string> {
    return {
      HOLDFAST_STORE: store,
      HOLDFAST_MOODLE: `kafka:${prefix}`,
      HOLDFAST_KAFKA_BROKERS: this.kafka.brokers,
      HOLDFAST_LISTEN: '127.0.0.1:0',
      HOLDFAST_CLOCK: 'event',
      ...(this.search ? { HOLDFAST_ELASTICSEARCH: this.search.url } : {}),
      ...more,
    };
  }

  serve(env: Record<string, string>): Process {
    const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('HOLDFAST_')));
    const child = spawn(process.execPath, [this.cli, 'serve'], {
      env: { ...clean, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const started = new Process(child);
    this.processes.push(started);
    return started;
  }

  /** A command beside the services, which has to succeed. Gives what it printed. */
  async run(env: Record<string, string>, ...args: string[]): Promise<string> {
    const ran = await this.runs(env, ...args);
    if (ran.code !== 0) throw new Error(`holdfast ${args.join(' ')} ended with ${ran.code}: ${ran.stderr}`);
    return ran.stdout;
  }

  runs(env: Record<string, string>, ...args: string[]): Promise<Ran> {
    return holdfast(this.cli, args, { env });
  }

  /** Waits until `what` is true; fails with what the processes said, or with `told`, when it does not come about in time. */
  async until(ms_max: number, what: () => Promise<boolean>, told: () => string = () => ''): Promise<void> {
    const deadline = Date.now() + ms_max;
    while (!(await what())) {
      const dead = this.processes.find(({ code, may_fail }) => code !== null && code !== 0 && !may_fail);
      if (dead) throw new Error(`a process ended with ${dead.code}:\n${dead.said}`);
      if (Date.now() > deadline) {
        const said = this.processes.map((p, i) => `--- process ${i}\n${p.said.slice(-2_000)}`).join('\n');
        throw new Error(`it did not come about in ${ms_max} ms ${told()}\n${said}`);
      }
      await sleep(LOOK_MS);
    }
  }

  async stop(): Promise<void> {
    for (const started of this.processes) if (started.code === null) await started.kill().catch(() => undefined);
    await Promise.all([this.connect?.stop(), this.search?.stop()]);
    await Promise.all([this.kafka.stop(), this.db.stop()]);
    this.temp.remove();
  }
}

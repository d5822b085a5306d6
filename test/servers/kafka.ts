/** A private Kafka broker for tests: one node with its own controller, on free ports, with its data in a temporary folder. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { JAVA, jarsOf, javaMissing, LOG_SETTINGS } from './jars.js';
import { freePort, JavaServer, listening } from './java.js';

const run = promisify(execFile);

/** Why there is no Kafka, with the line that mends it; null when there is one. */
export function kafkaMissing(): string | null {
  return javaMissing(['broker']);
}

/** For a listener that offers SCRAM; one with PLAIN has its users in its settings. */
const SCRAM_USER = 'SCRAM-SHA-512=[name=holdfast,password=fast-hold]';

/** Lines of server.properties. */
export type BrokerSettings = Record<string, string>;

export class Kafka {
  private constructor(
    readonly folder: string,
    /** `127.0.0.1:PORT` */
    readonly brokers: string,
    private readonly server: JavaServer,
    private readonly jars: string,
    private readonly port: number,
    /** The same broker for those who have to log in: `holdfast` with `fast-hold`. */
    readonly brokers_with_login: string,
  ) {}

  static async start(settings: BrokerSettings = {}): Promise<Kafka> {
    const jars = await jarsOf('broker');
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-kafka-'));
    const port = await freePort();
    const server = new JavaServer(join(folder, 'kafka.log'));
    const kafka = new Kafka(folder, `127.0.0.1:${port}`, server, jars, port, `127.0.0.1:${await freePort()}`);
    await kafka.configure(await freePort(), settings);
    const format = ['format', '-t', 'MkU3OEVBNTcwNTJENDM2Qk', '-c', kafka.file, '--add-scram', SCRAM_USER];
    await run(JAVA, ['-Xmx128m', LOG_SETTINGS, '-Dlog.level=WARN', '-cp', `${jars}/*`, 'kafka.tools.StorageTool', ...format]);
    await kafka.launch();
    return kafka;
  }

  /** As a power cut does it to the process. */
  kill(): Promise<void> {
    return this.server.halt('SIGKILL');
  }

  /** Starts after `kill`: the same broker with the same data. */
  launch(): Promise<void> {
    const heap = ['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    return this.server.start([...heap, LOG_SETTINGS, '-cp', `${this.jars}/*`, 'kafka.Kafka', this.file], {}, () =>
      listening(this.port),
    );
  }

  /** Stops and removes everything: nobody needs its last words. */
  async stop(): Promise<void> {
    await this.server.halt('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private get file(): string {
    return join(this.folder, 'server.properties');
  }

  private async configure(controller_port: number, settings: BrokerSettings): Promise<void> {
    const lines: BrokerSettings = {
      'process.roles': 'broker,controller',
      'node.id': '1',
      'controller.quorum.voters': `1@127.0.0.1:${controller_port}`,
      listeners: `PLAINTEXT://${this.brokers},LOGIN://${this.brokers_with_login},CONTROLLER://127.0.0.1:${controller_port}`,
      'advertised.listeners': `PLAINTEXT://${this.brokers},LOGIN://${this.brokers_with_login}`,
      'controller.listener.names': 'CONTROLLER',
      'inter.broker.listener.name': 'PLAINTEXT',
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,LOGIN:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT',
      'listener.name.login.sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.login.plain.sasl.jaas.config':
        'org.apache.kafka.common.security.plain.PlainLoginModule required user_holdfast="fast-hold";',
      'log.dirs': join(this.folder, 'logs'),
      // One broker: every internal topic must be told so, or groups hang.
      'offsets.topic.replication.factor': '1',
      'offsets.topic.num.partitions': '1',
      'transaction.state.log.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
      'transaction.state.log.num.partitions': '1',
      'share.coordinator.state.topic.replication.factor': '1',
      'share.coordinator.state.topic.min.isr': '1',
      'group.initial.rebalance.delay.ms': '0',
      // A killed process is missed at once.
      'group.min.session.timeout.ms': '1000',
      'auto.create.topics.enable': 'false',
      'num.partitions': '1',
      'log.cleaner.dedupe.buffer.size': '16777216',
      // Records stamped with old times would otherwise be deleted after five minutes.
      'log.retention.ms': '-1',
      ...settings,
    };
    const text = Object.entries(lines).map(([name, value]) => `${name}=${value}`);
    await writeFile(this.file, `${text.join('\n')}\n`);
  }
}

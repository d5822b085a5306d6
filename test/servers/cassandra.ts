/** A private Cassandra node for tests: alone in its cluster, with data and ports of its own. Its data centre is `datacenter1`. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jarsOf, javaMissing } from './jars.js';
import { freePort, JavaServer, listening } from './java.js';

/** Why there is no Cassandra, with the line that mends it; null when there is one. */
export function cassandraMissing(): string | null {
  return javaMissing(['cassandra']);
}

/** What Cassandra reaches for inside Java 17, as its own start script names it. */
const EXPORTS = [
  'java.base/jdk.internal.misc',
  'java.base/java.lang.ref',
  'java.management.rmi/com.sun.jmx.remote.internal.rmi',
  'java.rmi/sun.rmi.registry',
  'java.rmi/sun.rmi.server',
  'java.sql/java.sql',
  'jdk.attach/sun.tools.attach',
  'jdk.compiler/com.sun.tools.javac.file',
  'jdk.unsupported/sun.misc',
];
const OPENS = [
  'java.base/java.io',
  'java.base/java.lang',
  'java.base/java.lang.module',
  'java.base/java.lang.reflect',
  'java.base/java.nio',
  'java.base/java.util',
  'java.base/jdk.internal.loader',
  'java.base/jdk.internal.math',
  'java.base/jdk.internal.module',
  'java.base/jdk.internal.ref',
  'java.base/jdk.internal.reflect',
  'java.base/jdk.internal.util.jar',
  'java.base/sun.nio.ch',
  'java.rmi/sun.rmi.transport.tcp',
  'jdk.compiler/com.sun.tools.javac',
  'jdk.management/com.sun.management.internal',
];

export class Cassandra {
  private launches = 0;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly jars: string,
    private readonly server: JavaServer,
    private readonly jmx_port: number,
  ) {}

  static async start(): Promise<Cassandra> {
    const node = await Cassandra.prepare();
    await node.launch();
    return node;
  }

  /** Everything but the process: a node that is down from the start, whose address is known. */
  static async prepare(): Promise<Cassandra> {
    const jars = await jarsOf('cassandra');
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-cassandra-'));
    for (const name of ['conf', 'tmp']) await mkdir(join(folder, name));
    const server = new JavaServer(join(folder, 'cassandra.log'));
    const node = new Cassandra(folder, await freePort(), jars, server, await freePort());
    await writeFile(join(folder, 'conf', 'cassandra.yaml'), node.settings(await freePort(), await freePort()));
    await writeFile(join(folder, 'conf', 'logback.xml'), LOGBACK);
    return node;
  }

  /** Starts, the first time or again; resolves when it takes requests. */
  async launch(): Promise<void> {
    this.launches++;
    const jamm = (await readdir(this.jars)).find((name) => /^jamm-.*\.jar$/.test(name));
    if (jamm === undefined) throw new Error(`no jamm-*.jar in ${this.jars}: remove the folder and run the tests again`);
    const args = [
      ...['-Xms256m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:MaxDirectMemorySize=256m'],
      '-Djdk.attach.allowAttachSelf=true',
      ...EXPORTS.flatMap((name) => ['--add-exports', `${name}=ALL-UNNAMED`]),
      ...OPENS.flatMap((name) => ['--add-opens', `${name}=ALL-UNNAMED`]),
      `-javaagent:${join(this.jars, jamm)}`,
      '-Dio.netty.tryReflectionSetAccessible=true',
      `-Djava.io.tmpdir=${join(this.folder, 'tmp')}`,
      `-Dcassandra.config=file://${join(this.folder, 'conf', 'cassandra.yaml')}`,
      `-Dcassandra.storagedir=${this.folder}`,
      `-Dcassandra.logdir=${this.folder}`,
      `-Dlogback.configurationFile=${join(this.folder, 'conf', 'logback.xml')}`,
      '-Dcassandra-foreground=yes',
      `-Dcassandra.jmx.local.port=${this.jmx_port}`,
      // Alone: there are no other nodes to hear from.
      '-Dcassandra.ring_delay_ms=0',
      '-Dcassandra.skip_wait_for_gossip_to_settle=0',
      '-Dcassandra.superuser_setup_delay_ms=0',
    ];
    const classes = [join(this.folder, 'conf'), join(this.jars, '*')].join(':');
    await this.server.start([...args, '-cp', classes, 'org.apache.cassandra.service.CassandraDaemon'], { cwd: this.folder }, () =>
      this.started(),
    );
  }

  /** As a power cut does it to the process. The data stay for `launch`. */
  kill(): Promise<void> {
    return this.server.halt('SIGKILL');
  }

  /** SIGSTOP and SIGCONT: the node hangs and comes back. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.server.signal(signal);
  }

  /** Stops and removes everything. */
  async stop(): Promise<void> {
    await this.server.halt('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** For `HOLDFAST_CASSANDRA`. */
  get url(): string {
    return `cassandra://127.0.0.1:${this.port}?datacenter=datacenter1`;
  }

  /** The port opens a moment before the node tells its clients that it is up. */
  private async started(): Promise<void> {
    await listening(this.port);
    const log = await readFile(join(this.folder, 'cassandra.log'), 'utf8');
    if (log.split('Startup complete').length - 1 < this.launches) throw new Error('not yet');
  }

  private settings(storage_port: number, ssl_port: number): string {
    const at = (name: string) => join(this.folder, name);
    return `${[
      'cluster_name: holdfast-test',
      'num_tokens: 1',
      'partitioner: org.apache.cassandra.dht.Murmur3Partitioner',
      `data_file_directories: [ ${at('data')} ]`,
      `commitlog_directory: ${at('commitlog')}`,
      `hints_directory: ${at('hints')}`,
      `saved_caches_directory: ${at('saved_caches')}`,
      `cdc_raw_directory: ${at('cdc_raw')}`,
      'commitlog_sync: periodic',
      'commitlog_sync_period: 10000ms',
      'commitlog_segment_size: 8MiB',
      'commitlog_total_space: 256MiB',
      'listen_address: 127.0.0.1',
      'rpc_address: 127.0.0.1',
      `storage_port: ${storage_port}`,
      `ssl_storage_port: ${ssl_port}`,
      `native_transport_port: ${this.port}`,
      'endpoint_snitch: SimpleSnitch',
      'seed_provider:',
      '  - class_name: org.apache.cassandra.locator.SimpleSeedProvider',
      '    parameters:',
      `      - seeds: "127.0.0.1:${storage_port}"`,
      'auto_snapshot: false',
      'file_cache_size: 32MiB',
      'key_cache_size: 8MiB',
    ].join('\n')}\n`;
  }
}

const LOGBACK = `<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %-5level %F:%L %msg%n</pattern></encoder></appender>
  <root level="INFO"><appender-ref ref="out"/></root>
</configuration>
`;

/**
 * A real Kafka Connect worker (standalone) with Debezium's connectors, for tests: a folder, a REST port and a process of its
 * own. Jars come from `jars.sh`, once. Its offsets survive `kill` and `launch`, as they do in production.
 */
import { statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { jarsOf, javaMissing, LOG_SETTINGS } from './jars.js';
import { freePort, JavaServer } from './java.js';

/** A snapshot of the sample site takes 5 s. */
const WAIT_MS_MAX = 120_000;
const POLL_MS = 100;
/** An answer of the worker's own REST interface; a connector that is being made may hold it up for some seconds. */
const REST_MS_MAX = 30_000;

/** Why Kafka Connect cannot run here, with the line that mends it; null when it can. */
export function connectMissing(): string | null {
  return javaMissing(['connect', 'debezium-mariadb', 'debezium-mysql']);
}

export type Plugin = 'debezium-mariadb' | 'debezium-mysql';
export type ConnectorConfig = Record<string, string>;
/** `json`: bare values; `json-schemas`: `{schema, payload}`; avro: Confluent's framing, schemas in an Apicurio registry. */
export type Converter = 'json' | 'json-schemas' | { avro: string };

export interface ConnectOptions {
  /** `127.0.0.1:19092`. */
  brokers: string;
  plugins?: Plugin[];
  converter?: Converter;
  /** What `${env:NAME}` in a connector's config stands for. */
  env?: Record<string, string>;
}

export interface ConnectorStatus {
  connector: { state: string; trace?: string };
  tasks: { id: number; state: string; trace?: string }[];
}

/** `{'database.hostname': ['The database hostname is invalid']}`: the faults that the connector itself finds, by setting. */
export type ConfigFaults = Record<string, string[]>;

export class Connect {
  /** Where the log of the process that runs now begins. */
  private logStart = 0;
  private readonly configs = new Map<string, ConnectorConfig>();
  private readonly server: JavaServer;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly options: ConnectOptions,
    private readonly jars: string,
  ) {
    this.server = new JavaServer(this.logFile);
  }

  /** Starts a worker without connectors; `add` gives it some. */
  static async start(options: ConnectOptions): Promise<Connect> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-connect-'));
    const plugins = join(folder, 'plugins');
    await mkdir(plugins);
    const wanted: string[] = [...(options.plugins ?? ['debezium-mariadb'])];
    if (typeof options.converter === 'object') wanted.push('apicurio-converter');
    for (const plugin of wanted) await symlink(await jarsOf(plugin), join(plugins, plugin));
    const connect = new Connect(folder, await freePort(), options, await jarsOf('connect'));
    await writeFile(join(folder, 'worker.properties'), connect.workerProperties(plugins));
    await writeFile(connect.logFile, '');
    await connect.launch();
    return connect;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Adds a connector, or gives it another config. Resolves when the worker has taken it; `running` waits for its task. */
  async add(name: string, config: ConnectorConfig): Promise<void> {
    const whole = { ...config, name };
    await this.rest('PUT', `/connectors/${name}/config`, whole);
    // A standalone worker forgets what came by REST: `launch` names the files again.
    await writeFile(this.fileOf(name), JSON.stringify({ name, config: whole }));
    this.configs.set(name, whole);
  }

  /** Forgets how far the connector was: it copies everything again. */
  async rewind(name: string): Promise<void> {
    await this.rest('PUT', `/connectors/${name}/stop`);
    await this.until(`${name} is STOPPED`, async () => (await this.status(name)).connector.state === 'STOPPED');
    await this.rest('DELETE', `/connectors/${name}/offsets`);
    await this.rest('PUT', `/connectors/${name}/resume`);
  }

  async remove(name: string): Promise<void> {
    await this.rest('DELETE', `/connectors/${name}`);
    this.configs.delete(name);
  }

  async status(name: string): Promise<ConnectorStatus> {
    const names = (await this.rest('GET', '/connectors?expand=status')) as Record<string, { status: ConnectorStatus }>;
    // A worker that has just started has not come to it yet.
    return names[name]?.status ?? { connector: { state: 'UNASSIGNED' }, tasks: [] };
  }

  /** Waits until the connector and its task run; throws with the trace when one of them fails. */
  async running(name: string): Promise<void> {
    await this.until(`${name} is RUNNING`, async () => {
      const { connector, tasks } = await this.status(name);
      const failed = [connector, ...tasks].find(({ state }) => state === 'FAILED');
      if (failed !== undefined) throw new Error(`connector ${name} failed: ${failed.trace}`);
      return connector.state === 'RUNNING' && tasks.length > 0 && tasks.every(({ state }) => state === 'RUNNING');
    });
  }

  /** Waits until a task has failed, and gives its trace. */
  async failed(name: string): Promise<string> {
    let trace = '';
    await this.until(`${name} has FAILED`, async () => {
      const task = (await this.status(name)).tasks.find(({ state }) => state === 'FAILED');
      trace = task?.trace ?? '';
      return task !== undefined;
    });
    return trace;
  }

  /** Waits until the initial snapshot of the connector with this `topic.prefix` is whole, and the binary log is followed. */
  async streaming(topic_prefix: string): Promise<void> {
    const reader = new RegExp(`Creating thread debezium-\\w+-${topic_prefix}-binlog-client`);
    await this.until(`the connector of ${topic_prefix} follows the binary log`, async () =>
      reader.test((await this.log()).slice(this.logStart)),
    );
  }

  /** Has the connector check a config as it would at its start, the connection to the database included. */
  async validate(plugin: string, config: ConnectorConfig): Promise<ConfigFaults> {
    const answer = (await this.rest('PUT', `/connector-plugins/${plugin}/config/validate`, config)) as {
      configs: { value: { name: string; errors: string[] } }[];
    };
    const faulty = answer.configs.filter(({ value }) => value.errors.length > 0);
    return Object.fromEntries(faulty.map(({ value }) => [value.name, value.errors]));
  }

  async log(): Promise<string> {
    return readFile(this.logFile, 'utf8');
  }

  /** Starts the process, with the connectors that were added; the offsets are where they were. */
  async launch(): Promise<void> {
    this.logStart = statSync(this.logFile).size;
    const files = [...this.configs.keys()].map((name) => this.fileOf(name));
    const heap = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
    await this.server.start(
      [...heap, LOG_SETTINGS, '-cp', `${this.jars}/*`, main, join(this.folder, 'worker.properties'), ...files],
      { env: { ...process.env, ...this.options.env } },
      async () => {
        await this.rest('GET', '/connectors');
      },
    );
  }

  /** As a power cut does it to the process; `launch` starts it again. */
  kill(): Promise<void> {
    return this.server.halt('SIGKILL');
  }

  /** Ends the worker as an operator does. */
  shutdown(): Promise<void> {
    return this.server.halt('SIGTERM');
  }

  /** Ends the worker and removes everything: nobody needs its last words. */
  async stop(): Promise<void> {
    await this.server.halt('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private async rest(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(REST_MS_MAX),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`Kafka Connect, ${method} ${path}: ${response.status} ${text.slice(0, 2000)}`);
    return text === '' ? null : (JSON.parse(text) as unknown);
  }

  private async until(what: string, reached: () => Promise<boolean>): Promise<void> {
    const until = Date.now() + WAIT_MS_MAX;
    while (!(await reached())) {
      if (Date.now() > until) throw new Error(`waited in vain until ${what}:\n${(await this.log()).slice(-4000)}`);
      await sleep(POLL_MS);
    }
  }

  private get logFile(): string {
    return join(this.folder, 'connect.log');
  }

  private fileOf(name: string): string {
    return join(this.folder, `${name}.json`);
  }

  private workerProperties(plugins: string): string {
    return [
      `bootstrap.servers=${this.options.brokers}`,
      `listeners=http://127.0.0.1:${this.port}`,
      `plugin.path=${plugins}`,
      // Scanning every class of the plugins takes most of the start; only Apicurio's converter is not announced in its jar.
      `plugin.discovery=${typeof this.options.converter === 'object' ? 'hybrid_warn' : 'service_load'}`,
      `offset.storage.file.filename=${join(this.folder, 'offsets.dat')}`,
      'offset.flush.interval.ms=1000',
      'config.providers=env',
      'config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider',
      'config.providers.env.param.allowlist.pattern=(MOODLE_DB_.*|BOOTSTRAP_SERVERS)',
      ...converterProperties(this.options.converter ?? 'json'),
      '',
    ].join('\n');
  }
}

function converterProperties(converter: Converter): string[] {
  return ['key', 'value'].flatMap((part) => {
    if (typeof converter === 'string') {
      const schemas = converter === 'json-schemas';
      const json = 'org.apache.kafka.connect.json.JsonConverter';
      return [`${part}.converter=${json}`, `${part}.converter.schemas.enable=${schemas}`];
    }
    // With these the bytes are those of Confluent's own converter: a zero, four bytes of schema id, the value.
    const registry = {
      url: `${converter.avro}/apis/registry/v2`,
      'auto-register': 'true',
      'as-confluent': 'true',
      'use-id': 'contentId',
      'headers.enabled': 'false',
    };
    const settings = Object.entries(registry).map(([name, value]) => `${part}.converter.apicurio.registry.${name}=${value}`);
    return [`${part}.converter=io.apicurio.registry.utils.converter.AvroConverter`, ...settings];
  });
}

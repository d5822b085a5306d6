/**
 * A private MariaDB for tests: Debian's `mariadb-server` package on a data folder, port and socket of its own, with the
 * binary log as change capture needs it. Nothing of a MariaDB that the machine may already run is touched.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';

const run = promisify(execFile);
/** A start takes 1.5 s; crash recovery on a busy machine a few more. */
const START_MS_MAX = 60_000;
/** One statement's output: a test reads whole tables of a small site. */
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
/** The package's binaries are in sbin, which is not in everybody's path. */
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

/** Why there is no MariaDB, with the line that mends it; null when there is one. */
export function mariadbMissing(): string | null {
  for (const program of ['mariadbd', 'mariadb-install-db', 'mariadb']) {
    try {
      execFileSync('which', [program], { env: { PATH }, stdio: 'ignore' });
    } catch {
      return `${program} not found: apt-get install mariadb-server`;
    }
  }
  return null;
}

/** Server settings by option name: `{'binlog-format': 'MIXED'}`; `false` = leave the option out. */
export type Settings = Record<string, string | false>;

const SETTINGS: Settings = {
  'log-bin': 'binlog',
  'binlog-format': 'ROW',
  'binlog-row-image': 'FULL',
  'binlog-row-metadata': 'FULL',
  'server-id': '4242',
  'gtid-strict-mode': 'ON',
  'default-time-zone': '+00:00',
  'character-set-server': 'utf8mb4',
  'collation-server': 'utf8mb4_unicode_ci',
  'innodb-buffer-pool-size': '64M',
  'innodb-log-file-size': '16M',
  'innodb-flush-log-at-trx-commit': '2',
  'max-connections': '60',
};

export class Mariadb {
  /** The capture user: REPLICATION SLAVE and SELECT, nothing else. */
  readonly user = 'holdfast';
  readonly password = 'fast-hold';
  private process: ChildProcess | null = null;
  private settings = SETTINGS;

  private constructor(
    readonly folder: string,
    readonly port: number,
  ) {
    process.once('exit', () => this.process?.kill('SIGKILL'));
  }

  /** Makes the data folder, starts the server, and creates the database `moodle` and the users. */
  static async start(settings: Settings = {}): Promise<Mariadb> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-mariadb-'));
    const server = new Mariadb(folder, await freePort());
    if (userInfo().uid === 0) await run('chown', ['mysql:', folder]);
    await server.configure({});
    const install = [`--defaults-file=${server.file}`, '--auth-root-authentication-method=normal', '--skip-test-db'];
    await run('mariadb-install-db', install, { env: { PATH } });
    await server.restart(settings);
    await server.sql(
      `CREATE DATABASE moodle;
       CREATE USER '${server.user}'@'%' IDENTIFIED BY '${server.password}';
       GRANT REPLICATION SLAVE ON *.* TO '${server.user}'@'%';
       GRANT SELECT ON moodle.* TO '${server.user}'@'%';`,
    );
    return server;
  }

  url(database = 'moodle', user = this.user, password = this.password): string {
    return `mysql://${user}:${password}@127.0.0.1:${this.port}/${database}`;
  }

  /** Runs statements as root over the socket; rows come back tab-separated without header. */
  async sql(text: string, database = 'mysql'): Promise<string> {
    const args = ['-uroot', '-S', this.socket, '-N', '--default-character-set=utf8mb4', database];
    const child = spawn('mariadb', args, { env: { PATH }, stdio: ['pipe', 'pipe', 'pipe'] });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    let bytes = 0;
    child.stdout.on('data', (part: Buffer) => {
      bytes += part.length;
      if (bytes <= OUTPUT_BYTES_MAX) out.push(part);
    });
    child.stderr.on('data', (part: Buffer) => err.push(part));
    child.stdin.on('error', () => {});
    child.stdin.end(text);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`mariadb: ${Buffer.concat(err).toString()}`);
    return Buffer.concat(out).toString();
  }

  /** Loads a `.sql.gz` dump. */
  async load(path: string, database = 'moodle'): Promise<void> {
    const args = ['-uroot', '-S', this.socket, '--default-character-set=utf8mb4', database];
    const child = spawn('mariadb', args, { env: { PATH }, stdio: ['pipe', 'ignore', 'inherit'] });
    const closed = once(child, 'close');
    await pipeline(createReadStream(path), createGunzip(), child.stdin);
    const [code] = await closed;
    if (code !== 0) throw new Error(`loading ${path}: exit ${code}`);
  }

  /** Stops and starts again, with other settings where given; the data stay. */
  async restart(settings: Settings = {}): Promise<void> {
    await this.halt('SIGTERM');
    await this.configure(settings);
    await this.launch();
  }

  /** As a power cut does it to the process: nothing is flushed or closed. */
  async kill(): Promise<void> {
    await this.halt('SIGKILL');
  }

  /** Starts after `kill`, with the settings as they were. */
  async launch(): Promise<void> {
    const child = spawn('mariadbd', [`--defaults-file=${this.file}`], { env: { PATH }, stdio: 'ignore' });
    this.process = child;
    for (let waited_ms = 0; waited_ms < START_MS_MAX; waited_ms += 50) {
      if (child.exitCode !== null) break;
      try {
        await this.sql('SELECT 1');
        return;
      } catch {
        await sleep(50);
      }
    }
    throw new Error(`mariadbd did not start:\n${(await readFile(join(this.folder, 'error.log'), 'utf8')).slice(-2000)}`);
  }

  /** Starts what was killed, and leaves what runs. */
  async revive(): Promise<void> {
    if (this.process === null) await this.launch();
  }

  /** Stops and removes everything. */
  async stop(): Promise<void> {
    await this.halt('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
    await rm(this.file, { force: true });
  }

  /** Root comes in by it, without a password. */
  get socket(): string {
    return join(this.folder, 's.sock');
  }

  private get file(): string {
    return `${this.folder}.cnf`;
  }

  private async halt(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    this.process = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  private async configure(settings: Settings): Promise<void> {
    this.settings = { ...SETTINGS, ...settings };
    const lines = Object.entries(this.settings)
      .filter(([, value]) => value !== false)
      .map(([name, value]) => `${name}=${value}`);
    const own = [
      `datadir=${this.folder}`,
      `socket=${this.socket}`,
      `pid-file=${join(this.folder, 'mariadbd.pid')}`,
      `log-error=${join(this.folder, 'error.log')}`,
      `port=${this.port}`,
      'bind-address=127.0.0.1',
      'skip-name-resolve',
      // mariadbd refuses to run as root.
      ...(userInfo().uid === 0 ? ['user=mysql'] : []),
    ];
    await writeFile(this.file, ['[mariadbd]', ...own, ...lines, ''].join('\n'));
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  probe.close();
  await once(probe, 'close');
  return address.port;
}

/**
 * A private Elasticsearch node for tests: the distribution that Elastic tests its own clients with, on a data folder and ports of
 * its own. It has few modules: no `GET /`, no scripts, no `_delete_by_query`, no index lifecycle. One that wants a login has what API keys
 * need besides.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { access, chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { askJson } from './asking.js';
import { compilerMissing, homeWithAnalysis } from './elasticsearch-analysis.js';
import { JAVA, jarsOf, javaMissing } from './jars.js';
import { freePort } from './java.js';

const run = promisify(execFile);
/** A start takes 17 s on two idle cores. */
const START_MS_MAX = 180_000;
/** Elasticsearch refuses to run as root: this user is made where the tests run as root. */
const SYSTEM_USER = 'holdfast-es';
/** Enough for a site of a few thousand students; the least that starts is about 200 MB. */
const HEAP = '512m';

/** The tests' own way into a node that wants a login. */
const ADMIN = 'admin';
/** Of every user. */
export const PASSWORD = 'fast-hold';

/** A node that takes TLS and a login alone: PEM files, and what each user may, in the words in which Elasticsearch describes a role. */
export interface Secured {
  key: string;
  cert: string;
  ca: string;
  users: Readonly<Record<string, object>>;
}

/** Why there is no Elasticsearch, with the line that mends it; null when there is one. */
export function elasticsearchMissing(): string | null {
  for (const program of ['python3', 'flock', ...(userInfo().uid === 0 ? ['useradd', 'setpriv'] : [])]) {
    try {
      execFileSync('which', [program], { stdio: 'ignore' });
    } catch {
      return `${program} not found: apt-get install python3 passwd util-linux`;
    }
  }
  return javaMissing(['elasticsearch']);
}

/** As `elasticsearchMissing`, for a node that is `Secured`. */
export function securedMissing(): string | null {
  return elasticsearchMissing() ?? compilerMissing();
}

export class Elasticsearch {
  private process: ChildProcess | null = null;

  private constructor(
    readonly folder: string,
    readonly port: number,
    private readonly transport_port: number,
    private readonly home: string,
    private readonly java: string,
    private readonly secured: Secured | null,
  ) {
    process.once('exit', () => this.signal('SIGKILL'));
  }

  static async start(secured: Secured | null = null): Promise<Elasticsearch> {
    const node = await Elasticsearch.prepare(secured);
    await node.launch();
    return node;
  }

  /** Everything but the process: a node that is down from the start, whose address is known. */
  static async prepare(secured: Secured | null = null): Promise<Elasticsearch> {
    const shared = await unpacked();
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-elasticsearch-'));
    const home = secured === null ? shared : join(folder, 'home');
    if (secured !== null) await homeWithAnalysis(shared, home);
    const java = (await run('readlink', ['-f', (await run('which', [JAVA])).stdout.trim()])).stdout.trim();
    const node = new Elasticsearch(folder, await freePort(), await freePort(), home, join(java, '..', '..'), secured);
    for (const name of ['config', 'data', 'logs', 'tmp']) await mkdir(join(folder, name));
    await cp(join(shared, 'config'), join(folder, 'config'), { recursive: true });
    await mkdir(join(folder, 'config', 'jvm.options.d'), { recursive: true });
    await writeFile(join(folder, 'config', 'jvm.options.d', 'heap.options'), `-Xms${HEAP}\n-Xmx${HEAP}\n`);
    await writeFile(join(folder, 'config', 'elasticsearch.yml'), `${node.settings().join('\n')}\n`);
    if (secured !== null) await node.secure(secured);
    if (userInfo().uid === 0) {
      await run('id', [SYSTEM_USER]).catch(() =>
        run('useradd', ['--system', '--no-create-home', '--shell', '/usr/sbin/nologin', SYSTEM_USER]),
      );
      await run('chown', ['-R', `${SYSTEM_USER}:`, folder]);
    }
    return node;
  }

  get url(): string {
    return `${this.secured === null ? 'http' : 'https'}://127.0.0.1:${this.port}`;
  }

  /** Asks the node itself, past the client under test; the body as JSON. */
  ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const login = this.secured === null ? {} : { auth: `${ADMIN}:${PASSWORD}`, ca: readFileSync(this.secured.ca, 'utf8') };
    return askJson(method, `${this.url}${path}`, body, { ...login, timeout_ms: START_MS_MAX });
  }

  /** As a power cut does it to the process. The data stay for `launch`. */
  async kill(): Promise<void> {
    await this.halt('SIGKILL');
  }

  /** Starts, the first time or again; resolves when it takes requests and has its shards. */
  async launch(): Promise<void> {
    const env = {
      PATH: '/usr/bin:/bin',
      HOME: this.folder,
      ES_JAVA_HOME: this.java,
      ES_PATH_CONF: join(this.folder, 'config'),
      ES_TMPDIR: join(this.folder, 'tmp'),
    };
    const program = join(this.home, 'bin', 'elasticsearch');
    const group = (await run('id', ['-gn', userInfo().uid === 0 ? SYSTEM_USER : userInfo().username])).stdout.trim();
    const [command, args] =
      userInfo().uid === 0
        ? ['setpriv', ['--reuid', SYSTEM_USER, '--regid', group, '--clear-groups', program]]
        : [program, [] as string[]];
    const log = openSync(join(this.folder, 'stdout.log'), 'a');
    // A process group of its own: the script starts the JVM as a child, and both have to go.
    const child = spawn(command as string, args as string[], {
      cwd: this.folder,
      env,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.process = child;
    const until = Date.now() + START_MS_MAX;
    while (Date.now() < until && child.exitCode === null) {
      try {
        await this.ask('GET', '/_cluster/health?wait_for_status=yellow&wait_for_no_initializing_shards=true&timeout=5s');
        return;
      } catch {
        await sleep(100);
      }
    }
    throw new Error(`Elasticsearch did not start:\n${(await readFile(join(this.folder, 'stdout.log'), 'utf8')).slice(-2000)}`);
  }

  /** Stops and removes everything. */
  async stop(): Promise<void> {
    await this.halt('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private settings(): string[] {
    return [
      'cluster.name: holdfast-test',
      'node.name: n1',
      `path.data: ${join(this.folder, 'data')}`,
      `path.logs: ${join(this.folder, 'logs')}`,
      'network.host: 127.0.0.1',
      `http.port: ${this.port}`,
      `transport.port: ${this.transport_port}`,
      'discovery.type: single-node',
      ...(this.secured === null ? ['xpack.security.enabled: false'] : SECURED),
      'cluster.routing.allocation.disk.threshold_enabled: false',
      'action.destructive_requires_name: true',
    ];
  }

  /** Users and roles are in files: the first request needs one. */
  private async secure({ key, cert, users }: Secured): Promise<void> {
    const config = (name: string) => join(this.folder, 'config', name);
    await cp(key, config('key.pem'));
    await cp(cert, config('cert.pem'));
    const names = Object.keys(users);
    // JSON is YAML.
    await writeFile(config('roles.yml'), names.map((name) => `${name}: ${JSON.stringify(users[name])}\n`).join(''));
    await writeFile(config('users'), [ADMIN, ...names].map((name) => `${name}:${hashed(PASSWORD)}\n`).join(''));
    await writeFile(config('users_roles'), [`superuser:${ADMIN}`, ...names.map((name) => `${name}:${name}`), ''].join('\n'));
  }

  private async halt(signal: NodeJS.Signals): Promise<void> {
    const child = this.process;
    if (child === null) return;
    const gone = child.exitCode === null && child.signalCode === null ? once(child, 'exit') : null;
    this.signal(signal);
    this.process = null;
    await gone;
    // The launcher is gone; the JVM may hold the data folder's lock a moment longer.
    for (let tries = 0; tries < 100 && isAlive(-child.pid!); tries++) await sleep(50);
  }

  private signal(signal: NodeJS.Signals): void {
    const pid = this.process?.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It is gone already.
    }
  }
}

const SECURED = [
  'xpack.security.enabled: true',
  'xpack.security.http.ssl.enabled: true',
  'xpack.security.http.ssl.key: key.pem',
  'xpack.security.http.ssl.certificate: cert.pem',
];

/** As Elasticsearch keeps a password in its file. */
function hashed(password: string): string {
  const salt = randomBytes(32);
  return `{PBKDF2}10000$${salt.toString('base64')}$${pbkdf2Sync(password, salt, 10_000, 32, 'sha512').toString('base64')}`;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The folder of the unpacked distribution, made once for all suites. */
async function unpacked(): Promise<string> {
  const jars = await jarsOf('elasticsearch');
  const zip = (await readdir(jars)).find((name) => /^elasticsearch-.*\.zip$/.test(name));
  if (zip === undefined) throw new Error(`no elasticsearch-*.zip in ${jars}: remove the folder and run the tests again`);
  const home = join(jars, zip.slice(0, -'.zip'.length));
  const ready = join(jars, '.unpacked');
  // Suites run side by side: one unpacks, the others wait for it.
  const unpack = `[ -f ${ready} ] || { python3 -m zipfile -e ${join(jars, zip)} ${jars} && chmod -R a+rX ${jars} && touch ${ready}; }`;
  await run('flock', [`${jars}.lock`, 'bash', '-c', unpack]);
  await access(join(home, 'bin', 'elasticsearch'));
  for (const name of await readdir(join(home, 'bin'))) await chmod(join(home, 'bin', name), 0o755);
  return home;
}

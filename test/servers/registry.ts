/** A private schema registry for tests: Apicurio, in memory, with Confluent's interface. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CACHE, javaMissing } from './jars.js';
import { freePort, JavaServer } from './java.js';

const run = promisify(execFile);
const VERSION = '2.6.13.Final';
const JAR = `apicurio-registry-app-${VERSION}-runner.jar`;

/** Why there is no registry, with the line that mends it; null when there is one. */
export function registryMissing(): string | null {
  return javaMissing(['registry']);
}

export class Registry {
  private constructor(
    readonly folder: string,
    private readonly server: JavaServer,
    private readonly port: number,
  ) {}

  static async start(): Promise<Registry> {
    await fetched();
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-registry-'));
    const registry = new Registry(folder, new JavaServer(join(folder, 'registry.log')), await freePort());
    const args = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dquarkus.http.host=127.0.0.1'];
    await registry.server.start([...args, `-Dquarkus.http.port=${registry.port}`, '-jar', JAR], { cwd: home() }, async () => {
      if (!(await fetch(`${registry.url}/subjects`)).ok) throw new Error('not yet');
    });
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/apis/ccompat/v7`;
  }

  /** Number of the schema, the same for the same one. */
  async register(subject: string, schema: unknown): Promise<number> {
    const response = await fetch(`${this.url}/subjects/${encodeURIComponent(subject)}/versions`, {
      method: 'POST',
      headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: JSON.stringify(schema) }),
    });
    if (!response.ok) throw new Error(`registering ${subject}: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { id: number }).id;
  }

  /** It answers no more, until `thaw`. */
  freeze(): void {
    this.server.signal('SIGSTOP');
  }

  thaw(): void {
    this.server.signal('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.server.halt('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}

function home(): string {
  return join(CACHE, 'registry');
}

async function fetched(): Promise<void> {
  const complete = join(home(), '.complete');
  if (existsSync(complete)) return;
  await mkdir(home(), { recursive: true });
  const artifact = `-Dartifact=io.apicurio:apicurio-registry-app:${VERSION}:tar.gz:all`;
  await run('mvn', ['-q', '-B', 'dependency:copy', artifact, `-DoutputDirectory=${home()}`]);
  await run('tar', ['xzf', `apicurio-registry-app-${VERSION}-all.tar.gz`, '-C', home()], { cwd: home() });
  await writeFile(complete, '');
}

/** The Dockerfile, checked without Docker: what it copies is there, and what its health check says. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHttp } from '../../src/http/create-http.js';
import type { HttpSettings } from '../../src/http/parts.js';
import { fakeParts } from '../http/fakes.js';
import { Certificates } from '../servers/certificates.js';
import { needsServer } from '../servers/needed.js';

/** npm installs twice. */
const BUILD_MS_MAX = 600_000;
const dockerfile = readFileSync('Dockerfile', 'utf8').replaceAll(/\\\n\s*/g, ' ');
const lines = dockerfile.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
const stages: { name: string; lines: string[] }[] = [];
for (const line of lines) {
  if (line.startsWith('FROM ')) stages.push({ name: / AS (\w+)$/.exec(line)?.[1] ?? 'last', lines: [] });
  else stages.at(-1)!.lines.push(line);
}
const command = (instruction: string): string[] =>
  JSON.parse(new RegExp(`^${instruction}.*? ?(\\[.*\\])$`, 'm').exec(dockerfile)![1]!) as string[];
const copied = (line: string) => /^COPY (?:--from=(\w+) )?(.+) (\S+)$/.exec(line);

const healthcheck = command('HEALTHCHECK');

/** As the container would ask the service that `settings` make, listening on every address. */
async function healthOf(settings: Partial<HttpSettings>, env: Record<string, string>): Promise<number> {
  const http = await createHttp(fakeParts({ allowed_hosts: ['holdfast.example'], ...settings }));
  const port = new URL(await http.listen('0.0.0.0', 0)).port;
  const child = spawn(process.execPath, healthcheck.slice(1), {
    env: { ...process.env, HOLDFAST_LISTEN: `0.0.0.0:${port}`, ...env },
    stdio: 'ignore',
  });
  const [code] = (await once(child, 'exit')) as [number];
  await http.close();
  return code;
}

describe('the Dockerfile', () => {
  async function health(status: number | null): Promise<number> {
    const server = createServer((_, response) => response.writeHead(status ?? 500).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    if (status === null) {
      server.close();
      await once(server, 'close');
    }
    const env = { ...process.env, HOLDFAST_LISTEN: `127.0.0.1:${port}` };
    const [code] = (await once(spawn(process.execPath, healthcheck.slice(1), { env, stdio: 'ignore' }), 'exit')) as [number];
    server.close();
    return code;
  }

  it('has a health check that needs nothing but Node, and notices an ill and a dead process', async () => {
    expect(healthcheck[0]).toBe('node');
    expect([await health(200), await health(503), await health(null)]).toEqual([0, 1, 1]);
  });

  it('finds a service well that listens on every address, as one behind a proxy elsewhere does', async () => {
    expect(await healthOf({}, {})).toBe(0);
  });

  it('does not run as root, and can write its data folder alone', () => {
    const last = stages.at(-1)!.lines;
    expect(last).toContain('USER node');
    expect(last.slice(last.indexOf('USER node')).filter((line) => /^(COPY|RUN|ADD) /.test(line))).toEqual([]);
    expect(last.filter((line) => line.includes('chown'))).toEqual(['RUN mkdir data && chown node:node data']);
  });

  it('copies nothing that .dockerignore keeps out or that does not exist', () => {
    const kept = readFileSync('.dockerignore', 'utf8').match(/(?<=^!).+$/gm)!;
    const sources = lines
      .map(copied)
      .filter((match) => match !== null && match[1] === undefined)
      .flatMap((match) => match![2]!.split(' '))
      .map((path) => path.replace(/^\.\//, ''));
    expect(new Set(sources)).toEqual(new Set(kept));
    expect(sources.filter((path) => !existsSync(path))).toEqual([]);
  });
});

needsServer(
  'the health of a service that speaks TLS itself',
  spawnSync('openssl', ['version']).status === 0 ? null : 'no openssl',
  () => {
    const certificates = new Certificates();
    beforeAll(() => certificates.make());
    afterAll(() => certificates.remove());

    it('is found well', async () => {
      const tls = {
        cert: readFileSync(certificates.file('cert.pem'), 'utf8'),
        key: readFileSync(certificates.file('key.pem'), 'utf8'),
      };
      expect(await healthOf({ tls }, { HOLDFAST_TLS_CERT_FILE: certificates.file('cert.pem') })).toBe(0);
      expect(await healthOf({ tls }, { HOLDFAST_TLS_CERT: tls.cert })).toBe(0);
    });
  },
);

(process.env.HOLDFAST_LONG ? describe : describe.skip)(
  'the commands of the Dockerfile, in order, in folders instead of stages',
  () => {
    let work: string;
    beforeAll(() => {
      work = mkdtempSync(join(tmpdir(), 'holdfast-image-'));
    });
    afterAll(() => rmSync(work, { recursive: true, force: true }));

    function runStage(stage: { name: string; lines: string[] }): string {
      const root = join(work, stage.name);
      mkdirSync(root);
      for (const line of stage.lines) {
        const copy = copied(line);
        if (copy !== null) {
          const from = copy[1] === undefined ? '.' : join(work, copy[1]);
          const to = join(root, copy[3]!);
          for (const source of copy[2]!.split(' ')) {
            const path = join(from, source.replace(/^\/app\//, ''));
            const target = copy[3] === './' ? join(to, source) : to;
            // Out of another stage it is moved, which is quicker; no stage is copied from twice.
            if (copy[1] === undefined) cpSync(path, target, { recursive: true });
            else renameSync(path, target);
          }
        }
        const run = /^RUN (.+)$/.exec(line)?.[1]?.replace(/ && chown .*/, '');
        if (run === undefined) continue;
        const { status, stderr } = spawnSync('sh', ['-c', run], { cwd: root, encoding: 'utf8' });
        if (status !== 0) throw new Error(`${run}: ${stderr}`);
      }
      return root;
    }

    it(
      'make an image that starts, answers its health check, and has no development packages',
      async () => {
        const roots = stages.map(runStage);
        const root = roots.at(-1)!;
        expect(existsSync(join(root, 'node_modules/jest'))).toBe(false);
        const env = { ...process.env, NODE_ENV: 'production', HOLDFAST_LISTEN: '127.0.0.1:0', HOLDFAST_STORE: 'memory:' };
        const [program, ...args] = command('CMD');
        const service = spawn(program!, args, { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
        try {
          const address = await new Promise<string>((resolve, reject) => {
            let said = '';
            service.stderr.on('data', (part: Buffer) => {
              said += part.toString();
              const found = /Holdfast is at http:\/\/(\S+)/.exec(said)?.[1];
              if (found !== undefined) resolve(found.replace(/\/$/, ''));
            });
            service.once('exit', () => reject(new Error(said)));
          });
          const check = spawnSync('node', command('HEALTHCHECK').slice(1), {
            cwd: root,
            env: { ...env, HOLDFAST_LISTEN: address },
          });
          expect(check.status).toBe(0);
        } finally {
          service.kill('SIGTERM');
        }
      },
      BUILD_MS_MAX,
    );
  },
);

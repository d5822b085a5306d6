/** docker-compose.yml as its readers and Docker Compose will take it; nothing is started here. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { readConfig } from '../../src/config.js';
import { SETTINGS } from '../../src/settings.js';

interface Service {
  image: string;
  build?: string;
  restart?: string;
  mem_limit?: string;
  environment?: Record<string, string | number>;
  ports?: string[];
  volumes?: string[];
  network_mode?: string;
  healthcheck?: object;
  profiles?: string[];
  read_only?: boolean;
  cap_drop?: string[];
  security_opt?: string[];
  depends_on?: Record<string, { condition: string }>;
}
interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, null>;
}

const text = readFileSync('docker-compose.yml', 'utf8');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);
const example = Object.fromEntries(
  [...readFileSync('deploy/env.example', 'utf8').matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name, value]) => [
    name!,
    value!,
  ]),
);
const VARIABLE = /\$\{([A-Z0-9_]+)(?::([?-])([^}]*))?\}/g;
const variables = [...text.matchAll(VARIABLE)].map(([, name, operator, word]) => ({ name: name!, operator, word }));
const names = new Set(SETTINGS.map(({ name }) => name as string));
/** As Compose fills it in, from a .env with these values. */
const filled = (value: string, env: Record<string, string>) =>
  value.replace(VARIABLE, (_, name: string, operator: string, word: string) => env[name] || (operator === '-' ? word : ''));

describe('docker-compose.yml', () => {
  it('is what the Compose Specification allows', () => {
    const schema = JSON.parse(readFileSync('test/fixtures/compose-spec/compose-spec.json', 'utf8')) as object;
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    // Only Compose itself knows a duration when it sees one.
    ajv.addFormat('duration', true);
    const fits = ajv.validate(schema, parse(text, { merge: true }));
    expect([fits, ajv.errors]).toEqual([true, null]);
  });

  it('pins every image to a version', () => {
    const images = [...services.map(([, { image }]) => image), ...readFileSync('Dockerfile', 'utf8').match(/(?<=^FROM )\S+/gm)!];
    expect(images.filter((image) => !/:\d+\.\d+\.\d+[\w.-]*$/.test(image))).toEqual([]);
  });

  it('takes every variable from env.example, and env.example names none that nobody reads', () => {
    expect(new Set(variables.map(({ name }) => name))).toEqual(new Set(Object.keys(example)));
  });

  it('starts with no password that is not filled in, and holds none itself', () => {
    const secret = /PASSWORD|_KEY$/;
    expect(Object.entries(example).filter(([name, value]) => secret.test(name) && value !== '')).toEqual([]);
    expect(variables.filter(({ name, operator }) => secret.test(name) && operator !== '?')).toEqual([]);
    const literal = services.flatMap(([name, { environment = {} }]) =>
      Object.entries(environment)
        .filter(([variable, value]) => secret.test(variable) && !/^\$\{/.test(String(value)))
        .map(([variable]) => `${name}.${variable}`),
    );
    expect(literal).toEqual([]);
    expect(text.match(/:\/\/[^\s/]*:(?!\$\{)[^@\s/]+@/g)).toBeNull();
  });

  it('.env, which holds them, stays out of git and out of the image', () => {
    expect(readFileSync('.gitignore', 'utf8').split('\n')).toContain('.env');
    expect(readFileSync('.dockerignore', 'utf8').split('\n')).not.toContain('!.env');
  });

  it('the line in env.example fills in every password', () => {
    const line = /^# {3}(while read .*)$/m.exec(readFileSync('deploy/env.example', 'utf8'))![1]!.replace(' > .env', '');
    const { stdout } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
    const made = [...stdout.matchAll(/^(\w+PASSWORD)=([0-9a-f]{48})$/gm)].map(([, name]) => name);
    expect(made).toEqual(Object.keys(example).filter((name) => name.endsWith('PASSWORD')));
    expect(stdout).toMatch(/^HOLDFAST_PSEUDONYM_KEY=[0-9a-f]{64}$/m);
  });

  it('hands Holdfast settings that it knows and accepts, filled in from env.example', () => {
    const demanded = new Set(variables.filter(({ operator }) => operator === '?').map(({ name }) => name));
    const made = (name: string) => (name.endsWith('_KEY') ? 'ab'.repeat(32) : 'Secret1');
    const env = Object.fromEntries(
      Object.entries(example).map(([name, value]) => [name, value || (demanded.has(name) ? made(name) : '')]),
    );
    for (const service of ['holdfast', 'worker']) {
      const given = Object.entries(compose.services[service]!.environment!);
      expect(given.filter(([name]) => !names.has(name))).toEqual([]);
      const settings = Object.fromEntries(given.map(([name, value]) => [name, filled(String(value), env)]));
      expect(readConfig(settings)).toMatchObject({ ok: true });
      const named = { ...settings, HOLDFAST_HOSTS: 'holdfast.example', HOLDFAST_PROXY: '127.0.0.1,172.16.0.0/12' };
      if (service === 'holdfast') expect(readConfig(named)).toMatchObject({ ok: true });
    }
    expect(Object.keys(example).filter((name) => name.startsWith('HOLDFAST_') && !names.has(name))).toEqual([]);
  });

  it('opens no port beyond this machine', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('gives Holdfast no right, and nothing to write to but its data', () => {
    const ours = services.filter(([, { image }]) => image.startsWith('holdfast:'));
    expect(ours.length).toBeGreaterThan(1);
    for (const [name, { read_only, cap_drop, security_opt }] of ours)
      expect([name, read_only, cap_drop, security_opt]).toEqual([name, true, ['ALL'], ['no-new-privileges:true']]);
  });

  it('publishes no page that asks nobody who they are: a key is asked for by Holdfast itself, whatever the proxy lets through', () => {
    const { volumes, environment = {} } = compose.services.holdfast!;
    expect(environment.HOLDFAST_API_KEYS).toBe('/app/data/keys.json');
    expect(volumes).toEqual(['holdfast:/app/data']);
    const named = readFileSync('docs/scale.md', 'utf8');
    expect(named).toContain('docker compose exec holdfast node dist/cli.js keys create');
    // One login for everybody would hide from the record who looked.
    expect(readFileSync('deploy/proxy/holdfast.conf', 'utf8')).not.toMatch(/auth_basic|Authorization/);
  });

  it('lets nobody reach Holdfast but through the proxy, which hands Host on and says who asked', () => {
    expect(compose.services.proxy!.network_mode).toBe('service:holdfast');
    const proxy = readFileSync('deploy/proxy/holdfast.conf', 'utf8');
    const listens = /^\s*listen (\d+);/m.exec(proxy)![1];
    const address = String(compose.services.holdfast!.environment!.HOLDFAST_LISTEN);
    expect(address).toMatch(/^127\.0\.0\.1:/);
    // The same port inside and outside: Holdfast compares the browser's Host with its own address.
    expect(compose.services.holdfast!.ports).toEqual([`${address}:${listens}`]);
    expect(proxy).toContain(`proxy_pass http://${address};`);
    expect(proxy).toContain('proxy_set_header Host $http_host;');
    expect(proxy).toContain('proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;');
  });

  it('bounds the memory of every service, says when it is restarted, and checks the health of what keeps running', () => {
    const once = new Set(
      services.flatMap(([, { depends_on = {} }]) =>
        Object.entries(depends_on)
          .filter(([, { condition }]) => condition === 'service_completed_successfully')
          .map(([name]) => name),
      ),
    );
    for (const [name, service] of services) {
      expect([name, service.mem_limit]).toEqual([name, expect.stringMatching(/^\d+[mg]$/)]);
      expect([name, service.restart]).toEqual([name, once.has(name) ? 'on-failure:5' : 'unless-stopped']);
      // The image of Holdfast brings its own; the proxy has no health but that of what stands behind it.
      if (!once.has(name) && service.build === undefined && name !== 'proxy') expect([name, service.healthcheck]).not.toEqual([name, undefined]); // biome-ignore format: one condition
    }
    expect([...once].sort()).toEqual(['connector', 'index-users']);
  });

  it('waits for a health check wherever one service needs another', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect([name, other, Object.keys(compose.services).includes(other)]).toEqual([name, other, true]);
        expect([name, other, condition]).toEqual([
          name,
          other,
          expect.stringMatching(/^service_(healthy|completed_successfully)$/),
        ]);
      }
    }
  });

  it('mounts files that exist, and volumes that it declares', () => {
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]!));
    expect(mounts.filter((from) => from.startsWith('.') && !existsSync(from))).toEqual([]);
    expect(new Set(mounts.filter((from) => !from.startsWith('.')))).toEqual(new Set(Object.keys(compose.volumes)));
  });
});

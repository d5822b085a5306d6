/**
 * A node that takes TLS and a login alone: Holdfast writes there with the rights that it asks for, and whoever has set it up wrongly is
 * told what to mend.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { ElasticsearchSink } from '../../src/adapters/elasticsearch/elasticsearch-sink.js';
import { Kibana } from '../../src/adapters/kibana/kibana.js';
import { clickDocument, clickIndices } from '../../src/app/click-sinks.js';
import { kibanaFiles } from '../../src/app/kibana-files.js';
import { documentOf, indexSpecs } from '../../src/indexing/documents.js';
import { CLICKS } from '../../src/pipeline/click-publications.js';
import type { Publication } from '../../src/ports.js';
import { TABLES } from '../../src/reading/table-infos.js';
import { clickAt } from '../clickstream/joined.js';
import { buildInto, holdfast } from '../journey/built.js';
import { TempFolder } from '../journey/site.js';
import { FakeKibana } from '../kibana/fake-kibana.js';
import { askJson } from '../servers/asking.js';
import { Certificates } from '../servers/certificates.js';
import { Elasticsearch, PASSWORD, securedMissing } from '../servers/elasticsearch.js';
import { needsServer } from '../servers/needed.js';

jest.setTimeout(300_000);

const START_MS = Date.parse('2026-11-20T09:00:00Z');
const WEEK_MS = 7 * 86_400_000;
const REFUSED =
  /^Elasticsearch at https:\/\/127\.0\.0\.1:\d+: 401 security_exception\. User, password or API key are refused: see HOLDFAST_ELASTICSEARCH\.$/;
const LACKING = /403.*The user or API key needs manage_index_templates, and manage, read and write on the indices moodle-\*/;
const session = (user: number): Publication => ({
  table: 'sessions',
  key: [user, START_MS],
  row: { user_id: user, start_ms: START_MS, end_ms: START_MS, activities: 1, duration_s: 0, closed: true },
  time_ms: START_MS,
});

interface Role {
  cluster: string[];
  indices: { names: string[]; privileges: string[] }[];
}

/** As operators make it: the text between the quotes. */
function deployedRole(): Role {
  const [, text] = /role\/holdfast '([^']+)'/.exec(readFileSync('deploy/elasticsearch/users.sh', 'utf8'))!;
  return JSON.parse(text!) as Role;
}

/** As operators make it: the request between the quotes. */
function documentedKey(): { name: string; role_descriptors: { holdfast: Role } } {
  const [, text] = /_security\/api_key --data '([^']+)'/.exec(readFileSync('docs/scale.md', 'utf8'))!;
  return JSON.parse(text!) as { name: string; role_descriptors: { holdfast: Role } };
}

interface ApiKey {
  id: string;
  encoded: string;
}

needsServer('Elasticsearch that takes TLS and a login alone', securedMissing(), () => {
  const temp = new TempFolder();
  const certificates = new Certificates();
  let node: Elasticsearch;
  const sinks: ElasticsearchSink[] = [];

  beforeAll(async () => {
    certificates.make();
    const [key, cert, ca] = ['key.pem', 'cert.pem', 'ca.pem'].map((name) => certificates.file(name)) as [string, string, string];
    const holdfast = deployedRole();
    const reader = {
      ...holdfast,
      indices: holdfast.indices.map(({ names }) => ({ names, privileges: ['read', 'view_index_metadata'] })),
    };
    node = await Elasticsearch.start({ key, cert, ca, users: { holdfast, reader } });
  });
  afterAll(async () => {
    for (const sink of sinks) await sink.close();
    await node?.stop();
    certificates.remove();
    temp.remove();
  });

  const trusted = () => `?ca=${certificates.file('ca.pem')}`;
  const kept = (sink: ElasticsearchSink) => {
    sinks.push(sink);
    return sink;
  };
  const addressOf = (login: string, more: string) => node.url.replace('https://', `https://${login}@`) + more;
  const sinkAt = (url: string) => kept(new ElasticsearchSink({ url, retry_ms_max: 1_000 }, indexSpecs(TABLES), documentOf));
  const countOf = async (index: string) => {
    await node.ask('POST', `/${index}/_refresh`);
    return ((await node.ask('GET', `/${index}/_count`)) as { count: number }).count;
  };

  /** Two sessions, of which a rebuild leaves the first, and a click. Each time in a later round. */
  const tellEverything = async (url: string, round: number) => {
    const sink = sinkAt(url);
    await sink.open();
    expect(await sink.send([session(1), session(2)], round)).toEqual({ refused: [] });
    expect(await countOf('moodle-sessions')).toBe(2);
    await sink.replace([session(1)], round + 1);
    expect(await sink.removeOlder('sessions', round + 1)).toBe(1);

    const clicks = kept(new ElasticsearchSink({ url, retry_ms_max: 1_000 }, clickIndices(WEEK_MS), clickDocument));
    await clicks.open();
    const click = clickAt(START_MS + round);
    const told = { table: CLICKS, key: [click.time_ms, click.id], row: { ...click }, time_ms: click.time_ms };
    expect(await clicks.send([told], round)).toEqual({ refused: [] });
  };
  const makeKey = async (holdfast: Role) =>
    (await node.ask('POST', '/_security/api_key', { ...documentedKey(), role_descriptors: { holdfast } })) as ApiKey;
  const invalidate = ({ id }: ApiKey) => node.ask('DELETE', '/_security/api_key', { ids: [id] });
  const withKey = ({ encoded }: ApiKey) => `${trusted()}&api_key=${encoded}`;

  it('takes sessions and clicks from a user with the rights that are documented, and gives way to a rebuild', async () => {
    await tellEverything(addressOf(`holdfast:${PASSWORD}`, trusted()), 1);
    expect(await countOf('logs-clickstream.access-default')).toBe(1);
  });

  it('refuses a wrong password and a wrong API key, and the operator is told which setting to look at', async () => {
    for (const url of [addressOf('holdfast:guessed', trusted()), `${node.url}${trusted()}&api_key=aWQ6Z3Vlc3NlZA==`]) {
      const refused = sinkAt(url).send([session(3)], 3);
      await expect(refused).rejects.toThrow(REFUSED);
    }
  });

  it('gets no password without its authority named, with another, or by another name: the operator is told what to add', async () => {
    const login = `holdfast:${PASSWORD}`;
    const wrong = [
      addressOf(login, ''),
      addressOf(login, `?ca=${certificates.file('other.pem')}`),
      addressOf(login, trusted()).replace('127.0.0.1', 'localhost'),
    ];
    for (const url of wrong) {
      const error = await sinkAt(url).open().catch(String);
      expect(error).toMatch(/its certificate is not trusted.*Name its authority in HOLDFAST_ELASTICSEARCH with \?ca=FILE/);
      expect(error).not.toContain(PASSWORD);
    }
  });

  it('is not spoken to in the open: the operator is told that the address wants https', async () => {
    const url = addressOf(`holdfast:${PASSWORD}`, '').replace('https', 'http');
    await expect(sinkAt(url).open()).rejects.toThrow(/no answer .*begin with https:\/\/ where the node speaks TLS/);
  });

  it('tells whose rights do not suffice which ones are missing', async () => {
    const reader = sinkAt(addressOf(`reader:${PASSWORD}`, trusted()));
    await expect(reader.open()).rejects.toThrow(LACKING);
    await expect(reader.send([session(4)], 4)).rejects.toThrow(LACKING);
    expect(await countOf('moodle-sessions')).toBe(1);
  });

  it('takes the same from an API key made as documented, though the login beside it is wrong, until the key is invalidated', async () => {
    const { holdfast } = documentedKey().role_descriptors;
    expect(holdfast).toEqual(deployedRole());
    const key = await makeKey(holdfast);
    const url = addressOf('holdfast:guessed', withKey(key));
    await tellEverything(url, 11);
    expect(await countOf('logs-clickstream.access-default')).toBe(2);

    const sink = sinkAt(url);
    await sink.open();
    await invalidate(key);
    await expect(sink.send([session(5)], 13)).rejects.toThrow(REFUSED);
    await expect(sinkAt(url).open()).rejects.toThrow(REFUSED);
    expect(await countOf('moodle-sessions')).toBe(1);
  });

  it('tells whose API key lacks any of the documented rights which ones it needs', async () => {
    const { cluster, indices } = deployedRole();
    const without = (right: string): Role => ({
      cluster: cluster.filter((one) => one !== right),
      indices: indices.map(({ names, privileges }) => ({ names, privileges: privileges.filter((one) => one !== right) })),
    });
    // The node has no lifecycles, and where it has, Holdfast goes without the right to make one.
    const needed = [...cluster, ...indices[0]!.privileges].filter((right) => right !== 'manage_ilm');
    expect(needed).toHaveLength(4);
    for (const [i, right] of needed.entries()) {
      const url = node.url + withKey(await makeKey(without(right)));
      await expect(tellEverything(url, 21 + 2 * i)).rejects.toThrow(LACKING);
    }
  });

  it('lets index rebuild in with an API key; once that is invalidated the command says so and fails, and never shows the key', async () => {
    const cli = buildInto(temp.path);
    const key = await makeKey(deployedRole());
    const env = { HOLDFAST_ELASTICSEARCH: node.url + withKey(key), HOLDFAST_STORE: `sqlite:${temp.file('site.db')}` };
    const rebuild = () => holdfast(cli, ['index', 'rebuild'], { env, cwd: temp.path });
    const done = await rebuild();
    expect([done.code, done.stderr]).toEqual([0, expect.stringContaining('elasticsearch, clicks: 0 rows told')]);
    await invalidate(key);
    const { code, stdout, stderr } = await rebuild();
    expect([code, stderr]).toEqual([1, expect.stringContaining('User, password or API key are refused')]);
    expect(done.stdout + done.stderr + stdout + stderr).not.toContain(key.encoded);
  });

  it('makes an API key that kibana load can show, as far as Kibana asks it who comes', async () => {
    const kibana = await FakeKibana.start();
    const ca = readFileSync(certificates.file('ca.pem'), 'utf8');
    kibana.login = (authorization) =>
      askJson('GET', `${node.url}/_security/_authenticate`, undefined, { authorization, ca, timeout_ms: 30_000 }).then(
        () => true,
        () => false,
      );
    const key = await makeKey({ cluster: [], indices: [] });
    const load = () => new Kibana({ url: `http://${kibana.host}`, api_key: key.encoded }).load(kibanaFiles()[0]!);
    expect(await load()).toBeGreaterThan(0);
    await invalidate(key);
    await expect(load()).rejects.toThrow(/does not accept the login \(401\)/);
    await kibana.stop();
  });
});

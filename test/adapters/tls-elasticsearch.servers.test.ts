/**
 * A node that takes TLS and a login alone: Holdfast writes there with the rights that it asks for, and whoever has set it up wrongly is
 * told what to mend.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { ElasticsearchSink } from '../../src/adapters/elasticsearch/elasticsearch-sink.js';
import { clickDocument, clickIndices } from '../../src/app/click-sinks.js';
import { documentOf, indexSpecs } from '../../src/indexing/documents.js';
import { CLICKS } from '../../src/pipeline/click-publications.js';
import type { Publication } from '../../src/ports.js';
import { TABLES } from '../../src/reading/table-infos.js';
import { clickAt } from '../clickstream/joined.js';
import { Certificates } from '../servers/certificates.js';
import { Elasticsearch, elasticsearchMissing, PASSWORD } from '../servers/elasticsearch.js';
import { needsServer } from '../servers/needed.js';

jest.setTimeout(300_000);

const START_MS = Date.parse('2026-11-20T09:00:00Z');
const WEEK_MS = 7 * 86_400_000;
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

needsServer('Elasticsearch that takes TLS and a login alone', elasticsearchMissing(), () => {
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

  it('takes sessions and clicks from a user with the rights that are documented, and gives way to a rebuild', async () => {
    const url = addressOf(`holdfast:${PASSWORD}`, trusted());
    const sink = sinkAt(url);
    await sink.open();
    expect(await sink.send([session(1), session(2)], 1)).toEqual({ refused: [] });
    expect(await countOf('moodle-sessions')).toBe(2);
    await sink.replace([session(1)], 2);
    expect(await sink.removeOlder('sessions', 2)).toBe(1);

    const clicks = kept(new ElasticsearchSink({ url, retry_ms_max: 1_000 }, clickIndices(WEEK_MS), clickDocument));
    await clicks.open();
    const click = clickAt(START_MS);
    const told = { table: CLICKS, key: [click.time_ms, click.id], row: { ...click }, time_ms: click.time_ms };
    expect(await clicks.send([told], 1)).toEqual({ refused: [] });
    expect(await countOf('logs-clickstream.access-default')).toBe(1);
  });

  it('refuses a wrong password and a wrong API key, and the operator is told which setting to look at', async () => {
    for (const url of [addressOf('holdfast:guessed', trusted()), `${node.url}${trusted()}&api_key=aWQ6Z3Vlc3NlZA==`]) {
      const refused = sinkAt(url).send([session(3)], 3);
      await expect(refused).rejects.toThrow(
        /^Elasticsearch at https:\/\/127\.0\.0\.1:\d+: 401 security_exception\. User, password or API key are refused: see HOLDFAST_ELASTICSEARCH\.$/,
      );
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
    const missing =
      /403 security_exception\. The user or API key needs manage_index_templates, and manage, read and write on the indices moodle-\*/;
    await expect(reader.open()).rejects.toThrow(missing);
    await expect(reader.send([session(4)], 4)).rejects.toThrow(missing);
    expect(await countOf('moodle-sessions')).toBe(1);
  });
});

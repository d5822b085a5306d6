/** What an operator reads when nothing that is configured can be reached. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { buildInto, holdfast } from '../journey/built.js';
import { TempFolder } from '../journey/site.js';

/** Ports that nobody listens on. */
const NOWHERE = {
  HOLDFAST_MOODLE: 'kafka:moodle',
  HOLDFAST_KAFKA_BROKERS: '127.0.0.1:1',
  HOLDFAST_STORE: 'mysql://holdfast:hidden-secret@127.0.0.1:2/holdfast',
  HOLDFAST_ELASTICSEARCH: 'http://elastic:hidden-secret@127.0.0.1:3',
  HOLDFAST_CASSANDRA: 'cassandra://holdfast:hidden-secret@127.0.0.1:4?datacenter=datacenter1',
  HOLDFAST_GEOIP: '/nowhere/city.mmdb',
};
/** Each server is asked again for some seconds; Kafka's client alone once took more than a minute. */
const PATIENCE_MS = 60_000;

const temp = new TempFolder();
let cli = '';
beforeAll(() => {
  cli = buildInto(temp.file('built'));
});
afterAll(() => temp.remove());

it(
  'names each server that is away, with its setting and without its password, while somebody still waits for the answer',
  async () => {
    const { code, stdout, stderr } = await holdfast(cli, ['doctor'], { env: NOWHERE });
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAULT the store does not open\n.*127\.0\.0\.1:2.*HOLDFAST_STORE/s);
    expect(stdout).toMatch(/FAULT Kafka at 127\.0\.0\.1:1 cannot be used\n.*HOLDFAST_KAFKA_BROKERS/s);
    expect(stdout).toMatch(/FAULT elasticsearch takes no rows\n.*HOLDFAST_ELASTICSEARCH/s);
    expect(stdout).toMatch(/FAULT cassandra takes no rows\n.*HOLDFAST_CASSANDRA/s);
    expect(stdout).toMatch(/FAULT the table of places does not open\n.*HOLDFAST_GEOIP/s);
    expect(stdout + stderr).not.toContain('hidden-secret');
  },
  PATIENCE_MS,
);

/** `kibana load` as people run it, against a stand-in for Kibana: no real one was at hand. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Kibana } from '../../src/adapters/kibana/kibana.js';
import { kibanaFiles } from '../../src/app/kibana-files.js';
import { buildInto, holdfast } from '../journey/built.js';
import { TempFolder } from '../journey/site.js';
import { FakeKibana } from './fake-kibana.js';

const temp = new TempFolder();
let cli: string;
let kibana: FakeKibana;
beforeAll(() => {
  cli = buildInto(temp.path);
});
afterAll(() => temp.remove());
beforeEach(async () => {
  kibana = await FakeKibana.start();
});
afterEach(() => kibana.stop());

const load = (args: string[], env: Record<string, string> = {}) =>
  holdfast(cli, ['kibana', 'load', ...args], { env, cwd: temp.path });
const DASHBOARDS = ['dashboard holdfast-click-stream-analysis', 'dashboard holdfast-predictive-analytics'];
const loaded = () => [...kibana.objects.keys()].filter((name) => name.startsWith('dashboard ')).sort();

describe('kibana load, into a stand-in for Kibana', () => {
  it('puts both dashboards there with a login, again and again, and says where to open them', async () => {
    kibana.login = `Basic ${Buffer.from('elastic:ge@heim').toString('base64')}`;
    const address = `http://elastic:ge%40heim@${kibana.host}/`;
    const { code, stdout, stderr } = await load(['--kibana', address]);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain(`Open http://${kibana.host}/app/dashboards#/view/holdfast-predictive-analytics`);
    expect(stderr).not.toMatch(/ge(@|%40)heim/);
    expect(loaded()).toEqual(DASHBOARDS);
    const first = JSON.stringify([...kibana.objects]);
    expect((await load([], { HOLDFAST_KIBANA: address })).code).toBe(0);
    expect(JSON.stringify([...kibana.objects])).toBe(first);
  });

  it('puts them into a space, with an API key, and says it in JSON', async () => {
    kibana.login = 'ApiKey aWQ6a2V5';
    const { code, stdout, stderr } = await load(['--json', '--quiet', '--kibana', `http://${kibana.host}/s/teaching/`], {
      HOLDFAST_KIBANA_API_KEY: 'aWQ6a2V5',
    });
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toEqual([
      { dashboard: 'Predictive Analytics', address: expect.stringContaining('/s/teaching/app/'), objects: 9 },
      { dashboard: 'Click Stream Analysis', address: expect.stringContaining('/s/teaching/app/'), objects: 15 },
    ]);
    expect(new Set(kibana.asked.map(({ path }) => path))).toEqual(
      new Set(['/s/teaching/api/saved_objects/_import?overwrite=true']),
    );
  });

  it('without an address, or with none, exits with 2 and names both ways to give one', async () => {
    const { code, stderr } = await load([]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/--kibana http:.*HOLDFAST_KIBANA/);
    expect((await load(['--kibana', 'kibana:5601'])).code).toBe(2);
  });

  it('says which login is missing, and never repeats the one that it has', async () => {
    kibana.login = 'ApiKey other';
    const { code, stderr } = await load(['--kibana', `http://elastic:geheim@${kibana.host}`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/does not accept the login \(401\).*USER:PASSWORD@HOST.*HOLDFAST_KIBANA_API_KEY/);
    expect(stderr).not.toContain('geheim');
  });
});

const json = (status: number, body: object) => ({ status, body: JSON.stringify(body) });
const failed = (error: object) =>
  json(200, { success: false, successCount: 0, errors: [{ id: 'holdfast-x', type: 'dashboard', error }] });
/** What it answers, and what people then read. */
const REFUSALS: [string, ReturnType<typeof json> & { headers?: Record<string, string> }, RegExp][] = [
  [
    'a user without rights',
    json(403, { message: 'Unable to bulk_create dashboard' }),
    /403.*Saved Objects Management.*kibana_admin/,
  ],
  ['another program', { status: 404, body: '<html>' }, /nowhere to put saved objects \(404\): name Kibana itself/],
  ['a page for a login', { status: 302, body: '', headers: { location: '/login' } }, /sends elsewhere \(302\).*login/],
  ['a proxy that greets everybody', { status: 200, body: '<html>' }, /something other than JSON: name Kibana itself/],
  ['one that has just started', { status: 503, body: 'Kibana server is not ready yet' }, /not ready \(503\): try again/],
  ['a limit of size', { status: 413, body: '' }, /413.*maxImportPayloadBytes/],
  [
    'an old version',
    json(422, { message: 'Document belongs to a more recent version of Kibana [8.9.0]' }),
    /too old.*8\.9 or newer/,
  ],
  ['a version without such objects', failed({ type: 'unsupported_type' }), /dashboard holdfast-x: .*8\.9 or newer/],
  ['an id that is taken', failed({ type: 'conflict' }), /cannot be replaced. Delete it/],
  [
    'a reference without its object',
    failed({ type: 'missing_references', references: [{ type: 'lens', id: 'z' }] }),
    /missing: lens z/,
  ],
  ['something else', failed({ type: 'unknown', message: 'disk full' }), /unknown, disk full/],
  ['something that it does not tell', json(200, { success: false, successCount: 0 }), /look into its log/],
];

describe('kibana load, refused by a stand-in for Kibana', () => {
  it.each(REFUSALS)('by %s, says what to do', async (_, answer, said) => {
    kibana.answer = answer;
    const error = await new Kibana({ url: `http://${kibana.host}`, api_key: null })
      .load(kibanaFiles()[0]!)
      .catch((thrown: Error) => thrown.message);
    expect(error).toMatch(said);
    expect(error).toContain(`http://${kibana.host}`);
  });

  it('that is not there, says how to name it', async () => {
    const gone = kibana.host;
    const other = await FakeKibana.start();
    await kibana.stop();
    kibana = other;
    const { code, stderr } = await load(['--kibana', `http://u:geheim@${gone}`]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/does not answer \(ECONNREFUSED\): start it, or name its address with --kibana/);
    expect(stderr).not.toContain('geheim');
  });
});

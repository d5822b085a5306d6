/** `holdfast top` as it is called: by people and by scripts, with a service there, away, or of somebody else. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { topCommand } from '../../src/app/commands/top.js';
import { ServiceAddress } from '../../src/app/top/service-address.js';
import type { Snapshot } from '../../src/app/top/snapshot.js';
import { buildInto, holdfast } from '../journey/built.js';
import { TempFolder } from '../journey/site.js';
import { Running } from './running.js';

const ESC = '\u001b';
const never = new AbortController().signal;

let running: Running;
beforeEach(async () => {
  running = new Running();
  await running.start();
});
afterEach(() => running.stop());

describe('the command', () => {
  const temp = new TempFolder();
  let cli: string;
  beforeAll(() => {
    cli = buildInto(temp.path);
  });
  afterAll(() => temp.remove());
  const top = (args: string[], env: Record<string, string> = {}) => holdfast(cli, ['top', ...args], { env, cwd: temp.path });

  it('finds the service where HOLDFAST_LISTEN says, and prints one snapshot without codes', async () => {
    running.busy();
    const { code, stdout, stderr } = await top(['--once', '--interval', '0.2'], {
      HOLDFAST_LISTEN: running.url.slice('http://'.length),
    });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Holdfast http.*Commits.*\n$/s);
    expect(stdout).not.toContain(ESC);
  });

  it('goes on by itself into a pipe, a line of JSON for each reading, until it is stopped', async () => {
    running.busy();
    let lines = 0;
    const { code, stdout } = await holdfast(cli, ['top', '--json', '--interval', '0.2', '--url', running.url], {
      started: (child) => child.stdout!.on('data', () => ++lines === 3 && child.kill('SIGINT')),
    });
    expect(code).toBe(0);
    const snapshots = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Snapshot);
    expect(snapshots.map(({ rates_of_s }) => rates_of_s === null)).toEqual([true, ...snapshots.slice(1).map(() => false)]);
    expect(snapshots[0]!.sinks.map(({ side, sink, up, waiting }) => [side, sink, up, waiting])).toEqual([
      ['site', 'elasticsearch', true, 11],
      ['clicks', 'cassandra', false, 17],
    ]);
    expect(snapshots[0]!.commits.map(({ side, open_windows }) => [side, open_windows])).toEqual([
      ['site', 1234],
      ['clicks', 88],
    ]);
  });

  it('ends with 1 when nobody answers, says where, and tells no password', async () => {
    const { code, stdout, stderr } = await top(['--once', '--url', 'http://ana:secret@127.0.0.1:1']);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:1 does not answer.*--url/);
  });

  it.each([
    [['--url', 'ftp://example.org'], /--url is the address/],
    [['--url', 'nonsense'], /--url is the address/],
    [['--interval', '0'], /--interval is seconds/],
    [['--interval', 'soon'], /--interval is seconds/],
  ])('says what is wrong when it is called wrongly: %j', async (args, said) => {
    await expect(topCommand().parseAsync(['--once', ...args], { from: 'user' })).rejects.toThrow(said);
  });
});

describe('somebody else at the address', () => {
  it.each([
    [{ status: 200, body: '<html>hello</html>' }, /something other than figures/],
    [{ status: 404, body: '' }, /answers 404/],
    [{ status: 401, body: '' }, /metrics:read.*HOLDFAST_KEY_FILE/],
    [{ status: 403, body: '' }, /metrics:read.*HOLDFAST_KEY_FILE/],
    [{ status: 200, body: 'up 1\n' }, /another program/],
  ])('is not taken for the service: %j', async (answer, said) => {
    running.answer = answer;
    await expect(new ServiceAddress(running.url).read(never)).rejects.toThrow(said);
  });

  it('is shown the key, and the login of the address where there is one', async () => {
    const asked: unknown[] = [];
    running.server!.prependListener('request', ({ headers }) => asked.push(headers.authorization));
    await new ServiceAddress(running.url, 'hf_key').read(never);
    await new ServiceAddress(running.url.replace('//', '//ana:p@'), 'hf_key').read(never);
    expect(asked).toEqual(['Bearer hf_key', `Basic ${Buffer.from('ana:p').toString('base64')}`]);
  });

  it('is asked at /metrics below the path that a proxy has, with the login of the address', async () => {
    const asked: string[] = [];
    running.server!.prependListener('request', ({ url, headers }) => asked.push(`${url} ${headers.authorization}`));
    const login = Buffer.from('ana:s p').toString('base64');
    for (const path of ['/holdfast', '/holdfast/', '/holdfast/metrics']) {
      const address = new ServiceAddress(`${running.url.replace('//', '//ana:s%20p@')}${path}`);
      await address.read(never);
      expect(address.name).toBe(`${running.url}/holdfast`);
    }
    expect(new Set(asked)).toEqual(new Set([`/holdfast/metrics Basic ${login}`]));
  });
});

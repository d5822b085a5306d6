/** The board for Grafana shows figures that a running service really has. */
import { createSocket } from 'node:dgram';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { buildInto, holdfast } from '../journey/built.js';
import { HISTORY, TempFolder } from '../journey/site.js';
import { freePort } from '../servers/java.js';
import { BOARD, EXPRESSIONS, namesIn, OF_SERVERS, Scrape } from './board.js';
import { Served } from './served.js';

jest.setTimeout(300_000);

const DAY_MS = 86_400_000;

describe('an expression of the board', () => {
  it('is read for its metrics and labels', () => {
    const expr =
      'histogram_quantile(0.99, sum by (le, route) (rate(a_bucket{job="$job",code=~"5.."}[$__rate_interval]))) / max(b) > 0.5';
    expect(namesIn({ expr, legendFormat: '{{route}} of {{instance}}' })).toEqual({
      metrics: ['a_bucket', 'b'],
      labels: ['route', 'le', 'code'],
    });
    expect(namesIn({ expr: 'time() - max(c_seconds)', legendFormat: '' })).toEqual({ metrics: ['c_seconds'], labels: [] });
  });

  it('that names what there is not would be found', () => {
    const scrape = new Scrape('# TYPE a counter\na{source="x"} 1\n# TYPE h histogram\nh_bucket{le="1"} 1\n');
    const missing = (expr: string) => scrape.missing({ expr, legendFormat: '' });
    expect(missing('sum by (source) (rate(a[5m]))')).toEqual([]);
    expect(missing('sum by (le) (h_bucket)')).toEqual([]);
    expect(missing('sum(h)')).toEqual(['h']);
    expect(missing('sum by (sauce) (a{colour="red"})')).toEqual(['a{sauce}', 'a{colour}']);
  });
});

describe('the board', () => {
  it('has panels that stand beside each other, each with a title and expressions', () => {
    const cells = new Set<string>();
    for (const { title, type, gridPos, targets } of BOARD.panels) {
      expect(title).not.toBe('');
      expect(type === 'row' || targets!.length > 0).toBe(true);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x}/${y}`)).toBe(false);
          cells.add(`${x}/${y}`);
        }
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
    }
    expect(new Set(BOARD.panels.map(({ id }) => id)).size).toBe(BOARD.panels.length);
  });

  it('names no variable that Grafana or the board does not have', () => {
    const known = [...BOARD.templating.list.map(({ name }) => name), '__rate_interval'];
    const named = EXPRESSIONS.flatMap(({ expr }) => [...expr.matchAll(/\$\{?(\w+)/g)].map(([, name]) => name!));
    expect(named.filter((name) => !known.includes(name))).toEqual([]);
  });
});

describe('a service that runs', () => {
  const temp = new TempFolder();
  let served: Served;
  let scrape: Scrape;

  beforeAll(async () => {
    const cli = buildInto(temp.file('built'));
    const udp_port = await freePort();
    const env = {
      HOLDFAST_STORE: `sqlite:${temp.file('site.db')}`,
      HOLDFAST_MOODLE: `file:${resolve(HISTORY)}`,
      HOLDFAST_SCORE_CRON: '0 3 * * 1',
      HOLDFAST_UDP: String(udp_port),
    };
    served = await Served.start(cli, temp.path, env);
    const generate = async (...args: string[]) => {
      const { code, stderr } = await holdfast(cli, ['generate', ...args, '--http', served.url, '--quiet'], { cwd: temp.path });
      expect([code, stderr]).toEqual([0, '']);
    };
    await generate('clicks', '--count', '20', '--rate', '1000');
    // Three days late, which is too late for any table.
    await generate(
      'clicks',
      '--count',
      '5',
      '--rate',
      '1000',
      '--seed',
      '2',
      '--start',
      new Date(Date.now() - 3 * DAY_MS).toISOString(),
    );
    const useless = await fetch(`${served.url}/api/v1/clicks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ time: 'yesterday' }),
    });
    expect(useless.status).toBe(400);
    const socket = createSocket('udp4');
    await new Promise((sent) => socket.send('no record', udp_port, '127.0.0.1', sent));
    socket.close();
    await served.until(
      () => 'the site to be read',
      () => (served.process.said.includes('Everything is read') ? true : undefined),
    );
    await served.until(
      () => 'the datagram',
      async () => ((await served.metrics()).includes('udp_datagrams_total{') ? true : undefined),
    );
    scrape = new Scrape(await served.metrics());
  });
  afterAll(async () => {
    await served?.process.stop();
    temp.remove();
  });

  it.each(EXPRESSIONS)('has what the board asks for: $expr', (expression) => {
    expect(namesIn(expression).metrics.length).toBeGreaterThan(0);
    expect(scrape.missing(expression, OF_SERVERS)).toEqual([]);
  });
});

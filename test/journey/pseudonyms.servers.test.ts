/** A site whose index had Moodle's ids moves to pseudonyms: with the program, on a real Elasticsearch. */
import { statSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Elasticsearch, elasticsearchMissing } from '../servers/elasticsearch.js';
import { needsServer } from '../servers/needed.js';
import { buildInto, holdfast } from './built.js';
import { HISTORY, TempFolder } from './site.js';

const MONTHLY = '0 3 1 * *';
/** The least number that is a pseudonym. */
const PSEUDONYMS_FROM = 2 ** 52;
const INDICES = ['moodle-sessions', 'moodle-course-sessions', 'moodle-user-activity', 'moodle-scores', 'moodle-alerts'];

needsServer('an index under pseudonyms', elasticsearchMissing(), () => {
  const temp = new TempFolder();
  let node: Elasticsearch;
  let cli: string;
  beforeAll(async () => {
    cli = buildInto(temp.path);
    node = await Elasticsearch.start();
  });
  afterAll(async () => {
    await node?.stop();
    temp.remove();
  });

  const run = (args: string[], more: Record<string, string> = {}) =>
    holdfast(cli, args, {
      cwd: temp.path,
      env: {
        HOLDFAST_STORE: `sqlite:${temp.file('site.db')}`,
        HOLDFAST_ELASTICSEARCH: node.url,
        HOLDFAST_SCORE_CRON: MONTHLY,
        HOLDFAST_ALERT_THRESHOLD: '0.5',
        HOLDFAST_LISTEN: '127.0.0.1:0',
        ...more,
      },
    });
  /** Of everybody in an index, by what they are called there, with how many documents. */
  async function peopleIn(index: string): Promise<Map<number, number>> {
    const answer = await fetch(`${node.url}/${index}/_search?size=10000`);
    const { hits } = (await answer.json()) as { hits: { hits: { _id: string; _source: { user_id: number } }[] } };
    const counted = new Map<number, number>();
    for (const { _source } of hits.hits) counted.set(_source.user_id, (counted.get(_source.user_id) ?? 0) + 1);
    return counted;
  }
  const shape = (people: Map<number, number>) => [...people.values()].sort((a, b) => a - b);

  it('is refused until it is rebuilt; then everybody has another name, the counts are the same, and nobody’s id is left', async () => {
    expect((await run(['replay', HISTORY, '--quiet'])).code).toBe(0);
    const first = await run(['index', 'rebuild']);
    expect([first.code, first.code === 0 ? '' : first.stderr]).toEqual([0, '']);
    const plain = new Map<string, Map<number, number>>();
    for (const index of INDICES) plain.set(index, await peopleIn(index));
    expect(plain.get('moodle-alerts')!.size).toBeGreaterThan(0);

    const refused = await run(['serve'], { HOLDFAST_PLAIN_IDS: 'false' });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/own ids so far.*`holdfast index rebuild`/);

    const rebuilt = await run(['index', 'rebuild'], { HOLDFAST_PLAIN_IDS: 'false' });
    expect([rebuilt.code, rebuilt.code === 0 ? '' : rebuilt.stderr]).toEqual([0, '']);
    expect(statSync(temp.file('site.db.key')).mode & 0o777).toBe(0o600);
    for (const index of INDICES) {
      const people = await peopleIn(index);
      expect([index, shape(people)]).toEqual([index, shape(plain.get(index)!)]);
      expect([index, [...people.keys()].filter((user_id) => user_id < PSEUDONYMS_FROM)]).toEqual([index, []]);
    }
  }, 300_000);
});

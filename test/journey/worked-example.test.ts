/**
 * The worked example of the system that this one re-implements: ten log rows with four columns and times in milliseconds.
 * Its own dashboard shows 9 sessions, 77.778 s and 1.222 activities, because it counts sessions that were merged away.
 */
import { afterAll, describe, expect, it } from '@jest/globals';
import { linesOf } from './oracle/recorded.js';
import { ORDER_INDEPENDENT, seeded, shuffled, TempFolder, tablesAfter } from './site.js';

const FOLDER = 'test/fixtures/worked-example';
const SHAPES = ['with-schema', 'without-schema', 'flattened', 'flattened-topic'];
const SHUFFLES = 5;

const T0 = 1561975200000;
const single = (start: number) => `1,${start},${start},1,0`;
const SESSIONS = [
  `1,${T0},${T0 + 600_000},2,600`,
  ...[1, 2, 3, 4, 5].map((hour) => single(T0 + hour * 3_600_000)),
  `2,${T0},${T0},1,0`,
  `3,${T0},${T0 + 100_000},2,100`,
];
const USER_ACTIVITY = 'user_id,activities,duration_s,sessions\n1,7,100,6\n2,1,0,1\n3,2,100,1\n';

const temp = new TempFolder();
afterAll(() => temp.remove());

/** Rows of a CSV text whose cells need no quotes, as numbers by column. */
function rowsOf(csv: string): Record<string, number>[] {
  const [header, ...lines] = csv.trimEnd().split('\n');
  return lines.map((line) => Object.fromEntries(header!.split(',').map((name, i) => [name, Number(line.split(',')[i])])));
}

const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length;

function expectTheExample(tables: Record<string, string>): void {
  const sessions = tables.sessions!.trimEnd().split('\n').slice(1);
  expect(sessions.map((line) => line.replace(/,(true|false)$/, ''))).toEqual(SESSIONS);
  const rows = rowsOf(tables.sessions!);
  expect(rows).toHaveLength(8);
  expect(mean(rows.map((r) => r.duration_s!))).toBe(87.5);
  expect(mean(rows.map((r) => r.activities!))).toBe(1.25);
  expect(tables.user_activity).toBe(USER_ACTIVITY);
}

const stores = { memory: () => 'memory:', sqlite: () => `sqlite:${temp.file(`${Math.random().toString(36).slice(2)}.db`)}` };

for (const [kind, store] of Object.entries(stores)) {
  describe(`the worked example in ${kind}`, () => {
    it.each(SHAPES)('gives 8 sessions, 87.5 s and 1.25 activities on average, %s', async (shape) => {
      expectTheExample(await tablesAfter([`${FOLDER}/${shape}.ndjson`], { env: { HOLDFAST_STORE: store() } }));
    });

    it('gives the same for all shapes, table by table to the byte', async () => {
      const all = [];
      for (const shape of SHAPES)
        all.push(await tablesAfter([`${FOLDER}/${shape}.ndjson`], { env: { HOLDFAST_STORE: store() } }));
      for (const tables of all) for (const name of ORDER_INDEPENDENT) expect(tables[name]).toBe(all[0]![name]);
    });

    it('comes out of the lines in any order, and in batches of any size', async () => {
      const lines = linesOf(`${FOLDER}/without-schema.ndjson`);
      for (let seed = 1; seed <= SHUFFLES; seed++) {
        const path = temp.lines(shuffled(lines, seeded(seed)));
        for (const batch_size of [1, 3, 2000])
          expectTheExample(await tablesAfter([path], { batch_size, env: { HOLDFAST_STORE: store() } }));
      }
    });

    it('is not counted twice: the same rows in another shape, in another order, or twice in one file', async () => {
      const [first, second] = [linesOf(`${FOLDER}/with-schema.ndjson`), linesOf(`${FOLDER}/flattened.ndjson`)];
      const doubled = temp.lines([...first, ...second, ...first]);
      const backwards = temp.lines([...second].reverse());
      expectTheExample(await tablesAfter([doubled, backwards, doubled], { env: { HOLDFAST_STORE: store() } }));
    });

    it('is an always-active enrolment of each user in course 0, whose sessions are those of the user', async () => {
      const tables = await tablesAfter([`${FOLDER}/flattened.ndjson`], { env: { HOLDFAST_STORE: store() } });
      expect(tables.enrolments).toBe(
        'user_id,course_id,state,reason,since_ms,enrolled_ms\n1,0,active,,,\n2,0,active,,,\n3,0,active,,,\n',
      );
      expect(tables.course_sessions!.split('\n').slice(1)).toEqual(
        tables
          .sessions!.split('\n')
          .slice(1)
          .map((line) => line.replace(/^(\d+),/, '$1,0,')),
      );
      expect(tables.activity_days).toContain('\n1,0,2019-07-01,7,7,0,0,0,0,6,600\n');
    });
  });
}

describe('a log without a courseid column', () => {
  it('counts every user id, 1, 0 and −1 too', async () => {
    const line = (id: number, userid: number) =>
      JSON.stringify({
        topic: 'demo.demo.mdl_logstore_standard_log',
        key: { id },
        value: { id, eventname: 'x', userid, timecreated: T0 },
      });
    const tables = await tablesAfter([temp.lines([line(1, 1), line(2, 0), line(3, -1), line(4, 0)])]);
    expect(tables.user_activity).toBe('user_id,activities,duration_s,sessions\n-1,1,0,1\n0,2,0,1\n1,1,0,1\n');
  });
});

/** A student opts out: what comes of their scores leaves every place where others read it, and nothing of them is shown. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importFile } from '../../src/app/import-run.js';
import { Telling } from '../../src/pipeline/publications.js';
import { rebuild } from '../../src/pipeline/rebuild.js';
import { AllTables } from '../../src/reading/all-tables.js';
import { ShownTables } from '../../src/reading/shown-tables.js';
import { drain, MONTHLY, publicationsOf, publisherOf, TableSink } from '../pipeline/telling.js';
import { HISTORY, openSite, replay, type Site, TempFolder } from './site.js';

const OF_SCORES = ['scores', 'in_risk', 'alerts'];
const temp = new TempFolder();
const sink = new TableSink();
let site: Site;
let user_id: number;
let told_before: string[];

beforeAll(async () => {
  site = await openSite({ ...MONTHLY, HOLDFAST_ELASTICSEARCH: 'http://127.0.0.1:9' });
  await replay(site.service, site.config, [HISTORY]);
  const open = await site.service.store.alerts({ states: ['open'] }, { limit: 1 });
  user_id = open[0]!.user_id;
  await drain(publisherOf(site.service, sink));
  told_before = told(sink);
});
afterAll(async () => {
  await site.service.close();
  temp.remove();
});

/** Tables of a sink that have rows of this student. */
function told(of: TableSink): string[] {
  return Object.entries(of.rows()).flatMap(([table, rows]) =>
    Object.values(rows).some((row) => (row as { user_id: number }).user_id === user_id) ? [table] : [],
  );
}

const optedOut = (word: 'yes' | 'no') =>
  importFile(site.service, temp.lines(['student,opted_out', `${user_id},${word}`], 'opt-outs.csv'));

async function rebuilt(): Promise<TableSink> {
  const fresh = new TableSink();
  const { store, pipeline } = site.service;
  await rebuild(store, fresh, publicationsOf(site.service), pipeline.now_ms(), { holder: 'rebuild' });
  return fresh;
}

describe('a student who opted out', () => {
  it('leaves the index and the topics with scores and alerts, and is not brought back by a rebuild', async () => {
    expect(told_before).toEqual(expect.arrayContaining([...OF_SCORES, 'sessions']));
    await optedOut('yes');
    // Who is only told of changes hears that the alert is closed, as of any other.
    const rows = publicationsOf(site.service);
    const telling = new Telling();
    await rows.ofEntries(await site.service.store.outbox('elasticsearch', 100), 0, telling, false);
    const closed = telling.of(['alerts']).map(({ row }) => row?.state);
    expect(closed).toContain('resolved');
    await drain(publisherOf(site.service, sink));
    const left = told_before.filter((table) => !OF_SCORES.includes(table));
    expect(told(sink)).toEqual(left);
    expect(told(await rebuilt())).toEqual(left);
  });

  it('is in no table of the interface, neither of scores nor of activity', async () => {
    const { tables, standings, pipeline } = site.service;
    const shown = new ShownTables(new AllTables(tables, null as never), standings, pipeline.roster);
    for (const { name, columns } of tables.infos.filter(({ columns }) => columns.some((one) => one.name === 'user_id'))) {
      expect(columns.length).toBeGreaterThan(0);
      const rows = [];
      for await (const row of shown.rows(name)) rows.push(row.user_id);
      expect([name, rows.length > 0, rows.includes(user_id)]).toEqual([name, true, false]);
      expect([name, (await shown.page(name, { user_id }, null, 10)).items]).toEqual([name, []]);
    }
  });

  it('has scores told again with the next rebuild once they opted in', async () => {
    await optedOut('no');
    await drain(publisherOf(site.service, sink));
    expect(told(await rebuilt())).toEqual(told_before);
  });
});

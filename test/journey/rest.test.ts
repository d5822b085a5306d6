/** The interface over a real site: every list and every page of it, as the OpenAPI document says. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { changeLog } from '../../src/app/change-log.js';
import { ServicePanels } from '../../src/app/panels.js';
import { clickTables } from '../../src/clickstream/tables.js';
import { createHttp, type Http } from '../../src/http/create-http.js';
import { AllTables } from '../../src/reading/all-tables.js';
import { ClickTables } from '../../src/reading/click-tables.js';
import { Documented, filled } from '../http/documented.js';
import { Service as Asking } from '../http/service.js';
import { HISTORY, openSite, replay, type Site, WEEKLY } from './site.js';

let site: Site;
let http: Http;
let asking: Asking;
let documented: Documented;

beforeAll(async () => {
  site = await openSite(WEEKLY);
  await replay(site.service, site.config, [HISTORY]);
  const { views, pipeline, models } = site.service;
  const clicks = new MemoryClickStore();
  const click_tables = new ClickTables(clicks, clickTables());
  const tables = new AllTables(site.service.tables, click_tables);
  const log = { error: () => undefined, warn: () => undefined };
  http = await createHttp({
    views,
    tables,
    panels: new ServicePanels(site.service, { store: clicks, tables: click_tables }),
    pipeline,
    seen: site.service.seen,
    trials: site.service.trials,
    models,
    changes: changeLog(site.service.store),
    clicks: null,
    metrics: new Registry(),
    log,
    settings: { version: '0', allowed_hosts: [] },
  });
  http.ready();
  asking = new Asking(http, undefined as never);
  documented = new Documented((await asking.get('/openapi.json')).json);
});
afterAll(async () => {
  await http.close();
  await site.service.close();
});

describe('the interface over the sample site', () => {
  it('answers every GET as it is documented, with what the site holds', async () => {
    const alert = (await asking.get('/api/v1/alerts?limit=1')).json.items[0];
    const { version } = (await asking.get('/api/v1/models')).json.items[0];
    const parameters = { courseId: '7', userId: String(alert.user_id), alertId: alert.alert_id, version, name: 'enrolments' };
    for (const { key, method, path, operation } of documented.operations()) {
      if (method !== 'GET') continue;
      const answer = await asking.get(filled(path, parameters).replace(/(predictions\/\d+)\/7/, `$1/${alert.course_id}`));
      expect({ key, status: answer.status }).toEqual({ key, status: 200 });
      documented.expectDocumented(operation, answer, key);
    }
  });

  it('pages through a table and gives each row once', async () => {
    const whole = (await asking.get('/api/v1/tables/enrolments', { accept: 'application/x-ndjson' })).text.trim().split('\n');
    const paged: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { json }: { json: { items: object[]; next_cursor: string | null } } = await asking.get(
        `/api/v1/tables/enrolments?limit=37${cursor && `&cursor=${cursor}`}`,
      );
      paged.push(...json.items.map((row) => JSON.stringify(row)));
      cursor = json.next_cursor;
    }
    expect(paged).toEqual(whole);
    expect(paged).toHaveLength(200);
  });

  it('carries an alert from the list to its end, and refuses a stale edit', async () => {
    const [alert] = (await asking.get('/api/v1/alerts?state=open')).json.items;
    const path = `/api/v1/alerts/${alert.alert_id}`;
    const etag = (await asking.get(path)).headers.etag!;
    const taken = await asking.ask('PATCH', path, {
      headers: { 'if-match': etag },
      body: { state: 'acknowledged', assignee: 'Ana' },
    });
    expect([taken.status, taken.json.state, taken.json.assignee]).toEqual([200, 'acknowledged', 'Ana']);
    const stale = await asking.ask('PATCH', path, { headers: { 'if-match': etag }, body: { note: 'rang' } });
    expect([stale.status, stale.json.alert.assignee]).toEqual([412, 'Ana']);
    expect((await asking.get('/api/v1/cases')).json.items.some((c: { owner: string }) => c.owner === 'Ana')).toBe(true);
    const resolved = await asking.ask('PATCH', path, {
      headers: { 'if-match': taken.headers.etag! },
      body: { state: 'resolved', outcome: 'contacted', note: 'rang' },
    });
    expect([resolved.status, resolved.json.state, resolved.json.outcome]).toEqual([200, 'resolved', 'contacted']);
  });
});

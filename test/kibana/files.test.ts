/** The dashboards as files: what is in them, and that Kibana's rules, as far as they are written down, let them in. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { kibanaCommand } from '../../src/app/commands/kibana.js';
import { kibanaFiles } from '../../src/app/kibana-files.js';
import { lensOf } from '../../src/indexing/kibana/lens.js';
import type { Panel } from '../../src/indexing/kibana/panel.js';
import { OUTSIDE_NAMES } from '../../src/indexing/names.js';
import { CLICK_STATE_TABLES } from '../../src/pipeline/click-publications.js';
import { TempFolder } from '../journey/site.js';
import { dashboardOf, faultsOf, layerOf, objectsOf, panelsOf } from './objects.js';

const temp = new TempFolder();
afterAll(() => temp.remove());
const files = kibanaFiles();
const [predictive, clicks] = files.map(({ text }) => objectsOf(text));

describe('the dashboards’ files', () => {
  it('are in kibana/ as kibana build makes them', async () => {
    const out = temp.file('built');
    await kibanaCommand().parseAsync(['node', 'kibana', 'build', '--quiet', '--out', out]);
    expect(readdirSync(out).sort()).toEqual(['click-stream-analysis.ndjson', 'predictive-analytics.ndjson']);
    expect(readdirSync('kibana').sort()).toEqual(readdirSync(out).sort());
    for (const name of readdirSync(out))
      expect(readFileSync(join('kibana', name), 'utf8')).toBe(readFileSync(join(out, name), 'utf8'));
  });

  it.each(files.map(({ name, text }) => [name, text]))('%s keeps Kibana’s rules', (_, text) => {
    expect(faultsOf(objectsOf(text))).toEqual([]);
  });

  it('would not pass with a reference, a column or a key that is wrong', () => {
    const broken = (change: (text: string) => string) => faultsOf(objectsOf(change(files[0]!.text)));
    expect(broken((text) => text.replace('"id":"holdfast-moodle-sessions"', '"id":"other"')).join()).toContain('not in the file');
    expect(broken((text) => text.replaceAll('"panel-1:', '"panel-9:')).join()).toContain('not repeated outside');
    expect(broken((text) => text.replaceAll('"typeMigrationVersion":"8.9.0"', '"typeMigrationVersion":"10.2.0"'))).toEqual([
      'dashboard holdfast-predictive-analytics: versions',
    ]);
    expect(broken((text) => text.replace('"timeRestore"', '"timeRestored":1,"timeRestore"')).join()).toContain('unknown');
    expect(
      broken((text) => text.replaceAll('\\"metricAccessor\\":\\"count\\"', '\\"metricAccessor\\":\\"x\\"')).join(),
    ).toContain('not what is asked for');
    expect(broken((text) => text.replaceAll('\\"x\\":12', '\\"x\\":11')).join()).toContain('over Sessions count');
  });

  it('name no field that an index does not have', () => {
    const { dashboard } = files[0]!;
    const panel: Panel = { ...dashboard.panels[0]!, values: [{ label: 'x', fold: 'sum', field: 'gone' }] };
    expect(() => lensOf(panel, dashboard.views[0]!)).toThrow(/moodle-sessions has no field gone/);
  });

  it('hold nothing but ASCII names where Kibana makes addresses of them', () => {
    for (const objects of [predictive!, clicks!]) for (const { id } of objects) expect(id).toMatch(/^holdfast-[\w.-]+$/);
  });
});

describe('the dashboards', () => {
  it('Predictive Analytics has the six panels that it always had', () => {
    expect(dashboardOf(predictive!).attributes).toMatchObject({ title: 'Predictive Analytics', timeRestore: true });
    expect(panelsOf(predictive!).map(({ title }) => title)).toEqual([
      'Sessions count',
      'Average session duration',
      'Average activities per session',
      'Students in risk count',
      'Sessions over time',
      'Students in risk over time',
    ]);
  });

  it('Click Stream Analysis has a panel for each of the demo’s seven tables, and version 4.1’s two', () => {
    expect(panelsOf(clicks!).map((panel) => [panel.title, layerOf(panel, clicks!).index])).toEqual([
      ['All events per user', 'clickstream-events_per_min'],
      ['Page views', 'clickstream-pages_per_min'],
      ['Errors per minute', 'clickstream-errors_per_min'],
      ['400 error alert', 'clickstream-errors_per_min_alert'],
      ['User sessions', 'clickstream-click_user_sessions'],
      ['Error codes with definitions', 'clickstream-enriched_error_codes_count'],
      ['User–IP activity', 'clickstream-user_ip_activity'],
      ['Malicious user sessions', 'clickstream-malicious_user_sessions'],
      ['Events per minute: min, max, average', 'clickstream-events_per_min_max_avg'],
    ]);
    const table = panelsOf(clicks!)[6]!;
    expect(Object.values(layerOf(table, clicks!).layer.columns).map(({ label }) => label)).toEqual([
      'IP',
      'User name',
      'City',
      'Hits',
    ]);
  });

  it('Click Stream Analysis shows the last 15 minutes, and again every 5 seconds', () => {
    expect(dashboardOf(clicks!).attributes).toMatchObject({
      title: 'Click Stream Analysis',
      timeFrom: 'now-15m',
      timeTo: 'now',
      refreshInterval: { pause: false, value: 5_000 },
    });
  });

  it('there is a data view for every index that is written, and for each click', () => {
    const titles = (objects: typeof predictive) =>
      objects!.filter(({ type }) => type === 'index-pattern').map(({ attributes }) => attributes.title);
    expect(titles(predictive).sort()).toEqual(
      Object.values(OUTSIDE_NAMES)
        .map(({ index }) => index)
        .sort(),
    );
    expect(titles(clicks).sort()).toEqual(
      [...CLICK_STATE_TABLES.map((name) => `clickstream-${name}`), 'logs-clickstream.access-default,clickstream-access-*'].sort(),
    );
  });

  it('a session of clicks stands at its end', () => {
    const panel = panelsOf(clicks!).find(({ title }) => title === 'User sessions')!;
    expect(layerOf(panel, clicks!).time).toBe('window_end_ms');
  });
});

/**
 * Dashboards as the saved objects that Kibana imports. Versions are the oldest that hold all that is used, since Kibana takes what is
 * older than itself and refuses what is newer: these are of 8.9.
 */
import { lensOf, type Reference, viewId } from './lens.js';
import type { Dashboard, Panel, View } from './panel.js';

export interface SavedObject {
  id: string;
  type: 'index-pattern' | 'dashboard';
  attributes: Record<string, unknown>;
  references: Reference[];
  coreMigrationVersion: string;
  typeMigrationVersion: string;
}

const CORE = '8.8.0';
const VERSIONS = { 'index-pattern': '8.0.0', dashboard: '8.9.0' } as const;
/** Numbers that name something: without a thousands separator. */
const NAMING = /(^|_)(id|userid|status|code)$/;

/** A file for Kibana's import: an object a line, the data views first. */
export function ndjson(dashboard: Dashboard): string {
  return savedObjects(dashboard)
    .map((object) => `${JSON.stringify(object)}\n`)
    .join('');
}

export function savedObjects(dashboard: Dashboard): SavedObject[] {
  return [...dashboard.views.map(dataView), dashboardObject(dashboard)];
}

function savedObject(
  type: SavedObject['type'],
  id: string,
  attributes: Record<string, unknown>,
  references: Reference[],
): SavedObject {
  const typeMigrationVersion = VERSIONS[type];
  return { id, type, attributes, references, coreMigrationVersion: CORE, typeMigrationVersion };
}

function dataView({ index, name, time, properties }: View): SavedObject {
  const plain = { id: 'number', params: { pattern: '0' } };
  const naming = Object.entries(properties).filter(
    ([field, mapped]) => (mapped as { type?: string }).type === 'long' && NAMING.test(field),
  );
  const attributes = {
    title: index,
    name: `Holdfast: ${name}`,
    timeFieldName: time,
    // An index that is not there yet is an empty one, and no error.
    allowNoIndex: true,
    fieldFormatMap: JSON.stringify(Object.fromEntries(naming.map(([field]) => [field, plain]))),
  };
  return savedObject('index-pattern', viewId(index), attributes, []);
}

function dashboardObject({ id, title, description, from, refresh_ms, views, panels }: Dashboard): SavedObject {
  const shown = panels.map((panel, i) => panelOf(panel, `panel-${i + 1}`, views));
  // Inside a panel references are by layer; outside, where Kibana looks for them, by panel and layer.
  const references = shown.flatMap(({ panelIndex, embeddableConfig: { attributes } }) =>
    attributes.references.map((reference) => ({ ...reference, name: `${panelIndex}:${reference.name}` })),
  );
  const options = { useMargins: true, syncColors: false, syncCursor: true, syncTooltips: false, hidePanelTitles: false };
  const attributes = {
    title,
    description,
    timeRestore: true,
    timeFrom: from,
    timeTo: 'now',
    refreshInterval: { pause: false, value: refresh_ms },
    optionsJSON: JSON.stringify(options),
    panelsJSON: JSON.stringify(shown),
    kibanaSavedObjectMeta: { searchSourceJSON: JSON.stringify({ query: { query: '', language: 'kuery' }, filter: [] }) },
  };
  return savedObject('dashboard', id, attributes, references);
}

function panelOf(panel: Panel, panelIndex: string, views: readonly View[]) {
  const view = views.find(({ index }) => index === panel.index);
  if (view === undefined) throw new Error(`${panel.title}: there is no data view of ${panel.index}`);
  const [x, y, w, h] = panel.place;
  return {
    type: 'lens',
    title: panel.title,
    panelIndex,
    gridData: { x, y, w, h, i: panelIndex },
    // A figure says its own name.
    embeddableConfig: { attributes: lensOf(panel, view), hidePanelTitles: panel.show === 'figure', enhancements: {} },
  };
}

/** The dashboards' files as Kibana reads them, and what it would refuse: its rules, written down without it. */
import type { SavedObject } from '../../src/indexing/kibana/saved-objects.js';

export interface Column {
  label: string;
  dataType: string;
  operationType: string;
  sourceField: string;
  isBucketed: boolean;
  params: { interval?: string; size?: number; orderBy?: { type: string; columnId: string }; orderDirection?: 'asc' | 'desc' };
}

export interface Layer {
  columns: Record<string, Column>;
  columnOrder: string[];
}

/** Of a panel's attributes what the tests look at. */
export interface Lens {
  title: string;
  visualizationType: string;
  references: { type: string; id: string; name: string }[];
  state: {
    datasourceStates: { formBased: { layers: Record<string, Layer> } };
    visualization: Record<string, unknown> & {
      layerId?: string;
      metricAccessor?: string;
      columns?: { columnId: string }[];
      layers?: { layerId: string; xAccessor: string; splitAccessor?: string; accessors: string[]; seriesType: string }[];
    };
  };
}

export interface ShownPanel {
  type: string;
  title: string;
  panelIndex: string;
  gridData: { x: number; y: number; w: number; h: number; i: string };
  embeddableConfig: { attributes: Lens };
}

export function objectsOf(ndjson: string): SavedObject[] {
  return ndjson
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SavedObject);
}

export function dashboardOf(objects: readonly SavedObject[]): SavedObject {
  return objects.find(({ type }) => type === 'dashboard')!;
}

export function panelsOf(objects: readonly SavedObject[]): ShownPanel[] {
  return JSON.parse(dashboardOf(objects).attributes.panelsJSON as string) as ShownPanel[];
}

/** The one layer of a panel, and the index and time field of its data view. */
export function layerOf(panel: ShownPanel, objects: readonly SavedObject[]) {
  const { references, state } = panel.embeddableConfig.attributes;
  const [[name, layer]] = Object.entries(state.datasourceStates.formBased.layers) as [[string, Layer]];
  const reference = references.find((one) => one.name === `indexpattern-datasource-layer-${name}`)!;
  const { attributes } = objects.find(({ type, id }) => type === reference.type && id === reference.id)!;
  return { layer, index: attributes.title as string, time: attributes.timeFieldName as string };
}

/** Kibana refuses what is newer than itself: 8.9 is the oldest that is supported. */
const NEWEST: Record<string, string> = { core: '8.8.0', 'index-pattern': '8.0.0', dashboard: '8.9.0' };
/** `unknowns: forbid` in Kibana's own schema of a dashboard. */
const DASHBOARD_KEYS = [
  ...['title', 'description', 'kibanaSavedObjectMeta', 'timeRestore', 'timeFrom', 'timeTo', 'refreshInterval'],
  ...['controlGroupInput', 'panelsJSON', 'optionsJSON', 'hits', 'version'],
];
const GRID_COLUMNS = 48;

/** What is wrong with a file, a line each. */
export function faultsOf(objects: readonly SavedObject[]): string[] {
  const faults: string[] = [];
  const known = new Set(objects.map(({ type, id }) => `${type} ${id}`));
  if (known.size < objects.length) faults.push('two objects have one id');
  for (const { type, id, attributes, references, coreMigrationVersion, typeMigrationVersion } of objects) {
    const must = (right: boolean, what: string) => right || faults.push(`${type} ${id}: ${what}`);
    must(coreMigrationVersion === NEWEST.core && typeMigrationVersion === NEWEST[type], 'versions');
    for (const reference of references)
      must(known.has(`${reference.type} ${reference.id}`), `${reference.name} is not in the file`);
    must(new Set(references.map(({ name }) => name)).size === references.length, 'two references have one name');
    if (type === 'dashboard') dashboardFaults(attributes, must);
    else must(typeof attributes.title === 'string' && typeof attributes.timeFieldName === 'string', 'no title or time field');
  }
  for (const panel of panelsOf(objects)) panelFaults(panel, objects, (what) => faults.push(`${panel.title}: ${what}`));
  return [...faults, ...overlaps(panelsOf(objects))];
}

function dashboardFaults(attributes: Record<string, unknown>, must: (right: boolean, what: string) => unknown): void {
  for (const key of Object.keys(attributes)) must(DASHBOARD_KEYS.includes(key), `${key} is unknown`);
  const { searchSourceJSON } = attributes.kibanaSavedObjectMeta as { searchSourceJSON: unknown };
  for (const text of [attributes.panelsJSON, attributes.optionsJSON, searchSourceJSON]) must(typeof text === 'string', 'no text');
  const source = JSON.parse(searchSourceJSON as string) as { query: unknown; filter: unknown };
  must(source.query !== undefined && Array.isArray(source.filter), 'searchSourceJSON');
  must(attributes.timeRestore === true && typeof attributes.timeFrom === 'string' && attributes.timeTo === 'now', 'time');
  const { pause, value } = attributes.refreshInterval as { pause: unknown; value: unknown };
  must(pause === false && typeof value === 'number', 'refreshInterval');
}

function panelFaults(panel: ShownPanel, objects: readonly SavedObject[], fault: (what: string) => void): void {
  const { attributes } = panel.embeddableConfig;
  const { visualization: drawn, datasourceStates } = attributes.state;
  if (panel.type !== 'lens' || panel.gridData.i !== panel.panelIndex) fault('panelIndex');
  for (const { type, id, name } of attributes.references) {
    const outside = dashboardOf(objects).references.find((one) => one.name === `${panel.panelIndex}:${name}`);
    if (outside?.type !== type || outside.id !== id) fault(`${name} is not repeated outside`);
  }
  for (const [name, { columns, columnOrder }] of Object.entries(datasourceStates.formBased.layers)) {
    if (!attributes.references.some((one) => one.name === `indexpattern-datasource-layer-${name}`)) fault('no data view');
    if ([...columnOrder].sort().join() !== Object.keys(columns).sort().join()) fault('columnOrder');
    const buckets = columnOrder.map((id) => columns[id]!.isBucketed);
    if (buckets.lastIndexOf(true) > buckets.indexOf(false)) fault('a value stands before a bucket');
    for (const { params } of Object.values(columns))
      if (params.orderBy && columns[params.orderBy.columnId]?.isBucketed !== false) fault('ordered by what is no value');
    const named = [drawn.metricAccessor, ...(drawn.columns ?? []).map(({ columnId }) => columnId)];
    for (const one of drawn.layers ?? []) named.push(one.xAccessor, one.splitAccessor, ...one.accessors);
    const shown = new Set(named.filter((id) => id !== undefined));
    if ([...shown].sort().join() !== [...columnOrder].sort().join()) fault('what is drawn is not what is asked for');
    if ([drawn.layerId, ...(drawn.layers ?? []).map(({ layerId }) => layerId)].some((id) => id !== undefined && id !== name))
      fault('another layer');
  }
}

function overlaps(panels: readonly ShownPanel[]): string[] {
  const taken = new Map<string, string>();
  const faults: string[] = [];
  for (const { title, gridData } of panels) {
    if (gridData.x + gridData.w > GRID_COLUMNS) faults.push(`${title}: outside the grid`);
    for (let x = gridData.x; x < gridData.x + gridData.w; x++)
      for (let y = gridData.y; y < gridData.y + gridData.h; y++) {
        const cell = `${x}/${y}`;
        if (taken.has(cell)) faults.push(`${title}: over ${taken.get(cell)} at ${cell}`);
        taken.set(cell, title);
      }
  }
  return faults;
}

/** Panels in the form of Kibana's Lens: columns of one layer, and what is drawn of them. */
import type { By, Panel, Value, View } from './panel.js';

export interface Reference {
  type: 'index-pattern' | 'dashboard';
  id: string;
  name: string;
}

/** A column of a layer. Its name is its id: no ids are made up, so that the same panels give the same file. */
type Columns = Record<string, Record<string, unknown>>;

const LAYER = 'rows';
const TIME = 'time';
/** What Kibana counts documents by. */
const RECORDS = '___records___';
/** The types of a mapping, as Lens names them. Other fields cannot be counted. */
const DATA_TYPES: Record<string, string> = {
  keyword: 'string',
  long: 'number',
  double: 'number',
  boolean: 'boolean',
  date: 'date',
  ip: 'ip',
};

export function viewId(index: string): string {
  return `holdfast-${index.replace(/[^a-z0-9_.-]+/g, '-').replace(/(?<!-)-+$/, '')}`;
}

/** The attributes of a Lens visualisation. What a panel names and its index does not have is our mistake: the build ends there. */
export function lensOf(panel: Panel, view: View) {
  const columns = columnsOf(panel, view);
  return {
    title: panel.title,
    description: panel.meaning,
    type: 'lens',
    visualizationType: { figure: 'lnsMetric', table: 'lnsDatatable', bars: 'lnsXY', lines: 'lnsXY', points: 'lnsXY' }[panel.show],
    references: [
      { type: 'index-pattern', id: viewId(view.index), name: `indexpattern-datasource-layer-${LAYER}` },
    ] as Reference[],
    state: {
      datasourceStates: {
        formBased: {
          layers: {
            [LAYER]: {
              columns,
              columnOrder: Object.keys(columns),
              incompleteColumns: {},
              ignoreGlobalFilters: false,
              sampling: 1,
            },
          },
        },
        textBased: { layers: {} },
      },
      visualization: drawingOf(panel),
      query: { query: '', language: 'kuery' },
      filters: [],
      internalReferences: [],
      adHocDataViews: {},
    },
  };
}

/** In the order in which Lens asks for them: splits, then time, then values. */
function columnsOf(panel: Panel, view: View): Columns {
  const { show, interval = 'auto', by = [], values } = panel;
  const columns: Columns = {};
  for (const split of by) columns[idOf(split)] = splitColumn(split, typeOf(split.field, view), idOf(values[0]));
  if (show !== 'figure' && show !== 'table') {
    columns[TIME] = {
      label: 'Time',
      customLabel: true,
      dataType: typeOf(view.time, view),
      operationType: 'date_histogram',
      sourceField: view.time,
      isBucketed: true,
      scale: 'interval',
      params: { interval, includeEmptyRows: true, dropPartials: false },
    };
  }
  for (const value of values) columns[idOf(value)] = valueColumn(value, view);
  return columns;
}

function splitColumn({ field, label, most }: By, dataType: string, columnId: string) {
  return {
    label,
    customLabel: true,
    dataType,
    operationType: 'terms',
    sourceField: field,
    isBucketed: true,
    scale: 'ordinal',
    params: {
      size: most,
      orderBy: { type: 'column', columnId },
      orderDirection: 'desc',
      otherBucket: false,
      missingBucket: false,
      parentFormat: { id: 'terms' },
      include: [],
      exclude: [],
      includeIsRegex: false,
      excludeIsRegex: false,
    },
  };
}

function valueColumn(value: Value, view: View) {
  if (value.fold !== 'count') typeOf(value.field, view);
  const { label, fold, decimals = 0 } = value;
  return {
    label,
    customLabel: true,
    dataType: 'number',
    operationType: fold,
    sourceField: value.fold === 'count' ? RECORDS : value.field,
    isBucketed: false,
    scale: 'ratio',
    params: { format: { id: 'number', params: { decimals } } },
  };
}

function drawingOf(panel: Panel): Record<string, unknown> {
  const { show, by = [], values } = panel;
  const layer = { layerId: LAYER, layerType: 'data' };
  if (show === 'figure') return { ...layer, metricAccessor: idOf(values[0]) };
  if (show === 'table') {
    const column = (columnId: string, isMetric: boolean) => ({ columnId, isTransposed: false, isMetric });
    return {
      ...layer,
      columns: [...by.map((split) => column(idOf(split), false)), ...values.map((value) => column(idOf(value), true))],
      sorting: { columnId: idOf(values[0]), direction: 'desc' },
      paging: { size: 10, enabled: true },
    };
  }
  const seriesType = show === 'bars' ? 'bar_stacked' : 'line';
  const splitAccessor = by[0] && idOf(by[0]);
  const everywhere = { x: true, yLeft: true, yRight: true };
  return {
    preferredSeriesType: seriesType,
    // A user, or a status, without a row has a count of 0. Elsewhere nothing is made up, and what stands alone is a point.
    fittingFunction: show === 'lines' && by.length > 0 ? 'Zero' : 'None',
    valueLabels: 'hide',
    legend: { isVisible: by.length > 0 || values.length > 1, position: 'right' },
    axisTitlesVisibilitySettings: { ...everywhere, x: false },
    tickLabelsVisibilitySettings: everywhere,
    gridlinesVisibilitySettings: everywhere,
    labelsOrientation: { x: 0, yLeft: 0, yRight: 0 },
    layers: [{ ...layer, seriesType, xAccessor: TIME, splitAccessor, accessors: values.map(idOf) }],
  };
}

function idOf(column: By | Value): string {
  if (!('fold' in column)) return `by_${column.field}`;
  return column.fold === 'count' ? 'count' : `${column.fold}_${column.field}`;
}

function typeOf(field: string, { index, properties }: View): string {
  const type = DATA_TYPES[(properties[field] as { type?: string } | undefined)?.type ?? ''];
  if (type === undefined) throw new Error(`${index} has no field ${field} that Kibana can count`);
  return type;
}

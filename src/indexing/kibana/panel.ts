/** A panel as it is declared: what it shows of which index, and where it stands. `lens.ts` makes Kibana's form of it. */

/** `min`, `max`, `sum`, `average` and `unique_count` are Lens's names of what it can do with a field. */
export type Fold = 'average' | 'max' | 'min' | 'sum' | 'unique_count';

/** `fold: 'count'` counts documents. */
export type Value = { label: string; decimals?: number } & ({ fold: 'count' } | { fold: Fold; field: string });

/** A row of a table, or a colour of a chart, for each value of a field; the greatest by the panel's first value, at most `most`. */
export interface By {
  field: string;
  label: string;
  most: number;
}

/** A chart's width in time: `auto` is as Kibana finds fit, `5s` what it says unless there would be too many. */
export type Interval = 'auto' | `${number}${'s' | 'm' | 'h' | 'd'}`;

export interface Panel {
  title: string;
  /** What is counted, and from when on: shown when somebody asks. */
  meaning: string;
  index: string;
  /** Column, row, width and height, of 48 columns. */
  place: readonly [x: number, y: number, w: number, h: number];
  /** A table or a figure is of the whole time that is shown; charts go along it. `points` stand apart where nothing was in between. */
  show: 'figure' | 'table' | 'bars' | 'lines' | 'points';
  /** Of charts, `auto` unless it is said. */
  interval?: Interval;
  by?: readonly By[];
  values: readonly [Value, ...Value[]];
}

/** An index that people look at, with what its rows' time is. */
export interface View {
  /** Name of an index, or a pattern. */
  index: string;
  name: string;
  time: string;
  properties: Record<string, unknown>;
}

export interface Dashboard {
  /** Kibana knows it by this for ever: loading it again replaces it. */
  id: string;
  title: string;
  description: string;
  /** What is shown when it is opened, in Kibana's words: `now-15m`. */
  from: string;
  refresh_ms: number;
  views: readonly View[];
  panels: readonly Panel[];
}

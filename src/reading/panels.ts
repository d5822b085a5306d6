/** Panels of the last minutes, for people who watch: figures, charts over time, small tables. The same for whoever looks. */

export const PANELS = ['predictive', 'clicks'] as const;
export type PanelsName = (typeof PANELS)[number];

export interface PanelsAnswer {
  panels: PanelsName;
  /** Half-open in time; ends with the clock of what is counted, which for a recording is the recording's. */
  from_ms: number;
  until_ms: number | null;
  /** Width of a bucket; the last one may be unfinished. */
  bucket_ms: number;
  figures: { name: string; value: number | null }[];
  charts: PanelChart[];
  tables: { name: string; columns: string[]; rows: (string | number | null)[][] }[];
  /** A table had more rows than were looked at: what is shown of it is too little. */
  cut: boolean;
}

export interface PanelChart {
  name: string;
  look: 'bars' | 'lines' | 'points';
  /** Where buckets begin. */
  times_ms: number[];
  /** null: nothing is known of that bucket. */
  series: { name: string; values: (number | null)[] }[];
}

export const MINUTES_DEFAULT = 15;
/** Thirty days. */
export const MINUTES_MAX = 43_200;
const BUCKETS = 30;

export interface Span {
  from_ms: number;
  until_ms: number;
  bucket_ms: number;
}

/** The minutes before `until_ms`, in thirty buckets. */
export function spanOf(until_ms: number, minutes: number): Span {
  const length = minutes * 60_000;
  return { from_ms: until_ms - length, until_ms, bucket_ms: length / BUCKETS };
}

export type Fold = 'sum' | 'max' | 'min' | 'mean';

/**
 * Gathers values by bucket and series; with more series than `most`, those with the greatest values stay. Buckets without any value hold
 * `empty`: 0 where nothing happened, null where nothing was measured.
 */
export class Buckets {
  readonly #cells = new Map<string, { value: number; n: number }[]>();

  constructor(
    private readonly span: Span,
    private readonly fold: Fold,
    private readonly empty: number | null,
  ) {}

  add(series: string, time_ms: number, value: number): void {
    const bucket = Math.floor((time_ms - this.span.from_ms) / this.span.bucket_ms);
    if (bucket < 0 || bucket >= BUCKETS) return;
    const cells = this.#cells.get(series) ?? [];
    this.#cells.set(series, cells);
    const cell = cells[bucket];
    if (!cell) cells[bucket] = { value, n: 1 };
    else cells[bucket] = { value: merged(this.fold, cell.value, value), n: cell.n + 1 };
  }

  chart(name: string, look: PanelChart['look'], most: number): PanelChart {
    const all = [...this.#cells].map(([series, cells]) => ({ series, values: this.#values(cells) }));
    const greatest = ({ values }: { values: (number | null)[] }) => values.reduce<number>((sum, v) => sum + (v ?? 0), 0);
    const kept = all.sort((a, b) => greatest(b) - greatest(a) || (a.series < b.series ? -1 : 1)).slice(0, most);
    const series = kept.map(({ series: each, values }) => ({ name: each, values })).sort((a, b) => (a.name < b.name ? -1 : 1));
    const times_ms = Array.from({ length: BUCKETS }, (_, i) => Math.round(this.span.from_ms + i * this.span.bucket_ms));
    return { name, look, times_ms, series };
  }

  #values(cells: { value: number; n: number }[]): (number | null)[] {
    return Array.from({ length: BUCKETS }, (_, i) => {
      const cell = cells[i];
      if (!cell) return this.empty;
      return this.fold === 'mean' ? cell.value / cell.n : cell.value;
    });
  }
}

function merged(fold: Fold, a: number, b: number): number {
  if (fold === 'max') return Math.max(a, b);
  return fold === 'min' ? Math.min(a, b) : a + b;
}

/** Who looks is answered by this. */
export abstract class Panels {
  abstract look(panels: PanelsName, minutes: number): Promise<PanelsAnswer>;
}

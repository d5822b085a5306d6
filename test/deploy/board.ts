/** The board for Grafana: its expressions, and what of them a scrape does not have. */
import { readFileSync } from 'node:fs';

export interface BoardPanel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; legendFormat: string; refId: string }[];
}

interface Board {
  panels: BoardPanel[];
  templating: { list: { name: string }[] };
}

export const BOARD = JSON.parse(readFileSync('deploy/grafana/holdfast.json', 'utf8')) as Board;
export const EXPRESSIONS = BOARD.panels.flatMap(({ targets = [] }) => targets);

/** Labels that Prometheus itself puts to what it scrapes. */
const OF_PROMETHEUS = ['job', 'instance'];
const WORDS = ['by', 'without', 'on', 'ignoring', 'and', 'or', 'unless', 'bool', 'offset'];

/** Metrics that an expression names, and labels: those that it groups by or asks for, and those that its legend shows. */
export function namesIn({ expr, legendFormat }: { expr: string; legendFormat: string }): { metrics: string[]; labels: string[] } {
  const labels = [...legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label]) => label!);
  const rest = expr
    .replace(/"[^"]*"/g, '""')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\b(?:by|without)\s*\(([^)]*)\)/g, (_, list: string) => {
      labels.push(...list.split(',').map((label) => label.trim()));
      return '';
    })
    .replace(/\{([^}]*)\}/g, (_, list: string) => {
      labels.push(...[...list.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!));
      return '';
    });
  const metrics = [...rest.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !WORDS.includes(name));
  const own = labels.filter((label) => !OF_PROMETHEUS.includes(label));
  return { metrics: [...new Set(metrics)], labels: [...new Set(own)] };
}

/** A scrape, read for what is in it: the names that it announces, and the labels that its figures have. */
export class Scrape {
  readonly names = new Set<string>();
  readonly labels = new Map<string, Set<string>>();

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [, announced, kind] = /^# TYPE (\S+) (\w+)/.exec(line) ?? [];
      if (announced !== undefined)
        for (const ending of kind === 'histogram' ? ['_bucket', '_sum', '_count'] : ['']) this.names.add(`${announced}${ending}`);
      const [, name, within = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
      if (name === undefined || line.startsWith('#')) continue;
      const known = this.labels.get(name) ?? new Set();
      for (const [, label] of within.matchAll(/(\w+)="/g)) known.add(label!);
      this.labels.set(name, known);
    }
  }

  /** What is not there of what an expression names. Labels of `unlabelled` are not looked at. */
  missing(expression: { expr: string; legendFormat: string }, unlabelled: readonly string[] = []): string[] {
    const { metrics, labels } = namesIn(expression);
    return metrics.flatMap((name) => {
      if (!this.names.has(name)) return [name];
      if (unlabelled.includes(name)) return [];
      return labels.filter((label) => !this.labels.get(name)?.has(label)).map((label) => `${name}{${label}}`);
    });
  }
}

/** Figures of sources and sinks that need a server: their labels are looked at where there is one. */
export const OF_SERVERS = [
  'holdfast_lane_lag_seconds',
  'holdfast_sink_up',
  'holdfast_outbox_entries',
  'holdfast_published_total',
  'holdfast_published_refused_total',
  'holdfast_clicks_sink_up',
  'holdfast_clicks_outbox_entries',
  'holdfast_clicks_published_total',
  'holdfast_clicks_published_refused_total',
];

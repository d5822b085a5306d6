/** A snapshot as lines of text that fit a width: tables under each other, the columns that matter most on the left. */
import type { Count } from './between.js';
import type { Clicks, Side, Snapshot } from './snapshot.js';
import { bytesText, clipped, numberText, padded, plain, rateText, secondsText, widthOf } from './wording.js';

export interface Line {
  text: string;
  style?: 'heading' | 'fault';
}

/** The first column names the row; the others are figures, and from the right they go where there is no room. */
interface Table {
  columns: string[];
  rows: string[][];
}

/** A site in Kafka has a hundred partitions; those furthest behind are looked for. */
const ROWS_MAX = 12;
const NAME_WIDTH_MIN = 16;
const GAP = 2;

export function pictureOf(snapshot: Snapshot, service: string, width: number): Line[] {
  const tables = [sources(snapshot), logRows(snapshot), commits(snapshot), sinks(snapshot), clicks(snapshot), topics(snapshot)];
  const shown = tables.filter(({ rows }) => rows.length > 0);
  const nameWidth = Math.max(
    NAME_WIDTH_MIN,
    ...shown.flatMap(({ rows, columns }) => [columns, ...rows].map((r) => widthOf(r[0]!))),
  );
  const lines = [...head(snapshot, service), ...shown.flatMap((table) => tableLines(table, nameWidth, width))];
  return lines.map(({ text, style }) => ({ text: clipped(text, width), style }));
}

function head(snapshot: Snapshot, service: string): Line[] {
  const { at, rates_of_s, up_s, memory, processor, event_time_s, last_tick_s, lanes } = snapshot;
  const rates = rates_of_s === null ? 'rates come with the next reading' : `rates of the last ${secondsText(rates_of_s)}`;
  const busy = processor === null ? '' : `, processor ${Math.round(processor * 100)} %`;
  const partitions = lanes ? `, ${numberText(lanes)} partitions` : '';
  const lines: Line[] = [
    { text: plain(`Holdfast ${service}`), style: 'heading' },
    { text: `${time(Date.parse(at) / 1000)}, up ${secondsText(up_s)}, ${rates}` },
    { text: `Memory ${bytesText(memory.resident_bytes)} (heap ${bytesText(memory.heap_bytes)})${busy}${partitions}` },
  ];
  if (event_time_s !== null)
    lines.push({
      text: `Activity up to ${time(event_time_s)}${last_tick_s === null ? '' : `, last tick ${time(last_tick_s)}`}`,
    });
  return lines;
}

function sources({ sources }: Snapshot): Table {
  const all = [...sources].sort((a, b) => (b.behind_s ?? -1) - (a.behind_s ?? -1) || b.read.total - a.read.total);
  const rows = all.map(({ source, read, rejected, behind_s }) => [
    plain(source),
    rateText(read.per_s),
    secondsText(behind_s),
    numberText(read.total),
    rateText(rejected.per_s),
    numberText(rejected.total),
  ]);
  return { columns: ['Sources', 'read/s', 'behind', 'read', 'rejected/s', 'rejected'], rows: atMost(rows) };
}

function logRows({ log_rows }: Snapshot): Table {
  const rows = log_rows.filter(({ rows }) => rows.total > 0).map(({ outcome, rows }) => counted(outcome, rows));
  return { columns: ['Log rows', 'per s', 'total'], rows };
}

function commits({ commits }: Snapshot): Table {
  const rows = commits.map(({ side, commits, p50_s, p99_s, last_s, open_windows }) => [
    side,
    rateText(commits.per_s),
    secondsText(p50_s),
    secondsText(p99_s),
    last_s === null ? '–' : `${secondsText(Math.round(last_s))} ago`,
    numberText(open_windows),
  ]);
  return { columns: ['Commits', 'per s', 'p50', 'p99', 'last', 'open windows'], rows };
}

function sinks({ sinks }: Snapshot): Table {
  const rows = sinks.map(({ side, sink, up, waiting, sent, refused }) => [
    `${plain(sink)}${of(side)}`,
    numberText(waiting),
    up === null ? '–' : up ? 'up' : 'AWAY',
    rateText(sent.per_s),
    numberText(sent.total),
    numberText(refused.total),
  ]);
  return { columns: ['Publishing', 'waiting', 'sink', 'sent/s', 'sent', 'refused'], rows };
}

function of(side: Side): string {
  return side === 'clicks' ? ' (clicks)' : '';
}

const KINDS: Record<string, string> = { click: 'clicks', event: 'product events', reference: 'users and codes' };

function clicks({ clicks }: Snapshot): Table {
  const { records, repeated, rejected, late, left_out, udp, waiting } = clicks;
  const rows = [
    ...records.map(({ kind, records }) => ({ name: KINDS[kind] ?? kind, count: records })),
    { name: 'repeated', count: repeated },
    ...rejected.map(({ reason, records }) => ({ name: `rejected: ${reason}`, count: records })),
    ...late.map(({ table, clicks }) => ({ name: `late: ${table}`, count: clicks })),
    ...left_out.map(({ why, records }) => ({ name: `left out: ${why}`, count: records })),
    { name: 'datagrams', count: udp.received },
    ...udp.outcomes.map(({ outcome, datagrams }) => ({ name: `datagrams ${outcome}`, count: datagrams })),
  ].flatMap(({ name, count }) => (count !== null && count.total > 0 ? [counted(name, count)] : []));
  // Of a process that counts clicks, that nothing waits is worth a row.
  if (rows.length > 0 || (waiting ?? 0) > 0) rows.push(['waiting to be committed', '', numberText(waiting)]);
  return { columns: ['Clicks', 'per s', 'total'], rows };
}

function topics({ clicks: { kafka } }: Snapshot): Table {
  const rows = partitions(kafka).map(([name, behind]) => [plain(name), numberText(behind)]);
  return { columns: ['Topics of clicks', 'messages behind'], rows: atMost(rows) };
}

function partitions(kafka: Clicks['kafka']): [string, number][] {
  return kafka.map(({ topic, partition, behind }) => [`${topic}/${partition}`, behind]);
}

function counted(name: string, { per_s, total }: Count): string[] {
  return [plain(name), rateText(per_s), numberText(total)];
}

/** Sorted, the first of them, and how many there are besides. */
function atMost(rows: string[][]): string[][] {
  if (rows.length <= ROWS_MAX) return rows;
  return [...rows.slice(0, ROWS_MAX - 1), [`and ${rows.length - ROWS_MAX + 1} more`]];
}

function tableLines({ columns, rows }: Table, nameWidth: number, width: number): Line[] {
  const widths = columns.map((_, i) => Math.max(...[columns, ...rows].map((row) => widthOf(row[i] ?? ''))));
  const taken = (count: number) => widths.slice(1, count).reduce((sum, each) => sum + GAP + each, 0);
  let count = columns.length;
  while (count > 1 && taken(count) + NAME_WIDTH_MIN > width) count--;
  const name = Math.max(Math.min(nameWidth, width - taken(count)), 0);
  const line = (row: string[]) =>
    row
      .slice(0, count)
      .map((cell, i) => (i === 0 ? padded(clipped(cell, name), name, 'left') : padded(cell, widths[i]! + GAP, 'right')))
      .join('')
      .trimEnd();
  return [{ text: '' }, { text: line(columns), style: 'heading' }, ...rows.map((row) => ({ text: line(row) }))];
}

/** `2026-11-22 03:00:00Z` */
function time(epoch_s: number): string {
  return new Date(epoch_s * 1000).toISOString().replace('T', ' ').replace(/\.\d+/, '');
}

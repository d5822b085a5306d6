/**
 * The tables as scripts, dashboards and exports know them: names, columns, order. Rows are read from the store, or derived
 * from its rows while reading; nothing here is kept.
 */
import type { ActivityDay, Alert, Early, Prediction, Rejected, Score, Session } from '../domain.js';
import type { Roster } from '../pipeline/roster.js';
import type { Filter, Page, Store } from '../ports.js';
import { earlyList } from '../scoring/early.js';
import type { Calendar } from '../windows/calendar.js';
import { TABLES, type TableInfo, type TableRow, type Value } from './table-infos.js';
import { inRiskRow, type RowSettings, ratiosOf, sessionRow, UserSums } from './table-rows.js';

export interface TableFilter {
  user_id?: number;
  course_id?: number;
  /** Inclusive, epoch ms. */
  from_ms?: number;
  /** Exclusive, epoch ms. */
  to_ms?: number;
}

export interface TablesSettings extends RowSettings {
  /** Early list: places per course; null = 15 %. */
  capacity: number | null;
}

/** Rows asked of the store at once. */
const ROWS_PER_PAGE = 5_000;

export class Tables {
  constructor(
    private readonly store: Store,
    private readonly roster: Roster,
    private readonly calendar: Calendar,
    private readonly settings: TablesSettings,
    /** The store's clock. */
    private readonly now_ms: () => number,
  ) {}

  get infos(): readonly TableInfo[] {
    return TABLES;
  }

  info(name: string): TableInfo | undefined {
    return TABLES.find((t) => t.name === name);
  }

  /** Rows of a table in the order of its key, after the given key values (exclusive). Throws RangeError for a name that is none. */
  rows(name: string, filter: TableFilter = {}, after?: Value[]): AsyncIterable<TableRow> {
    const times: Filter = { user_id: filter.user_id, course_id: filter.course_id, from: filter.from_ms, to: filter.to_ms };
    const days: Filter = { ...times, from: this.#day(filter.from_ms), to: this.#day(filter.to_ms) };
    switch (name) {
      case 'sessions':
        return this.#sessions(times, after as [number, number]);
      case 'course_sessions':
        return this.#courseSessions(times, after as [number, number, number]);
      case 'user_activity':
        return skipTo(this.#userActivity(times), ['user_id'], after);
      case 'activity_days':
        return this.#activityDays(days, after as [number, number, string]);
      case 'cohort_ratios':
        return skipTo(this.#cohortRatios(days), ['day', 'course_id', 'user_id'], after);
      case 'enrolments':
        return skipTo(this.#enrolments(filter), ['user_id', 'course_id'], after);
      case 'scores':
        return this.#scores(times, after as [number, number, number]);
      case 'in_risk':
        return this.#inRisk(times, after as [number, number, number]);
      case 'alerts':
        return this.#alerts(times, after as [string]);
      case 'early':
        return skipTo(this.#early(filter), ['course_id', 'rank'], after);
      case 'rejected':
        return this.#rejected(after as [string, string, string]);
      default:
        throw new RangeError(`there is no table ${JSON.stringify(name)}; there are ${TABLES.map((t) => t.name).join(', ')}`);
    }
  }

  /** The early list: by course, then rank. */
  async early(course_id?: number): Promise<Early[]> {
    const predictions: Prediction[] = [];
    const opted_out = await this.roster.optedOut();
    for await (const p of paged<Prediction, [number, number]>((page) => this.store.predictions({ course_id }, page), (p) => [p.user_id, p.course_id])) predictions.push(p); // biome-ignore format: one loop
    return earlyList(
      predictions.filter((p) => !opted_out.has(p.user_id)),
      this.settings.capacity,
    );
  }

  #day(ms: number | undefined): number | undefined {
    return ms === undefined ? undefined : this.calendar.day(ms);
  }

  async *#sessions(filter: Filter, after?: [number, number]) {
    const now_ms = this.now_ms();
    for await (const s of paged<Session, [number, number]>(
      (page) => this.store.sessions(filter, page),
      (s) => [s.user_id, s.start_ms],
      after,
    ))
      yield sessionRow(s, this.settings.gap_ms, now_ms);
  }

  async *#courseSessions(filter: Filter, after?: [number, number, number]) {
    const now_ms = this.now_ms();
    const key = (s: Session): [number, number, number] => [s.user_id, s.course_id!, s.start_ms];
    for await (const s of paged<Session, [number, number, number]>((page) => this.store.courseSessions(filter, page), key, after))
      yield sessionRow(s, this.settings.gap_ms, now_ms);
  }

  async *#userActivity(filter: Filter) {
    const sums = new UserSums();
    for await (const s of paged<Session, [number, number]>(
      (page) => this.store.sessions(filter, page),
      (s) => [s.user_id, s.start_ms],
    )) {
      const done = sums.add(s);
      if (done) yield done.row;
    }
    const last = sums.end();
    if (last) yield last.row;
  }

  async *#activityDays(filter: Filter, after?: [number, number, string]) {
    const from: [number, number, number] | undefined = after && [after[0], after[1], this.calendar.parse(after[2])];
    const key = (d: ActivityDay): [number, number, number] => [d.user_id, d.course_id, d.day];
    for await (const d of paged<ActivityDay, [number, number, number]>(
      (page) => this.store.activityDays(filter, page),
      key,
      from,
    ))
      yield { ...d, day: this.calendar.format(d.day) };
  }

  /** A student's day over the mean of the course's students of that day; a ratio over 0, or of no session at all, is null. */
  async *#cohortRatios(filter: Filter) {
    const students = new Set((await this.roster.all(this.now_ms())).map((e) => `${e.user_id}/${e.course_id}`));
    const all = { ...filter, user_id: undefined };
    const key = (d: ActivityDay): [number, number, number] => [d.day, d.course_id, d.user_id];
    let cohort: ActivityDay[] = [];
    const ratios = () =>
      ratiosOf(cohort, this.calendar).filter((r) => filter.user_id === undefined || r.user_id === filter.user_id);
    for await (const d of paged<ActivityDay, [number, number, number]>((page) => this.store.activityDaysByDay(all, page), key)) {
      if (cohort[0] && (cohort[0].day !== d.day || cohort[0].course_id !== d.course_id)) {
        yield* ratios();
        cohort = [];
      }
      if (students.has(`${d.user_id}/${d.course_id}`)) cohort.push(d);
    }
    yield* ratios();
  }

  async *#enrolments({ user_id, course_id, from_ms = -Infinity, to_ms = Infinity }: TableFilter) {
    const now_ms = this.now_ms();
    const found = user_id === undefined ? await this.roster.all(now_ms) : await this.roster.ofUsers([user_id], now_ms);
    for (const e of found) {
      const since_ms = e.since_ms ?? -Infinity;
      if ((course_id === undefined || e.course_id === course_id) && since_ms >= from_ms && since_ms < to_ms) yield { ...e };
    }
  }

  async *#scores(filter: Filter & { above?: number }, after?: [number, number, number]) {
    const opted_out = await this.roster.optedOut();
    for await (const s of paged<Score, [number, number, number]>((page) => this.store.scores(filter, page), (s) => [s.user_id, s.course_id, s.as_of_ms], after)) // biome-ignore format: one loop
      if (!opted_out.has(s.user_id)) yield { ...s };
  }

  async *#inRisk(filter: Filter, after?: [number, number, number]) {
    for await (const s of this.#scores({ ...filter, above: this.settings.threshold }, after)) yield inRiskRow(s);
  }

  async *#alerts(filter: Filter, after?: [string]) {
    const opted_out = await this.roster.optedOut();
    for await (const a of paged<Alert, string>(
      (page) => this.store.alerts(filter, page),
      (a) => a.alert_id,
      after?.[0],
    ))
      if (!opted_out.has(a.user_id)) yield { ...a };
  }

  async *#early({ course_id, user_id }: TableFilter) {
    for (const e of await this.early(course_id)) if (user_id === undefined || e.user_id === user_id) yield { ...e };
  }

  async *#rejected(after?: [string, string, string]) {
    for await (const r of paged<Rejected, [string, string, string]>((page) => this.store.rejected(page), (r) => [r.source, r.position, r.reason], after)) // biome-ignore format: one loop
      yield { ...r };
  }
}

/** All rows of a paged question. */
async function* paged<T, K>(ask: (page: Page<K>) => Promise<T[]>, key: (row: T) => K, after?: K): AsyncGenerator<T> {
  for (let from = after; ; ) {
    const rows = await ask({ after: from, limit: ROWS_PER_PAGE });
    yield* rows;
    if (rows.length < ROWS_PER_PAGE) return;
    from = key(rows.at(-1)!);
  }
}

/** For derived tables: leaves out what stands at or before the given key. */
async function* skipTo(rows: AsyncIterable<TableRow>, key: string[], after?: Value[]): AsyncGenerator<TableRow> {
  const position = (row: TableRow) => {
    for (const [i, column] of key.entries()) if (row[column] !== after![i]) return row[column]! < after![i]! ? -1 : 1;
    return 0;
  };
  for await (const row of rows) if (!after || position(row) > 0) yield row;
}

/** Committed rows as they are told outside: those of the outbox, and those that are derived from them, read from the store. */
import {
  ACTIVITY_DAYS,
  type ActivityDay,
  type Alert,
  COURSE_SESSIONS,
  type Score,
  SESSIONS,
  type Session,
  type WindowChanges,
  type WindowRow,
} from '../domain.js';
import type { GoneRows, OutboxEntry, Publication, PublishedTable, Store } from '../ports.js';
import { TABLES, type TableInfo, type TableRow } from '../reading/table-infos.js';
import { inRiskRow, type RowSettings, ratiosOf, sessionRow, type UserActivity, UserSums } from '../reading/table-rows.js';
import { jsonRow } from '../reading/tables-format.js';
import type { Calendar } from '../windows/calendar.js';
import { LatestRows } from './latest-rows.js';
import type { ToldSession } from './open-sessions.js';
import { paged } from './paged.js';
import type { Roster } from './roster.js';

const DAY_MS = 86_400_000;

/** What a round has to tell, and which sessions are in it. */
export class Telling extends LatestRows {
  readonly sessions: ToldSession[] = [];
}

/** Days of courses in which something changed, and whose. */
type ChangedDays = Map<string, { course_id: number; day: number; users: Set<number> }>;
/** Who studies where: `user/course`. */
export type Students = ReadonlySet<string>;

export class Publications {
  constructor(
    private readonly store: Store,
    readonly roster: Roster,
    private readonly calendar: Calendar,
    readonly settings: RowSettings,
  ) {}

  /** What these entries have to tell at `now_ms`, on top of what is in `telling`. */
  async ofEntries(entries: readonly OutboxEntry[], now_ms: number, telling: Telling, keeps_rows = true): Promise<void> {
    const users = new Set<number>();
    const days: ChangedDays = new Map();
    const opted_out = await this.roster.optedOut();
    const put = (user_id: number, publication: Publication) =>
      telling.put(keeps_rows && opted_out.has(user_id) ? { ...publication, row: null } : publication);
    for (const { windows, scores, alerts, gone } of entries) {
      for (const changes of windows) this.#changed(changes, now_ms, telling, users, days);
      for (const score of scores) for (const publication of this.#ofScore(score)) put(score.user_id, publication);
      for (const alert of alerts) put(alert.user_id, this.#ofAlert(alert));
      for (const publication of gone ? goneOf(gone) : []) telling.put(publication);
    }
    for (const user_id of users) telling.put(await this.#userActivity(user_id));
    const students = new KnownStudents(this.roster, now_ms);
    for (const changed of days.values()) for (const publication of await this.#day(changed, students)) telling.put(publication);
  }

  ofSession({ table, key, start, row }: ToldSession, now_ms: number): Publication {
    const name = table.name as PublishedTable;
    const told = row && rowOf(name, sessionRow(sessionOf(row), this.settings.gap_ms, now_ms));
    return { table: name, key: [...key, start], row: told, time_ms: start };
  }

  /** That a person's scores and alerts are no more outside. */
  async *withoutScores(user_id: number): AsyncGenerator<Publication> {
    for await (const { course_id, as_of_ms } of this.#scores(user_id))
      yield* goneOf({ scores: [[user_id, course_id, as_of_ms]], alerts: [] });
    for await (const alert of this.#alerts(user_id)) yield* goneOf({ scores: [], alerts: [alert] });
  }

  /** All rows of a table as they stand; of scores and alerts without those of who opted out. */
  async *all(table: PublishedTable, now_ms: number): AsyncGenerator<Publication> {
    const opted_out = await this.roster.optedOut();
    const session = (s: Session) => this.ofSession(toldOf(s), now_ms);
    if (table === 'sessions') yield* mapped(this.#sessions(), session);
    else if (table === 'course_sessions') yield* mapped(this.#courseSessions(), session);
    else if (table === 'user_activity') yield* this.#userActivities();
    else if (table === 'activity_days') yield* mapped(this.#days({}), (day) => this.#ofDay(day));
    else if (table === 'cohort_ratios') yield* this.ratios(await studentsOf(this.roster, now_ms));
    else if (table === 'alerts')
      yield* mapped(this.#alerts(), (alert) => (opted_out.has(alert.user_id) ? undefined : this.#ofAlert(alert)));
    else
      yield* mapped(this.#scores(), (score) =>
        opted_out.has(score.user_id) ? undefined : this.#ofScore(score).find((p) => p.table === table),
      );
  }

  /** The ratios of all days, of one course where it is given; with `strangers`, that those who are no students have none. */
  async *ratios(students: Students, course_id?: number, strangers = false): AsyncGenerator<Publication> {
    let cohort: ActivityDay[] = [];
    for await (const day of this.#days({ course_id })) {
      if (cohort[0] && (cohort[0].day !== day.day || cohort[0].course_id !== day.course_id)) {
        yield* this.#ofCohort(cohort);
        cohort = [];
      }
      if (students.has(`${day.user_id}/${day.course_id}`)) cohort.push(day);
      else if (strangers) yield this.#noRatio(day);
    }
    yield* this.#ofCohort(cohort);
  }

  #changed({ table, deletes, upserts }: WindowChanges, now_ms: number, telling: Telling, users: Set<number>, days: ChangedDays) {
    const isDay = table.name === ACTIVITY_DAYS.name;
    const each = (key: readonly number[], start: number, row: WindowRow | null) => {
      if (!isDay) {
        const session = { table, key, start, row };
        telling.sessions.push(session);
        telling.put(this.ofSession(session, now_ms));
      }
      if (table.name === SESSIONS.name) return void users.add(key[0]!);
      // A session's day changes with it, although its count of activities may not: a late event can join two sessions over midnight.
      const [user_id, course_id, day] = [key[0]!, key[1]!, isDay ? start : this.calendar.day(start)];
      const name = `${course_id} ${day}`;
      const changed = days.get(name) ?? { course_id, day, users: new Set() };
      days.set(name, changed);
      changed.users.add(user_id);
    };
    for (const { key, start } of deletes) each(key, start, null);
    for (const row of upserts) each(row.key, row.start, row);
  }

  async #userActivity(user_id: number): Promise<Publication> {
    const sums = new UserSums();
    for await (const session of this.#sessions(user_id)) sums.add(session);
    const sum = sums.end();
    return sum ? ofUser(sum) : { table: 'user_activity', key: [user_id], row: null, time_ms: 0 };
  }

  /** The whole course's day: one student's activity moves everybody's ratios. */
  async #day({ course_id, day, users }: { course_id: number; day: number; users: Set<number> }, students: KnownStudents) {
    const rows: ActivityDay[] = [];
    for await (const row of this.#days({ course_id, from: day, to: day + 1 })) rows.push(row);
    await students.learn(rows.map((row) => row.user_id));
    const cohort = rows.filter((row) => students.has(row));
    const told = [...rows.filter((row) => users.has(row.user_id)).map((row) => this.#ofDay(row)), ...this.#ofCohort(cohort)];
    for (const { user_id } of rows) users.delete(user_id);
    for (const user_id of users) {
      const key = [user_id, course_id, this.calendar.format(day)];
      told.push({ table: 'activity_days', key, row: null, time_ms: day * DAY_MS }, this.#noRatio({ day, course_id, user_id }));
    }
    return told;
  }

  #ofDay(day: ActivityDay): Publication {
    const row = rowOf('activity_days', { ...day });
    return { table: 'activity_days', key: [day.user_id, day.course_id, row.day as string], row, time_ms: day.day * DAY_MS };
  }

  #ofCohort(cohort: ActivityDay[]): Publication[] {
    return ratiosOf(cohort, this.calendar).map((ratio, i) => ({
      table: 'cohort_ratios',
      key: [ratio.day, ratio.course_id, ratio.user_id],
      row: rowOf('cohort_ratios', ratio),
      time_ms: cohort[i]!.day * DAY_MS,
    }));
  }

  #noRatio({ day, course_id, user_id }: { day: number; course_id: number; user_id: number }): Publication {
    const key = [this.calendar.format(day), course_id, user_id];
    return { table: 'cohort_ratios', key, row: null, time_ms: day * DAY_MS };
  }

  #ofScore(score: Score): Publication[] {
    const key = [score.user_id, score.course_id, score.as_of_ms];
    const time_ms = score.as_of_ms;
    const issued: Publication = { table: 'scores', key, row: rowOf('scores', { ...score }), time_ms };
    if (score.score <= this.settings.threshold) return [issued];
    return [issued, { table: 'in_risk', key, row: rowOf('in_risk', inRiskRow(score)), time_ms }];
  }

  #ofAlert(alert: Alert): Publication {
    return { table: 'alerts', key: [alert.alert_id], row: rowOf('alerts', { ...alert }), time_ms: alert.opened_ms };
  }

  async *#userActivities(): AsyncGenerator<Publication> {
    const sums = new UserSums();
    for await (const session of this.#sessions()) {
      const done = sums.add(session);
      if (done) yield ofUser(done);
    }
    const last = sums.end();
    if (last) yield ofUser(last);
  }

  #sessions(user_id?: number) {
    const key = (s: Session): [number, number] => [s.user_id, s.start_ms];
    return paged<Session, [number, number]>((page) => this.store.sessions({ user_id }, page), key);
  }

  #courseSessions() {
    const key = (s: Session): [number, number, number] => [s.user_id, s.course_id!, s.start_ms];
    return paged<Session, [number, number, number]>((page) => this.store.courseSessions({}, page), key);
  }

  #days(filter: { course_id?: number; from?: number; to?: number }) {
    const key = (d: ActivityDay): [number, number, number] => [d.day, d.course_id, d.user_id];
    return paged<ActivityDay, [number, number, number]>((page) => this.store.activityDaysByDay(filter, page), key);
  }

  #scores(user_id?: number) {
    const key = (s: Score): [number, number, number] => [s.user_id, s.course_id, s.as_of_ms];
    return paged<Score, [number, number, number]>((page) => this.store.scores({ user_id }, page), key);
  }

  #alerts(user_id?: number) {
    return paged<Alert, string>(
      (page) => this.store.alerts({ user_id }, page),
      (alert) => alert.alert_id,
    );
  }
}

/** Scores and alerts that are no more. A score that was never at risk has no row there, and loses none. */
function goneOf({ scores, alerts }: GoneRows): Publication[] {
  const ofScores = scores.flatMap((key) =>
    (['scores', 'in_risk'] as const).map((table): Publication => ({ table, key, row: null, time_ms: key[2] })),
  );
  return [
    ...ofScores,
    ...alerts.map(
      ({ alert_id, opened_ms }): Publication => ({ table: 'alerts', key: [alert_id], row: null, time_ms: opened_ms }),
    ),
  ];
}

/** Who of those that a round meets studies where: each is looked up once. */
class KnownStudents {
  readonly #asked = new Set<number>();
  readonly #pairs = new Set<string>();

  constructor(
    private readonly roster: Roster,
    private readonly now_ms: number,
  ) {}

  async learn(user_ids: number[]): Promise<void> {
    const unknown = [...new Set(user_ids)].filter((user_id) => !this.#asked.has(user_id));
    if (unknown.length === 0) return;
    for (const { user_id, course_id } of await this.roster.ofUsers(unknown, this.now_ms))
      this.#pairs.add(`${user_id}/${course_id}`);
    for (const user_id of unknown) this.#asked.add(user_id);
  }

  has({ user_id, course_id }: { user_id: number; course_id: number }): boolean {
    return this.#pairs.has(`${user_id}/${course_id}`);
  }
}

export async function studentsOf(roster: Roster, now_ms: number): Promise<Students> {
  return new Set((await roster.all(now_ms)).map(({ user_id, course_id }) => `${user_id}/${course_id}`));
}

const INFOS = new Map<string, TableInfo>(TABLES.map((info) => [info.name, info]));

/** The columns of the table, in its order, as exports write them. */
function rowOf(table: PublishedTable, row: object): TableRow {
  return jsonRow(INFOS.get(table)!, row as TableRow);
}

function ofUser({ row, latest_ms }: UserActivity): Publication {
  return { table: 'user_activity', key: [row.user_id], row: rowOf('user_activity', row), time_ms: latest_ms };
}

function sessionOf({ key, start, end, values }: WindowRow): Session {
  return { user_id: key[0]!, course_id: key[1] ?? null, start_ms: start, end_ms: end, activities: values[0]! };
}

function toldOf({ user_id, course_id, start_ms, end_ms, activities }: Session): ToldSession {
  const key = course_id === null ? [user_id] : [user_id, course_id];
  const table = course_id === null ? SESSIONS : COURSE_SESSIONS;
  return { table, key, start: start_ms, row: { key, start: start_ms, end: end_ms, values: [activities] } };
}

async function* mapped<T>(rows: AsyncIterable<T>, to: (row: T) => Publication | undefined): AsyncGenerator<Publication> {
  for await (const row of rows) {
    const publication = to(row);
    if (publication) yield publication;
  }
}

/** The views of one site, made from its store. */
import { casesOf } from '../alerts/cases.js';
import type { Alert, Course, EnrolmentState, Prediction } from '../domain.js';
import type { Roster } from '../pipeline/roster.js';
import type { Store } from '../ports.js';
import { REMEDY } from '../scoring/signs.js';
import type { Calendar } from '../windows/calendar.js';
import { closed } from '../windows/closing.js';
import { Assignments, type Belonging } from './assignments.js';
import { place, placeCursor, slice } from './cursors.js';
import { group, nameOf, pair, tally } from './grouping.js';
import type { Tables } from './tables.js';
import {
  type AlertFilter,
  type AtRisk,
  type Case,
  type CourseSummary,
  type EarlyRow,
  type PageOf,
  type Person,
  type PredictionFilter,
  type StudentView,
  type Summary,
  type Timeline,
  Views,
} from './views.js';

export interface SiteSettings {
  site: string;
  time_zone: string;
  threshold: number;
  gap_ms: number;
}

/** What only the running service knows. */
export interface SiteStatus {
  now_ms(): number;
  clock(): Summary['clock'];
  next_tick_ms(): number | null;
  model(): Summary['model'];
}

type CourseName = Pick<Course, 'course_id' | 'shortname' | 'fullname'>;
const NO_STATES: Record<EnrolmentState, number> = {
  active: 0,
  'not-started': 0,
  suspended: 0,
  withdrawn: 0,
  completed: 0,
  ended: 0,
};
const NO_ALERTS: Record<Alert['state'], number> = { open: 0, acknowledged: 0, resolved: 0, expired: 0 };
/** What a course's own page lists; the rest is a page of the list away. */
const LISTED_WITH_COURSE = 100;
const EVERYTHING = 1_000_000;

export class SiteViews extends Views {
  readonly #assignments: Assignments;

  constructor(
    private readonly store: Store,
    private readonly roster: Roster,
    private readonly tables: Tables,
    private readonly calendar: Calendar,
    private readonly settings: SiteSettings,
    private readonly status: SiteStatus,
  ) {
    super();
    this.#assignments = new Assignments(store);
  }

  async summary(): Promise<Summary> {
    const { site, time_zone, threshold, gap_ms } = this.settings;
    const now_ms = this.status.now_ms();
    const { kind, now_ms: activity_ms, last_tick_ms } = this.status.clock();
    const { version, method } = this.status.model();
    const predictions = await this.#predictions({});
    const scores = predictions.flatMap((p) => p.score?.score ?? []);
    const enrolments = await this.roster.all(now_ms);
    const active = new Set(enrolments.filter((e) => e.state === 'active').map(pair));
    const opted_out = await this.roster.optedOut();
    const withheld = enrolments.filter((e) => e.state === 'active' && opted_out.has(e.user_id)).length;
    const counts = await this.store.counts();
    const totals = await this.store.sessionTotals(now_ms - gap_ms);
    return {
      site,
      time_zone,
      clock: { kind, now_ms: activity_ms, last_tick_ms },
      next_tick_ms: this.status.next_tick_ms(),
      model: { version, method },
      data: await this.#data(last_tick_ms),
      threshold,
      sessions: totals.sessions,
      sessions_open: totals.open,
      activities: totals.activities,
      enrolments: tally(NO_STATES, enrolments.map((e) => e.state)), // biome-ignore format: one line
      scored: scores.length,
      not_scored: tally(withheld > 0 ? { 'opted-out': withheld } : ({} as Record<string, number>), predictions.filter((p) => p.not_scored && active.has(pair(p))).map((p) => p.not_scored!)), // biome-ignore format: one line
      at_risk: scores.filter((s) => s > threshold).length,
      early: (await this.tables.early()).length,
      alerts: tally(NO_ALERTS, (await this.#alerts({})).map((a) => a.state)), // biome-ignore format: one line
      highest_score: scores.length === 0 ? null : Math.max(...scores),
      ...counts,
    };
  }

  async #data(last_tick_ms: number | null): Promise<Summary['data']> {
    const check = last_tick_ms === null ? undefined : (await this.store.driftChecks(last_tick_ms)).at(-1);
    const suspect = check?.suspect ?? null;
    return { suspect, alerts_held: check?.held ?? false, remedy: suspect === null ? null : REMEDY };
  }

  async courses(): Promise<CourseSummary[]> {
    const activity = new Map((await this.store.courseActivity()).map((a) => [a.course_id, a]));
    const enrolments = group(await this.roster.all(this.status.now_ms()));
    const predictions = group(await this.#predictions({}));
    const early = group(await this.tables.early());
    return (await this.roster.courses()).map((course) => {
      const scores = (predictions.get(course.course_id) ?? []).flatMap((p) => p.score?.score ?? []);
      return {
        ...course,
        enrolments: tally(NO_STATES, (enrolments.get(course.course_id) ?? []).map((e) => e.state)), // biome-ignore format: one line
        scored: scores.length,
        at_risk: scores.filter((s) => s > this.settings.threshold).length,
        early: early.get(course.course_id)?.length ?? 0,
        activities: activity.get(course.course_id)?.activities ?? 0,
        last_activity_ms: activity.get(course.course_id)?.last_ms ?? null,
      };
    });
  }

  async course(course_id: number) {
    const summary = (await this.courses()).find((c) => c.course_id === course_id);
    if (!summary) return null;
    const at_risk = await this.predictions({ course_id, above: this.settings.threshold }, null, LISTED_WITH_COURSE);
    const early = await this.early({ course_id }, null, LISTED_WITH_COURSE);
    return { ...summary, at_risk_list: at_risk.items, early_list: early.items };
  }

  async early(filter: { course_id?: number } & Belonging, cursor: string | null, limit: number): Promise<PageOf<EarlyRow>> {
    const belongs = await this.#assignments.belonging(filter);
    const page = slice((await this.tables.early(filter.course_id)).filter(belongs), cursor, limit);
    const [people, courses] = [await this.#people(page.items.map((e) => e.user_id)), await this.#courseNames()];
    return { ...page, items: page.items.map((e) => ({ ...e, person: people(e.user_id), course: courses(e.course_id) })) };
  }

  async cases(filter: Belonging, cursor: string | null, limit: number): Promise<PageOf<Case>> {
    const alerts = await this.#alerts({ states: ['open', 'acknowledged'] });
    const page = slice(casesOf(alerts.filter(await this.#assignments.belonging(filter))), cursor, limit);
    const [people, courses] = [await this.#people(page.items.map((c) => c.user_id)), await this.#courseNames()];
    const items = page.items.map((c) => ({
      person: people(c.user_id),
      owner: c.owner,
      score: c.score,
      alerts: c.alerts.map((a) => ({ ...a, course: courses(a.course_id) })),
    }));
    return { ...page, items };
  }

  async predictions(filter: PredictionFilter, cursor: string | null, limit: number): Promise<PageOf<AtRisk>> {
    const page = slice(await this.#predictions(filter), cursor, limit);
    return { ...page, items: await this.#atRisk(page.items) };
  }

  async prediction(user_id: number, course_id: number): Promise<AtRisk | null> {
    return (await this.#atRisk(await this.#predictions({ user_id, course_id })))[0] ?? null;
  }

  async student(user_id: number): Promise<StudentView | null> {
    if ((await this.roster.optedOut()).has(user_id)) return null;
    const enrolments = await this.roster.ofUsers([user_id], this.status.now_ms());
    const people = await this.#people([user_id]);
    if (enrolments.length === 0 && people(user_id).name === null && !(await this.#hasActivity(user_id))) return null;
    const courses = await this.#courseNames();
    const predictions = new Map((await this.#predictions({ user_id })).map((p) => [p.course_id, p]));
    return {
      person: people(user_id),
      enrolments: enrolments.map((e) => ({
        ...e,
        course: courses(e.course_id),
        prediction: predictions.get(e.course_id) ?? null,
      })),
      alerts: await this.#alerts({ user_id }),
    };
  }

  async studentSessions(user_id: number, cursor: string | null, limit: number) {
    if (!(await this.student(user_id))) return null;
    const after: [number, number] | undefined = cursor === null ? undefined : [user_id, place(cursor)];
    const found = await this.store.sessions({ user_id }, { after, limit: limit + 1 });
    const now_ms = this.status.now_ms();
    const items = found.slice(0, limit).map((s) => ({
      ...s,
      duration_s: (s.end_ms - s.start_ms) / 1000,
      closed: closed(s.end_ms, this.settings.gap_ms, now_ms),
    }));
    return { items, next_cursor: found.length > limit ? placeCursor(items.at(-1)!.start_ms) : null };
  }

  async timeline(user_id: number): Promise<Timeline | null> {
    if (!(await this.student(user_id))) return null;
    const days = await this.store.activityDays({ user_id }, { limit: EVERYTHING });
    const scores = await this.store.scores({ user_id }, { limit: EVERYTHING });
    return {
      user_id,
      days: days.map(({ course_id, day, activities, sessions, duration_s }) => ({
        course_id,
        day: this.calendar.format(day),
        activities,
        sessions,
        duration_s,
      })),
      scores: scores.map(({ course_id, as_of_ms, score, band }) => ({ course_id, as_of_ms, score, band })),
      alerts: await this.#alerts({ user_id }),
    };
  }

  async alerts(filter: AlertFilter, cursor: string | null, limit: number) {
    const { state: states, course_id, user_id, assignee } = filter;
    const belongs = await this.#assignments.belonging(filter);
    const found = (await this.#alerts({ states, course_id, user_id })).filter(
      (a) => (assignee === undefined || a.assignee === assignee) && belongs(a),
    );
    const page = slice(found, cursor, limit);
    return { ...page, items: await this.#named(page.items) };
  }

  async alert(alert_id: string) {
    const alert = await this.store.alert(alert_id);
    if (alert && (await this.roster.optedOut()).has(alert.user_id)) return null;
    return alert && (await this.#named([alert]))[0]!;
  }

  async #named(alerts: Alert[]) {
    const [people, courses] = [await this.#people(alerts.map((a) => a.user_id)), await this.#courseNames()];
    return alerts.map((a) => ({ ...a, person: people(a.user_id), course: courses(a.course_id) }));
  }

  async #atRisk(predictions: Prediction[]): Promise<AtRisk[]> {
    const users = predictions.map((p) => p.user_id);
    const [people, courses] = [await this.#people(users), await this.#courseNames()];
    const enrolments = new Map((await this.roster.ofUsers([...new Set(users)], this.status.now_ms())).map((e) => [pair(e), e]));
    const alerts = new Map<string, Alert>();
    for (const alert of await this.#alerts({ states: ['open', 'acknowledged'] })) alerts.set(pair(alert), alert);
    return predictions.flatMap((p) => {
      const enrolment = enrolments.get(pair(p));
      return enrolment
        ? [{ ...p, person: people(p.user_id), course: courses(p.course_id), enrolment, alert: alerts.get(pair(p)) ?? null }]
        : [];
    });
  }

  /** By score descending, then user and course; unscored last. */
  async #predictions(filter: PredictionFilter): Promise<Prediction[]> {
    const { user_id, course_id, above, band, scored } = filter;
    const belongs = await this.#assignments.belonging(filter);
    const found = await this.store.predictions({ user_id, course_id }, { limit: EVERYTHING });
    const opted_out = await this.roster.optedOut();
    const fits = ({ user_id, course_id, score }: Prediction) =>
      !opted_out.has(user_id) &&
      belongs({ user_id, course_id }) &&
      (above === undefined || (score !== null && score.score > above)) &&
      (band === undefined || score?.band === band) &&
      (scored === undefined || (score !== null) === scored);
    const by = (p: Prediction) => p.score?.score ?? -1;
    return found.filter(fits).sort((a, b) => by(b) - by(a) || a.user_id - b.user_id || a.course_id - b.course_id);
  }

  /** Newest first. */
  async #alerts(filter: { states?: Alert['state'][]; course_id?: number; user_id?: number }): Promise<Alert[]> {
    const opted_out = await this.roster.optedOut();
    const found = (await this.store.alerts(filter, { limit: EVERYTHING })).filter((a) => !opted_out.has(a.user_id));
    return found.sort((a, b) => b.opened_ms - a.opened_ms || (a.alert_id < b.alert_id ? -1 : 1));
  }

  async #hasActivity(user_id: number): Promise<boolean> {
    return (await this.store.sessions({ user_id }, { limit: 1 })).length > 0;
  }

  async #people(user_ids: number[]): Promise<(user_id: number) => Person> {
    const users = await this.roster.users([...new Set(user_ids)]);
    return (user_id) => ({ user_id, name: nameOf(users.get(user_id)) });
  }

  async #courseNames(): Promise<(course_id: number) => CourseName> {
    const courses = new Map((await this.roster.courses()).map((c) => [c.course_id, c]));
    return (course_id) => {
      const { shortname, fullname } = courses.get(course_id) ?? { shortname: String(course_id), fullname: '' };
      return { course_id, shortname, fullname };
    };
  }
}

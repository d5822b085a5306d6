/** The views of one site, made from its store. */
import { casesOf } from '../alerts/cases.js';
import type { Alert, PersonOutcome } from '../domain.js';
import { REMEDY } from '../scoring/signs.js';
import type { Calendar } from '../windows/calendar.js';
import { closed } from '../windows/closing.js';
import { Assignments, type Belonging } from './assignments.js';
import { activeAgain, byPeople } from './contacts.js';
import { courseWeeks } from './course-weeks.js';
import { place, placeCursor, slice } from './cursors.js';
import { group, NO_ALERTS, NO_STATES, pair, tally } from './grouping.js';
import type { SeenRoster, SeenStore } from './limited.js';
import type { Names } from './names.js';
import type { Shown } from './shown.js';
import type { Standings } from './standings.js';
import {
  type AlertFilter,
  type AtRisk,
  type Case,
  type Contact,
  type CourseSummary,
  type CourseWeeks,
  type EarlyRow,
  type PageOf,
  type PredictionFilter,
  type ShownPrediction,
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

/** What a course's own page lists; the rest is a page of the list away. */
const LISTED_WITH_COURSE = 100;
const EVERYTHING = 1_000_000;

export class SiteViews extends Views {
  readonly #assignments: Assignments;

  constructor(
    private readonly store: SeenStore,
    private readonly roster: SeenRoster,
    private readonly shown: Shown,
    private readonly names: Names,
    private readonly standings: Standings,
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
    const predictions = await this.shown.predictions({});
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
      sessions: totals?.sessions ?? null,
      sessions_open: totals?.open ?? null,
      activities: totals?.activities ?? null,
      enrolments: tally(NO_STATES, enrolments.map((e) => e.state)), // biome-ignore format: one line
      scored: scores.length,
      not_scored: tally(withheld > 0 ? { 'opted-out': withheld } : ({} as Record<string, number>), predictions.filter((p) => p.not_scored && active.has(pair(p))).map((p) => p.not_scored!)), // biome-ignore format: one line
      at_risk: scores.filter((s) => s > threshold).length,
      early: (await this.shown.early()).length,
      alerts: tally(NO_ALERTS, (await this.shown.alerts({})).map((a) => a.state)), // biome-ignore format: one line
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
    const predictions = group(await this.shown.predictions({}));
    const early = group(await this.shown.early());
    const { standingOf } = await this.standings.look();
    return (await this.roster.courses()).map((course) => {
      const scores = (predictions.get(course.course_id) ?? []).flatMap((p) => p.score?.score ?? []);
      return {
        ...course,
        standing: standingOf(course.course_id),
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

  async courseWeeks(course_id: number): Promise<CourseWeeks | null> {
    const course = (await this.roster.courses()).find((c) => c.course_id === course_id);
    if (!course) return null;
    const now_ms = this.status.now_ms();
    const activity = (await this.store.courseActivity()).find((a) => a.course_id === course_id);
    const enrolments = (await this.roster.all(now_ms)).filter((e) => e.course_id === course_id);
    const first_ms = Math.max(course.start_ms ?? 0, activity?.first_ms ?? now_ms);
    const days = { first: this.calendar.day(first_ms), today: this.calendar.day(now_ms) };
    const open = new Set(enrolments.filter(({ state }) => state === 'active').map(pair));
    const scores = (await this.shown.predictions({ course_id, scored: true })).filter((p) => open.has(pair(p)));
    return {
      course_id,
      weeks: await courseWeeks(this.store, this.calendar, course_id, enrolments, days),
      bands: tally({} as Record<string, number>, scores.map((p) => p.score!.band)), // biome-ignore format: one line
      expected: scores.reduce((sum, p) => sum + p.score!.score, 0),
      standing: (await this.standings.all()).find((one) => one.course_id === course_id) ?? null,
    };
  }

  async early(filter: { course_id?: number } & Belonging, cursor: string | null, limit: number): Promise<PageOf<EarlyRow>> {
    const belongs = await this.#assignments.belonging(filter);
    const page = slice((await this.shown.early(filter.course_id)).filter(belongs), cursor, limit);
    const [people, courses] = [await this.names.people(page.items.map((e) => e.user_id)), await this.names.courses()];
    return { ...page, items: page.items.map((e) => ({ ...e, person: people(e.user_id), course: courses(e.course_id) })) };
  }

  async cases(filter: Belonging, cursor: string | null, limit: number): Promise<PageOf<Case>> {
    const alerts = await this.shown.alerts({ states: ['open', 'acknowledged'] });
    const page = slice(casesOf(alerts.filter(await this.#assignments.belonging(filter))), cursor, limit);
    const [people, courses] = [await this.names.people(page.items.map((c) => c.user_id)), await this.names.courses()];
    const items = page.items.map((c) => ({
      person: people(c.user_id),
      owner: c.owner,
      score: c.score,
      alerts: c.alerts.map((a) => ({ ...a, course: courses(a.course_id) })),
    }));
    return { ...page, items };
  }

  async predictions(filter: PredictionFilter, cursor: string | null, limit: number) {
    const belongs = await this.#assignments.belonging(filter);
    const found = await this.shown.sought(filter, (await this.shown.predictions(filter)).filter(belongs));
    const page = slice(found, cursor, limit);
    const items = await this.#atRisk(page.items);
    return {
      ...page,
      items: filter.trend ? await this.shown.withTrends(items, this.status.now_ms()) : items,
      total: found.length,
    };
  }

  async prediction(user_id: number, course_id: number): Promise<AtRisk | null> {
    return (await this.#atRisk(await this.shown.predictions({ user_id, course_id })))[0] ?? null;
  }

  async student(user_id: number): Promise<StudentView | null> {
    if ((await this.roster.optedOut()).has(user_id)) return null;
    const enrolments = await this.roster.ofUsers([user_id], this.status.now_ms());
    const people = await this.names.people([user_id]);
    if (enrolments.length === 0 && people(user_id).name === null && !(await this.#hasActivity(user_id))) return null;
    const courses = await this.names.courses();
    const predictions = new Map((await this.shown.predictions({ user_id })).map((p) => [p.course_id, p]));
    return {
      person: people(user_id),
      enrolments: enrolments.map((e) => ({
        ...e,
        course: courses(e.course_id),
        prediction: predictions.get(e.course_id) ?? null,
      })),
      alerts: await this.shown.alerts({ user_id }),
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
    const { isShown } = await this.standings.look();
    const scores = (await this.store.scores({ user_id }, { limit: EVERYTHING })).filter(({ course_id }) => isShown(course_id));
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
      alerts: await this.shown.alerts({ user_id }),
    };
  }

  async alerts(filter: AlertFilter, cursor: string | null, limit: number) {
    const { state: states, course_id, user_id, assignee } = filter;
    const belongs = await this.#assignments.belonging(filter);
    const found = (await this.shown.alerts({ states, course_id, user_id })).filter(
      (a) => (assignee === undefined || a.assignee === assignee) && belongs(a),
    );
    const page = slice(found, cursor, limit);
    return { ...page, items: await this.#named(page.items) };
  }

  async alert(alert_id: string) {
    const alert = await this.shown.alert(alert_id);
    return alert && (await this.#named([alert]))[0]!;
  }

  async contacts({ course_id }: { course_id?: number }, cursor: string | null, limit: number) {
    const found = byPeople(await this.shown.alerts({ states: ['resolved'], course_id }));
    const page = slice(found, cursor, limit);
    const items: Contact[] = [];
    for (const alert of await this.#named(page.items)) {
      const { alert_id, person, course, opened_ms, closed_ms, outcome, assignee } = alert;
      const active_again = await activeAgain(this.store, this.calendar, alert, this.status.now_ms());
      const by_person = { closed_ms: closed_ms!, outcome: outcome as PersonOutcome };
      items.push({ alert_id, person, course, opened_ms, ...by_person, assignee, active_again });
    }
    return { ...page, items, total: found.length };
  }

  async alertEdits(alert_id: string) {
    return (await this.alert(alert_id)) === null ? null : this.store.alertEdits(alert_id);
  }

  async #named(alerts: Alert[]) {
    const [people, courses] = [await this.names.people(alerts.map((a) => a.user_id)), await this.names.courses()];
    return alerts.map((a) => ({ ...a, person: people(a.user_id), course: courses(a.course_id) }));
  }

  async #atRisk(predictions: ShownPrediction[]): Promise<AtRisk[]> {
    const users = predictions.map((p) => p.user_id);
    const [people, courses] = [await this.names.people(users), await this.names.courses()];
    const enrolments = new Map((await this.roster.ofUsers([...new Set(users)], this.status.now_ms())).map((e) => [pair(e), e]));
    const alerts = new Map<string, Alert>();
    for (const alert of await this.shown.alerts({ states: ['open', 'acknowledged'] })) alerts.set(pair(alert), alert);
    return predictions.flatMap((p) => {
      const enrolment = enrolments.get(pair(p));
      if (!enrolment) return [];
      const named = { person: people(p.user_id), course: courses(p.course_id) };
      return [{ ...p, ...named, trend: null, enrolment, alert: alerts.get(pair(p)) ?? null }];
    });
  }

  async #hasActivity(user_id: number): Promise<boolean> {
    return (await this.store.sessions({ user_id }, { limit: 1 })).length > 0;
  }
}

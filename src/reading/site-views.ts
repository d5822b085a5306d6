/** The views of one site, made from its store. */
import { casesOf } from '../alerts/cases.js';
import type { Alert } from '../domain.js';
import { Histories } from '../pipeline/histories.js';
import { REMEDY } from '../scoring/signs.js';
import type { Calendar } from '../windows/calendar.js';
import { assigneesOf, isSameName } from './assignees.js';
import { Assignments, type Belonging } from './assignments.js';
import { AtRiskList } from './at-risk-list.js';
import { byPeople } from './by-people.js';
import { againOf, contactOf, isWithin } from './contacts.js';
import { courseDays } from './course-days.js';
import { courseSummaries } from './course-summaries.js';
import { courseWeeks } from './course-weeks.js';
import { slice } from './cursors.js';
import { EarlyRows, studentsOf } from './early-rows.js';
import type { AlertFilter, ContactFilter, EarlyFilter, PredictionFilter, SessionOrder, SummaryFilter } from './filters.js';
import { fitting } from './fitting.js';
import { NO_ALERTS, NO_STATES, pair, tally } from './grouping.js';
import { handInsOf } from './handed-in.js';
import type { SeenRoster, SeenStore } from './limited.js';
import type { Names } from './names.js';
import type { Shown } from './shown.js';
import type { SiteSettings, SiteStatus } from './site-status.js';
import type { Standings } from './standings.js';
import { sessionPage } from './student-sessions.js';
import { namedUnread } from './unread.js';
import {
  type AtRisk,
  type Case,
  type Contact,
  type CourseWeeks,
  type DriftLook,
  type KnownAssignments,
  type PageOf,
  type StudentView,
  type Summary,
  type Timeline,
  type Unread,
  Views,
} from './views.js';

/** What a course's own page lists; the rest is a page of the list away. */
const LISTED_WITH_COURSE = 100;
const EVERYTHING = 1_000_000;

export class SiteViews extends Views {
  readonly #assignments: Assignments;
  readonly #list: AtRiskList;
  readonly #early: EarlyRows;
  readonly #histories: Histories;

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
    this.#list = new AtRiskList(store, roster, shown, names, this.#assignments, status.now_ms);
    this.#early = new EarlyRows(store, shown, names, this.#assignments, calendar, status.now_ms);
    this.#histories = new Histories(store, calendar);
  }

  async summary(filter: SummaryFilter = {}): Promise<Summary> {
    const { site, time_zone, threshold, gap_ms } = this.settings;
    const now_ms = this.status.now_ms();
    const { kind, now_ms: activity_ms, last_tick_ms } = this.status.clock();
    const { version, method, why_not } = this.status.model();
    const fits = await fitting(filter, this.#assignments, this.shown, now_ms);
    const predictions = (await this.shown.latest({})).filter(fits);
    const scores = predictions.flatMap((p) => p.score ?? []);
    const enrolments = (await this.roster.lately(now_ms)).filter(fits);
    const early = (await this.shown.early()).filter(fits);
    const unscored = predictions.filter((p) => p.not_scored !== null);
    const active = new Set(unscored.length === 0 ? [] : enrolments.filter((e) => e.state === 'active').map(pair));
    const opted_out = await this.roster.optedOut();
    const withheld = enrolments.filter((e) => e.state === 'active' && opted_out.has(e.user_id)).length;
    const counts = await this.store.counts();
    const totals = await this.store.sessionTotals(now_ms - gap_ms);
    return {
      site,
      time_zone,
      clock: { kind, now_ms: activity_ms, last_tick_ms },
      next_tick_ms: this.status.next_tick_ms(),
      model: { version, method, why_not: method === 'heuristic' ? why_not : null },
      data: await this.#data(last_tick_ms),
      threshold,
      sessions: totals?.sessions ?? null,
      sessions_open: totals?.open ?? null,
      activities: totals?.activities ?? null,
      enrolments: tally(NO_STATES, enrolments.map((e) => e.state)), // biome-ignore format: one line
      scored: scores.length,
      not_scored: tally(withheld > 0 ? { 'opted-out': withheld } : ({} as Record<string, number>), unscored.filter((p) => active.has(pair(p))).map((p) => p.not_scored!)), // biome-ignore format: one line
      at_risk: scores.filter((s) => s > threshold).length,
      early: early.length,
      early_students: studentsOf(early).size,
      alerts: tally(NO_ALERTS, (await this.shown.places()).filter(fits).map((a) => a.state)), // biome-ignore format: one line
      highest_score: scores[0] ?? null,
      ...counts,
    };
  }

  async #data(last_tick_ms: number | null): Promise<Summary['data']> {
    const check = last_tick_ms === null ? undefined : (await this.store.driftChecks(last_tick_ms)).at(-1);
    const suspect = check?.suspect ?? null;
    return { suspect, doubt: check?.doubt ?? null, alerts_held: check?.held ?? false, remedy: suspect === null ? null : REMEDY };
  }

  courses() {
    const { store, roster, shown, standings } = this;
    return courseSummaries({ store, roster, shown, standings }, this.settings.threshold, this.status.now_ms());
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
    const enrolments = (await this.roster.lately(now_ms)).filter((e) => e.course_id === course_id);
    const first_ms = Math.max(course.start_ms ?? 0, activity?.first_ms ?? now_ms);
    const days = { first: this.calendar.day(first_ms), today: this.calendar.day(now_ms) };
    const open = new Set(enrolments.filter(({ state }) => state === 'active').map(pair));
    const scores = (await this.shown.latest({ course_id, scored: true })).filter((p) => open.has(pair(p)));
    return {
      course_id,
      weeks: await courseWeeks(this.store, this.calendar, course_id, enrolments, days),
      bands: tally({} as Record<string, number>, scores.map((p) => p.band!)), // biome-ignore format: one line
      expected: scores.reduce((sum, p) => sum + p.score!, 0),
      standing: (await this.store.standings()).find((one) => one.course_id === course_id) ?? null,
    };
  }

  async courseDays(course_id: number, how_many: number) {
    if (!(await this.roster.courses()).some((c) => c.course_id === course_id)) return null;
    const now_ms = this.status.now_ms();
    const enrolments = (await this.roster.lately(now_ms)).filter((e) => e.course_id === course_id);
    const today = this.calendar.day(now_ms);
    return { course_id, days: await courseDays(this.store, this.calendar, course_id, enrolments, today, how_many) };
  }

  async assignments(): Promise<KnownAssignments> {
    const { groups, tutor_ids } = await this.#assignments.known();
    const assignees = assigneesOf(await this.shown.places());
    return { groups, tutors: tutor_ids.map(await this.names.people(tutor_ids)), assignees };
  }

  async drift(): Promise<DriftLook[]> {
    return (await this.store.driftChecks(0)).map(({ courses: _, ...check }) => ({ ...check, doubt: check.doubt ?? null }));
  }

  early(filter: EarlyFilter, cursor: string | null, limit: number) {
    return this.#early.page(filter, cursor, limit);
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

  predictions(filter: PredictionFilter, cursor: string | null, limit: number) {
    return this.#list.page(filter, cursor, limit);
  }

  async prediction(user_id: number, course_id: number): Promise<AtRisk | null> {
    if ((await this.roster.optedOut()).has(user_id)) return null;
    return (await this.#list.named(await this.shown.whole([{ user_id, course_id }])))[0] ?? null;
  }

  unread(): Promise<Unread[]> {
    return namedUnread(this.store, this.names);
  }

  async knows(user_id: number): Promise<boolean> {
    if ((await this.roster.ofUsers([user_id], this.status.now_ms())).length > 0) return true;
    if ((await this.names.people([user_id]))(user_id).name !== null) return true;
    return (await this.store.sessions({ user_id }, { limit: 1 })).length > 0;
  }

  async student(user_id: number): Promise<StudentView | null> {
    if ((await this.roster.optedOut()).has(user_id) || !(await this.knows(user_id))) return null;
    const enrolments = await this.roster.ofUsers([user_id], this.status.now_ms());
    const people = await this.names.people([user_id]);
    const courses = await this.names.courses();
    const predictions = new Map((await this.shown.ofStudent(user_id)).map((p) => [p.course_id, p]));
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

  async studentSessions(user_id: number, order: SessionOrder, cursor: string | null, limit: number) {
    if (!(await this.student(user_id))) return null;
    return sessionPage(this.store, { user_id, order, cursor, limit }, this.settings.gap_ms, this.status.now_ms());
  }

  async timeline(user_id: number): Promise<Timeline | null> {
    const student = await this.student(user_id);
    if (!student) return null;
    const course_ids = student.enrolments.map(({ course_id }) => course_id);
    const days = await this.store.activityDays({ user_id }, { limit: EVERYTHING });
    const { isShown } = await this.standings.look();
    const scores = (await this.store.scores({ user_id }, { limit: EVERYTHING })).filter(({ course_id }) => isShown(course_id));
    return {
      user_id,
      days: days.map(({ course_id, day, activities, sessions, duration_s }) => ({ course_id, day: this.calendar.format(day), activities, sessions, duration_s })), // biome-ignore format: one line
      hand_ins: await handInsOf(this.#histories, user_id, course_ids, this.status.now_ms()),
      scores: scores.map(({ course_id, as_of_ms, score, band }) => ({ course_id, as_of_ms, score, band })),
      alerts: await this.shown.alerts({ user_id }),
    };
  }

  async alerts(filter: AlertFilter, cursor: string | null, limit: number) {
    const { state: states, course_id, user_id, assignee, contacted, tutor, group } = filter;
    const fits = await fitting({ contacted, tutor, group }, this.#assignments, this.shown, this.status.now_ms());
    const found = (await this.shown.alerts({ states, course_id, user_id }))
      .filter((a) => isWithin(a.opened_ms, filter) && (assignee === undefined || isSameName(a.assignee, assignee)))
      .filter(fits);
    const page = slice(found, cursor, limit);
    return { ...page, items: await this.#named(page.items) };
  }

  async alert(alert_id: string) {
    const alert = await this.shown.alert(alert_id);
    return alert && (await this.#named([alert]))[0]!;
  }

  async contacts(filter: ContactFilter, cursor: string | null, limit: number) {
    const found = await this.#resolved(filter);
    const page = slice(found, cursor, limit);
    const items: Contact[] = [];
    for (const alert of await this.#named(page.items))
      items.push(await contactOf(this.store, this.calendar, alert, this.status.now_ms()));
    return { ...page, items, total: found.length };
  }

  async contactFigures(filter: ContactFilter) {
    return againOf(this.store, this.calendar, await this.#resolved(filter), this.status.now_ms());
  }

  async #resolved(filter: ContactFilter): Promise<Alert[]> {
    const belongs = await this.#assignments.belonging(filter);
    const resolved = byPeople(await this.shown.alerts({ states: ['resolved'], course_id: filter.course_id }));
    return resolved.filter((alert) => isWithin(alert.closed_ms!, filter) && belongs(alert));
  }

  async alertEdits(alert_id: string) {
    return (await this.alert(alert_id)) === null ? null : this.store.alertEdits(alert_id);
  }

  async #named(alerts: Alert[]) {
    const [people, courses] = [await this.names.people(alerts.map((a) => a.user_id)), await this.names.courses()];
    return alerts.map((a) => ({ ...a, person: people(a.user_id), course: courses(a.course_id) }));
  }
}

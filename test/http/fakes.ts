/** A small site in memory: what the HTTP side is given in its tests, and where they can look. */

import { Registry } from 'prom-client';
import type { Alert, Prediction, Reason, Score } from '../../src/domain.js';
import type { Job } from '../../src/http/jobs-look.js';
import { type Actions, ChangeLog, HttpLog, type HttpParts, type HttpSettings, TableReader } from '../../src/http/parts.js';
import { type JobState, RetrainBusy, RetrainJobs, type RetrainRequest } from '../../src/http/retrain-door.js';
import { type SimulationRequest, type SimulationState, Simulations } from '../../src/http/simulation-door.js';
import type { AlertChange, AlertOpened, AlertOpening } from '../../src/pipeline/alert-acts.js';
import type { AlertPatch } from '../../src/pipeline/alert-patch.js';
import { ClickDoor, type ClickTaker } from '../../src/pipeline/click-door.js';
import type { ScoreRun } from '../../src/pipeline/scoring-run.js';
import { ViewLog } from '../../src/pipeline/view-log.js';
import {
  type Actor,
  type AlertEdit,
  type Commit,
  type CourseStanding,
  type DoneBy,
  doneBy,
  type ModelDecision,
  type ModelManifest,
  ModelShelf,
  named,
  type PersonView,
  type RecordedChange,
} from '../../src/ports.js';
import { assigneesOf, isSameName } from '../../src/reading/assignees.js';
import { isWithin } from '../../src/reading/contacts.js';
import type { ContactFilter, EarlyFilter, PredictionFilter, SessionOrder, SummaryFilter } from '../../src/reading/filters.js';
import { Panels, type PanelsAnswer, type PanelsName } from '../../src/reading/panels.js';
import type { TableInfo, TableRow } from '../../src/reading/table-infos.js';
import type { TableFilter } from '../../src/reading/tables.js';
import {
  type AtRisk,
  BadCursor,
  type Case,
  type CourseSummary,
  type CourseWeeks,
  type EarlyRow,
  type PageOf,
  type StudentView,
  type Summary,
  type Timeline,
  type Unread,
  Views,
} from '../../src/reading/views.js';
import { FakeTrials } from './fake-trials.js';

export const NOW_MS = Date.UTC(2025, 10, 20, 9, 30);
export const TICK_MS = Date.UTC(2025, 10, 20, 3, 0);
const DAY_MS = 86_400_000;

/** Names that attack a page or a spreadsheet: they must arrive as they are. */
export const SCRIPT_NAME = '<script>alert("x")</script> Doe';
export const FORMULA_NAME = '=cmd()|calc';

const COURSES = [
  { course_id: 2, shortname: 'BIO 210', fullname: 'Cell biology', standing: 'checked' as const },
  { course_id: 3, shortname: 'STA 101', fullname: '@Statistics, "first" part', standing: 'not-yet' as const },
];

function reason(
  feature: string,
  value: number,
  unit: string,
  contribution: number,
  text: string,
  percentile: number | null,
  beside?: Record<string, number>,
): Reason {
  return { feature, value, unit, cohort_percentile: percentile, contribution, text, ...(beside ? { beside } : {}) };
}

function reasonsOf(days: number): Reason[] {
  return [
    reason('days_since_last', days, 'days', 1.4, `No activity for ${days} days – longer than for 96% of the course`, 96),
    reason('active_days_14', 2, 'days', 0.6, 'Active on 2 of the last 14 days – course median: 7 days', 12, {
      median: 7,
    }),
    reason('on_time', 1, 'share', -0.3, 'Assignment 1 handed in on time', null),
  ];
}

export interface Someone {
  user_id: number;
  name: string | null;
  course: number;
  score: number | null;
  days: number;
  alert?: Alert['state'];
  assignee?: string;
  unread?: 'help';
}

export const PEOPLE: Someone[] = [
  { user_id: 11, name: 'Amara Okafor', course: 2, score: 0.912345, days: 12, alert: 'acknowledged', assignee: 'local' },
  { user_id: 12, name: SCRIPT_NAME, course: 3, score: 0.88, days: 9, alert: 'open' },
  { user_id: 13, name: FORMULA_NAME, course: 2, score: 0.704, days: 5, alert: 'open', unread: 'help' },
  { user_id: -1, name: null, course: 2, score: 0.55, days: 3 },
  { user_id: 0, name: 'Zoë O’Brien-Vandenberghe', course: 3, score: 0.03, days: 1 },
  { user_id: 14, name: 'Mei-Lin Chen', course: 3, score: null, days: 2 },
];

const courseOf = (id: number) => COURSES.find((c) => c.course_id === id) as (typeof COURSES)[number];
const personOf = (p: Someone) => ({ user_id: p.user_id, name: p.name });
const contactOf = (p: Someone) =>
  p.user_id === 13 ? { at_ms: NOW_MS - 2 * DAY_MS, outcome: 'contacted' as const, by: 'R. Mwangi' } : null;

function bandOf(score: number): Score['band'] {
  return score > 0.85 ? 'very high' : score > 0.7 ? 'high' : score >= 0.4 ? 'raised' : 'low';
}

function predictionOf(p: Someone): Prediction {
  const score: Score | null =
    p.score === null
      ? null
      : {
          user_id: p.user_id,
          course_id: p.course,
          as_of_ms: TICK_MS,
          score: p.score,
          early_score: p.days < 14 ? p.score / 2 : null,
          band: bandOf(p.score),
          model_version: '2025-10-01a',
          cohort_version: 'abcdef012345',
          method: 'model',
          reasons: reasonsOf(p.days),
        };
  return {
    user_id: p.user_id,
    course_id: p.course,
    as_of_ms: TICK_MS,
    score,
    not_scored: score ? null : 'too-little-data',
    last_active_ms: NOW_MS - p.days * DAY_MS,
  };
}

const cursorOf = (at: number) => `c${at}`;

function pageOf<T>(items: T[], cursor: string | null, limit: number): PageOf<T> {
  const start = cursor === null ? 0 : Number(/^c(\d+)$/.exec(cursor)?.[1] ?? Number.NaN);
  if (!(start >= 0)) throw new BadCursor();
  const end = start + limit;
  return { items: items.slice(start, end), next_cursor: end < items.length ? cursorOf(end) : null };
}

export class FakeViews extends Views {
  /** Set to make the next reading fail, with a message that must stay inside. */
  failure: Error | null = null;
  alerts_held = new Map<string, Alert>();
  people = PEOPLE;
  asked: (PredictionFilter | ContactFilter | EarlyFilter)[] = [];
  summary_changes: Partial<Summary> = {};
  /** What people changed, by alert; where nothing is said, somebody took it. */
  edits = new Map<string, AlertEdit[]>();
  figures_asked: ContactFilter[] = [];
  /** Of each student, one a day up to the last scoring; the n-th last has n activities. */
  sessions_held = 3;
  contact_figures = { reached: 2, active_again: 1 };
  standing: CourseStanding | null = null;
  weeks: CourseWeeks['weeks'] | null = null;
  summary_asked: SummaryFilter[] = [];

  constructor() {
    super();
    this.reset();
  }

  reset(): void {
    this.alerts_held.clear();
    this.edits.clear();
    for (const p of PEOPLE.filter((one) => one.alert)) {
      const alert_id = String(p.user_id).padStart(16, '0');
      this.alerts_held.set(alert_id, {
        alert_id,
        user_id: p.user_id,
        course_id: p.course,
        state: p.alert as Alert['state'],
        opened_ms: TICK_MS - 2 * DAY_MS,
        score: p.score ?? 0,
        reasons: reasonsOf(p.days),
        assignee: p.assignee ?? null,
        muted_until_ms: null,
        outcome: null,
        note: null,
        closed_ms: null,
        recovered_ticks: 0,
        touched_ms: TICK_MS,
        revision: 1,
        opened_by: null,
      });
    }
  }

  private atRisk(p: Someone): AtRisk {
    const enrolment = {
      user_id: p.user_id,
      course_id: p.course,
      state: 'active' as const,
      reason: null,
      since_ms: TICK_MS - 60 * DAY_MS,
      enrolled_ms: TICK_MS - 60 * DAY_MS,
    };
    const alert = [...this.alerts_held.values()].find((a) => a.user_id === p.user_id && a.course_id === p.course);
    const named = { person: personOf(p), course: courseOf(p.course), enrolment };
    const shown = { trend: null, alert: alert ?? null, last_contact: contactOf(p), unread: p.unread ?? null };
    return { ...predictionOf(p), ...named, ...shown };
  }

  override async summary(filter: SummaryFilter = {}): Promise<Summary> {
    if (this.failure) throw this.failure;
    this.summary_asked.push(filter);
    const alerts = { open: 0, acknowledged: 0, resolved: 0, expired: 0 };
    for (const alert of this.alerts_held.values()) alerts[alert.state] += 1;
    return {
      site: 'example-university',
      time_zone: 'Europe/Berlin',
      clock: { kind: 'event', now_ms: NOW_MS, last_tick_ms: TICK_MS },
      next_tick_ms: TICK_MS + DAY_MS,
      model: { version: '2025-10-01a', method: 'model', why_not: null },
      data: { suspect: null, doubt: null, alerts_held: false, remedy: null },
      threshold: 0.7,
      sessions_open: 3,
      sessions: 480,
      activities: 12_345,
      enrolments: { active: 6, 'not-started': 0, suspended: 1, withdrawn: 2, completed: 0, ended: 0 },
      scored: this.people.filter((p) => p.score !== null).length,
      not_scored: { 'too-little-data': 1 },
      at_risk: this.people.filter((p) => (p.score ?? 0) > 0.7).length,
      early: 2,
      early_students: 3,
      alerts,
      highest_score: Math.max(0, ...this.people.map((p) => p.score ?? 0)),
      rejected: { 'not-json': 2 },
      ignored: { 'table config': 7 },
      ...this.summary_changes,
    };
  }

  override async courses(): Promise<CourseSummary[]> {
    return COURSES.map((course) => ({
      ...course,
      category: 1,
      start_ms: TICK_MS - 60 * DAY_MS,
      end_ms: null,
      enrolments: { active: 3, 'not-started': 0, suspended: 0, withdrawn: 0, completed: 0, ended: 0 },
      scored: 3,
      at_risk: 2,
      early: 1,
      activities: 6000,
      last_activity_ms: NOW_MS,
    }));
  }

  override async course(course_id: number) {
    const course = (await this.courses()).find((c) => c.course_id === course_id);
    if (!course) return null;
    const at_risk_list = this.people.filter((p) => p.course === course_id && (p.score ?? 0) > 0.7).map((p) => this.atRisk(p));
    return { ...course, at_risk_list, early_list: (await this.early({ course_id }, null, 100)).items };
  }

  override async early(filter: EarlyFilter, cursor: string | null, limit: number) {
    const scored = this.people.filter((p) => p.score !== null && p.days < 6);
    this.asked.push(filter);
    const rows = scored.map(
      (p, i): EarlyRow => ({
        course_id: p.course,
        rank: i + 1,
        user_id: p.user_id,
        early_score: (p.score ?? 0) / 2,
        reasons: reasonsOf(p.days),
        last_active_ms: NOW_MS - p.days * DAY_MS,
        as_of_ms: TICK_MS,
        person: personOf(p),
        course: courseOf(p.course),
        call: null,
        also_in: [],
        owner: this.waitingOf(p)?.assignee ?? null,
        alert: this.waitingOf(p),
        last_contact: contactOf(p),
        dealt_with: contactOf(p) !== null,
        unread: p.unread ?? null,
      }),
    );
    rows.sort((a, b) => a.course_id - b.course_id || a.rank - b.rank);
    const found = rows.filter((r) => filter.course_id === undefined || r.course_id === filter.course_id);
    return { ...pageOf(found, cursor, limit), total: found.length };
  }

  private waitingOf(p: Someone): Alert | null {
    return [...this.alerts_held.values()].find((a) => a.user_id === p.user_id && a.closed_ms === null) ?? null;
  }

  override async cases(_: unknown, cursor: string | null, limit: number): Promise<PageOf<Case>> {
    const rows = [...this.alerts_held.values()].map((alert) => ({
      person: personOf(PEOPLE.find((p) => p.user_id === alert.user_id) as Someone),
      owner: alert.assignee,
      score: alert.score,
      alerts: [{ ...alert, course: courseOf(alert.course_id) }],
    }));
    return pageOf(rows, cursor, limit);
  }

  override async predictions(filter: PredictionFilter, cursor: string | null, limit: number) {
    if (this.failure) throw this.failure;
    this.asked.push(filter);
    const wanted = this.people.filter(
      (p) =>
        (filter.contacted === undefined || (p.user_id === 13) === filter.contacted) &&
        (filter.course_id === undefined || p.course === filter.course_id) &&
        (filter.user_id === undefined || p.user_id === filter.user_id) &&
        (filter.above === undefined || (p.score ?? 0) > filter.above) &&
        (filter.band === undefined || (p.score !== null && bandOf(p.score) === filter.band)) &&
        (filter.scored === undefined || (p.score !== null) === filter.scored) &&
        this.hasAlert(p, filter),
    );
    const page = pageOf(
      wanted.map((p) => this.atRisk(p)),
      cursor,
      limit,
    );
    return { ...page, total: wanted.length };
  }

  private hasAlert(p: Someone, { alert: wanted, assignee, assigned }: PredictionFilter): boolean {
    const { alert } = this.atRisk(p);
    const words = [alert?.state ?? 'none', ...((alert?.muted_until_ms ?? 0) > NOW_MS ? ['muted'] : [])];
    return (
      (wanted === undefined || wanted.some((word) => words.includes(word))) &&
      (assignee === undefined || isSameName(alert?.assignee, assignee)) &&
      (assigned === undefined || (alert !== null && (alert.assignee !== null) === assigned))
    );
  }

  override async prediction(user_id: number, course_id: number): Promise<AtRisk | null> {
    const p = this.people.find((one) => one.user_id === user_id && one.course === course_id);
    return p ? this.atRisk(p) : null;
  }

  override async unread(): Promise<Unread[]> {
    const wrote = this.people.filter((p) => p.unread);
    return wrote.map((p) => ({ statement_id: p.user_id, person: personOf(p), course: courseOf(p.course), at_ms: TICK_MS, kind: p.unread! })); // biome-ignore format: one line
  }

  override async knows(user_id: number): Promise<boolean> {
    return (await this.student(user_id)) !== null;
  }

  override async student(user_id: number): Promise<StudentView | null> {
    const p = this.people.find((one) => one.user_id === user_id);
    if (!p) return null;
    const { enrolment, course, alert } = this.atRisk(p);
    const enrolments = [{ ...enrolment, course, prediction: predictionOf(p) }];
    return { person: personOf(p), enrolments, alerts: alert ? [alert] : [] };
  }

  override async studentSessions(user_id: number, order: SessionOrder, cursor: string | null, limit: number) {
    if (!this.people.some((p) => p.user_id === user_id)) return null;
    const ages = Array.from({ length: this.sessions_held }, (_, i) => i + 1);
    const rows = (order === 'newest' ? ages : ages.reverse()).map((n) => ({
      user_id,
      course_id: null,
      start_ms: TICK_MS - n * DAY_MS,
      end_ms: TICK_MS - n * DAY_MS + 60_000,
      activities: n,
      duration_s: 60,
      closed: true,
    }));
    return pageOf(rows, cursor, limit);
  }

  override async timeline(user_id: number): Promise<Timeline | null> {
    const p = this.people.find((one) => one.user_id === user_id);
    if (!p) return null;
    const days = [40, 38, 37, 33, 30, 26, 25, 19, 16, 12].map((ago, i) => ({
      course_id: p.course,
      day: new Date(NOW_MS - (ago + p.days - 12) * DAY_MS).toISOString().slice(0, 10),
      activities: 3 + ((i * 7) % 11),
      sessions: 1,
      duration_s: 600,
    }));
    const scores = [14, 7, 0].map((ago) => ({
      course_id: p.course,
      as_of_ms: TICK_MS - ago * DAY_MS,
      score: (p.score ?? 0) * (1 - ago / 30),
      band: bandOf((p.score ?? 0) * (1 - ago / 30)),
    }));
    const hand_ins = (['submitted', 'late', 'missing', 'due'] as const).map((state, i) => ({
      course_id: p.course,
      kind: i === 1 ? ('quiz' as const) : ('assign' as const),
      id: i + 1,
      name: i === 3 ? null : `Task ${i + 1}`,
      due_ms: NOW_MS - (45 - i * 16) * DAY_MS,
      submitted_ms: i < 2 ? NOW_MS - (46 - i * 20) * DAY_MS : null,
      state,
    }));
    return { user_id, days, hand_ins, scores, alerts: [...this.alerts_held.values()].filter((a) => a.user_id === user_id) };
  }

  override async alerts(
    filter: { state?: Alert['state'][]; course_id?: number; user_id?: number; assignee?: string },
    cursor: string | null,
    limit: number,
  ) {
    const wanted = [...this.alerts_held.values()].filter(
      (a) =>
        (filter.state === undefined || filter.state.includes(a.state)) &&
        (filter.course_id === undefined || a.course_id === filter.course_id) &&
        (filter.user_id === undefined || a.user_id === filter.user_id) &&
        (filter.assignee === undefined || isSameName(a.assignee, filter.assignee)),
    );
    return pageOf(
      wanted.map((a) => this.named(a)),
      cursor,
      limit,
    );
  }

  override async courseWeeks(course_id: number) {
    if (!COURSES.some((course) => course.course_id === course_id)) return null;
    const week = { from: '2025-11-17', students: 3, active: 2, activities: 40, q1: 0, median: 2, q3: 4 };
    return { course_id, weeks: this.weeks ?? [week], bands: { high: 1 }, expected: 1.4, standing: this.standing };
  }

  override async courseDays(course_id: number, how_many: number) {
    if (!COURSES.some((course) => course.course_id === course_id)) return null;
    const days = Array.from({ length: how_many }, (_, i) => ({
      day: new Date(NOW_MS - (how_many - 1 - i) * DAY_MS).toISOString().slice(0, 10),
      students: 3,
      q1: i % 7 === 6 ? 0 : 2,
      median: i % 7 === 6 ? 1 : 5,
      q3: i % 7 === 6 ? 2 : 9,
    }));
    return { course_id, days };
  }

  override async assignments() {
    return {
      groups: ['Group A', 'Intake 2025'],
      tutors: [
        { user_id: 90, name: 'Ana Lima' },
        { user_id: 91, name: null },
      ],
      assignees: assigneesOf([...this.alerts_held.values()]),
    };
  }

  override async drift() {
    return [3, 2, 1, 0].map((ago) => ({
      as_of_ms: TICK_MS - ago * DAY_MS,
      suspect: ago === 2 ? 'Hardly anybody was active.' : null,
      doubt: null,
      held: ago === 2,
      compared_ms: TICK_MS - (ago + 7) * DAY_MS,
      psi: { active_days: 0.02, per_active_day: 0.01, scores: ago === 2 ? 0.41 : 0.03 },
      training: { rows: 120, scores: 0.3, inputs: 0.6, furthest: [{ name: 'content_28', psi: 1.1 }] },
    }));
  }

  override async contacts(filter: ContactFilter, cursor: string | null, limit: number) {
    const alert = [...this.alerts_held.values()][0] as Alert;
    const { person, course } = this.named(alert);
    const times = { opened_ms: TICK_MS - 9 * DAY_MS, closed_ms: TICK_MS - 8 * DAY_MS };
    const one = {
      alert_id: alert.alert_id,
      person,
      course,
      ...times,
      outcome: 'contacted' as const,
      assignee: 'Ana',
      by: 'R. Mwangi',
    };
    const items = [
      { ...one, active_again: true },
      { ...one, alert_id: 'b', active_again: false },
      { ...one, alert_id: 'c', active_again: null },
    ].filter(({ closed_ms }) => isWithin(closed_ms, filter));
    this.asked.push(filter);
    return { ...pageOf(items, cursor, limit), total: items.length };
  }

  override async contactFigures(filter: ContactFilter) {
    this.figures_asked.push(filter);
    return this.contact_figures;
  }

  override async alertEdits(alert_id: string) {
    if (!this.alerts_held.has(alert_id)) return null;
    const given = this.edits.get(alert_id);
    if (given) return given;
    const [from, to] = [
      { state: 'open' as const, assignee: null },
      { state: 'acknowledged' as const, assignee: 'local' },
    ];
    return [{ alert_id, revision: 2, at_ms: TICK_MS, by: 'local', by_user_id: null, from, to }];
  }

  override async alert(alert_id: string) {
    const alert = this.alerts_held.get(alert_id);
    return alert ? this.named(alert) : null;
  }

  private named(alert: Alert) {
    const p = PEOPLE.find((one) => one.user_id === alert.user_id) as Someone;
    return { ...alert, person: personOf(p), course: courseOf(alert.course_id) };
  }
}

export class FakeActions implements Actions {
  asked: unknown[] = [];
  /** Of each change of an alert. */
  actors: DoneBy[] = [];

  constructor(private readonly views: FakeViews) {}

  async scoreNow(filter: { user_id?: number; course_id?: number }): Promise<ScoreRun> {
    this.asked.push(filter);
    return { as_of_ms: NOW_MS, scored: 5, at_risk: 3, opened: 1, resolved: 0, not_scored: { 'too-little-data': 1 } };
  }

  async changeAlert(alert_id: string, revision: number | null, patch: AlertPatch, actor: Actor): Promise<AlertChange> {
    this.asked.push({ alert_id, revision, patch, actor: actor.name });
    this.actors.push(doneBy(actor));
    const alert = this.views.alerts_held.get(alert_id);
    if (!alert) return { kind: 'not-found' };
    if (revision !== null && revision !== alert.revision) return { kind: 'conflict', alert };
    if (patch.state === 'resolved' && !patch.outcome) return { kind: 'refused', why: 'An outcome is needed to resolve.' };
    if (alert.state === 'resolved') return { kind: 'refused', why: 'A resolved alert stays resolved.' };
    const changed: Alert = { ...alert, ...patch, revision: alert.revision + 1 };
    this.views.alerts_held.set(alert_id, changed);
    return { kind: 'changed', alert: changed };
  }

  async openAlert({ user_id, course_id, ...words }: AlertOpening, actor: Actor): Promise<AlertOpened> {
    this.asked.push({ user_id, course_id, ...words, actor: actor.name });
    this.actors.push(doneBy(actor));
    const one = this.views.people.find((p) => p.user_id === user_id && p.course === course_id);
    if (!one || one.score === null) return { kind: 'refused', why: 'The student has no score in this course.' };
    const waits = (a: Alert) => a.user_id === user_id && a.course_id === course_id && a.closed_ms === null;
    const held = [...this.views.alerts_held.values()].find(waits);
    if (held) return { kind: 'waits', alert: held };
    const [first] = this.views.alerts_held.values();
    const named = { alert_id: '000000000000000a', user_id, course_id, score: one.score, opened_by: actor.name };
    const alert: Alert = {
      ...first!,
      state: 'acknowledged',
      assignee: words.assignee ?? actor.name,
      note: words.note ?? null,
      ...named,
    };
    this.views.alerts_held.set(alert.alert_id, alert);
    return { kind: 'opened', alert };
  }
}

const MODEL: ModelManifest = {
  version: '2025-10-01a',
  kind: 'logistic',
  created: '2025-10-01T00:00:00Z',
  feature_schema: 'f'.repeat(64),
  features: ['days_since_last'],
  heads: ['effective-withdrawal', 'disengagement'],
  target: 'effective-withdrawal',
  seed: 1,
  data: { name: 'a data set', rows: 10, enrolments: 5, positives: { disengagement: 2 } },
  metrics: { 'effective-withdrawal': { auc: 0.8 } },
  attribution: 'CC BY 4.0',
  limits: ['Not tried elsewhere.'],
  tested: {
    data: 'a data set',
    courses: ['AAA/2013J'],
    reliability: [
      { from: 0, to: 0.1, rows: 900, positives: 40, mean_predicted: 0.03 },
      { from: 0.5, to: 0.6, rows: 90, positives: 60, mean_predicted: 0.54 },
      { from: 0.9, to: 1, rows: 100, positives: 90, mean_predicted: 0.93 },
    ],
    fairness: {
      groups: ['F', 'M'].map((value) => ({
        attribute: 'gender',
        value,
        enrolments: 60,
        rows: 500,
        base_rate: 0.17,
        mean_predicted: 0.11,
        auc: 0.88,
        auc_low: 0.85,
        auc_high: 0.91,
        ece: 0.07,
      })),
      left_out: ['age_band 55<='],
    },
  },
};

export class FakeModels extends ModelShelf {
  held = [
    { manifest: MODEL, champion: true, challenger: false },
    { manifest: { ...MODEL, version: '2025-11-01b' }, champion: false, challenger: true },
    { manifest: { ...MODEL, version: 'misfit' }, champion: false, challenger: false },
  ];

  decided: ModelDecision[] = [];

  override async list() {
    return this.held;
  }
  override async history() {
    return this.decided;
  }
  override async show(version: string) {
    const model = this.held.find((m) => m.manifest.version === version);
    return model ? { ...model, card: '# Card' } : null;
  }
  override async promote(version: string) {
    if (version === 'misfit') throw new Error('The model knows other features: train it again.');
    this.held = this.held.map((m) => ({ ...m, champion: m.manifest.version === version }));
  }
  override async champion() {
    return { predictor: null, why_not: 'A fake has none.' };
  }
}

const NOTES: TableInfo = {
  name: 'notes',
  meaning: 'A table with a column of every type.',
  columns: [
    { name: 'user_id', type: 'integer', nullable: false },
    { name: 'day', type: 'day', nullable: false },
    { name: 'share', type: 'number', nullable: true },
    { name: 'closed', type: 'boolean', nullable: false },
    { name: 'text', type: 'text', nullable: true },
    { name: 'reasons', type: 'json', nullable: true },
  ],
  key: ['user_id'],
};

export class FakeTables extends TableReader {
  override readonly infos = [NOTES, { ...NOTES, name: 'empty', meaning: 'No rows.' }];
  asked: TableFilter[] = [];
  held: TableRow[] = [
    { user_id: -1, day: 20_412, share: 0.1, closed: true, text: FORMULA_NAME, reasons: [{ text: '=1+1' }] },
    { user_id: 0, day: 20_413, share: null, closed: false, text: null, reasons: null },
    { user_id: 7, day: 20_414, share: -1e-7, closed: true, text: 'a,"b"\nc', reasons: [] },
  ];

  override info(name: string): TableInfo | undefined {
    return this.infos.find((info) => info.name === name);
  }
  override async *rows(name: string, filter: TableFilter): AsyncIterable<TableRow> {
    this.asked.push(filter);
    if (name === 'notes') yield* this.held.filter((r) => filter.user_id === undefined || r.user_id === filter.user_id);
  }
  override async page(name: string, filter: TableFilter, cursor: string | null, limit: number): Promise<PageOf<TableRow>> {
    const rows: TableRow[] = [];
    for await (const row of this.rows(name, filter)) rows.push(row);
    return pageOf(rows, cursor, limit);
  }
}

/** Keeps who was shown whom, and fails when told to. */
export class FakeRecord {
  rows: PersonView[] = [];
  away = false;

  async commit({ person_views = [] }: Commit): Promise<void> {
    if (this.away) throw new Error('the store is away');
    this.rows.push(...person_views);
  }

  async personViews(user_id: number): Promise<PersonView[]> {
    return this.rows.filter((row) => row.user_id === user_id);
  }
}

export class KeptLog extends HttpLog {
  entries: { fields: Record<string, unknown>; message: string }[] = [];

  override error(fields: Record<string, unknown>, message: string): void {
    this.entries.push({ fields, message });
  }
  override warn(fields: Record<string, unknown>, message: string): void {
    this.entries.push({ fields, message });
  }
}

/** Forgets what it is given. */
class FakeIntake implements ClickTaker {
  async take(): Promise<void> {}
}

const JOB: JobState = {
  job_id: 'job-1',
  state: 'done',
  by: 'local',
  started_ms: NOW_MS,
  ended_ms: NOW_MS + 60_000,
  step: 'done',
  progress: 1,
  version: '2025-11-01b',
  promoted: false,
  message: '2025-11-01b is not better by the rule.',
};

const NO_JOB = { step: null, progress: null, rows: null, rows_known: null, since_ms: null, last_day: null, next_day: null };
/** One of each kind. */
const JOBS: Job[] = [
  {
    ...{ ...NO_JOB, name: 'first-copy', state: 'running', step: 'logstore_standard_log', since_ms: NOW_MS - 60_000 },
    ...{ progress: 0.25, rows: 300, rows_known: 1_200 },
  },
  { ...NO_JOB, name: 'simulation', state: 'running', step: 'replaying', progress: 0.4, since_ms: NOW_MS },
  { ...NO_JOB, name: 'trust-check', state: 'failed', last_day: '2025-11-10', next_day: '2025-11-25' },
  { ...NO_JOB, name: 'daily-clearing', state: 'waiting' },
];

export class FakeRetrainJobs extends RetrainJobs {
  job: JobState | null = JOB;
  asked: RetrainRequest[] = [];

  override start(request: RetrainRequest, { name: by }: Actor): JobState {
    if (this.job?.state === 'running') throw new RetrainBusy(this.job);
    this.asked.push(request);
    return { ...JOB, state: 'running', by, ended_ms: null, version: null, promoted: null, message: null };
  }
  override latest(): JobState | null {
    return this.job;
  }
}

/** Answers with what it was asked. `fault`: what it throws instead. */
/** As a past term gave them. */
const SIMULATED = {
  calls_a_week: 15.98,
  right: 39,
  wasted: 77,
  precision: 39 / 116,
  lost: 81,
  lost_listed: 58,
  recall: 58 / 81,
  lost_in_time: 24,
  recall_in_time: 24 / 81,
  lead_days: { low: -17, median: 2, high: 13 },
};

export class FakeSimulations extends Simulations {
  fault: Error | null = null;
  running: SimulationState | null = null;
  /** What each point says, beside what was asked for. */
  points: { thresholds: object[]; capacities: object[] } = { thresholds: [{}], capacities: [] };
  /** An answer waits for this. */
  until: Promise<void> = Promise.resolve();

  override state() {
    return this.running;
  }

  override async simulate(request: SimulationRequest) {
    await this.until;
    if (this.fault) throw this.fault;
    const of = (point: object) => ({ ...SIMULATED, ...request, ...point });
    return {
      model: '2025-11-01',
      target: 'effective-withdrawal',
      data: 'store of moodle (BIO)',
      courses: ['BIO'],
      learnt_from: [],
      thresholds: this.points.thresholds.map(of),
      capacities: this.points.capacities.map(of),
    };
  }
}

/** What a quiet quarter of an hour looks like. */
export class FakePanels extends Panels {
  asked = 0;

  override async look(panels: PanelsName, minutes: number): Promise<PanelsAnswer> {
    this.asked++;
    const times_ms = [NOW_MS - 30_000];
    return {
      panels,
      from_ms: NOW_MS - minutes * 60_000,
      until_ms: NOW_MS,
      bucket_ms: minutes * 2_000,
      figures: [{ name: panels === 'clicks' ? 'hits' : 'sessions', value: 3 }],
      charts: [{ name: 'sessions', look: 'bars', times_ms, series: [{ name: 'sessions', values: [3] }] }],
      tables: [],
      cut: false,
    };
  }
}

export class FakeChanges extends ChangeLog {
  readonly kept: RecordedChange[] = [1, 2, 3].map((n) => ({
    at_ms: TICK_MS - n,
    ...doneBy(named('command')),
    what: 'import',
    detail: `${n}`,
  }));

  override async changes(from_ms: number, limit: number): Promise<RecordedChange[]> {
    return this.kept.filter(({ at_ms }) => at_ms >= from_ms).slice(0, limit);
  }

  override async record(by: Actor, what: string, detail: string): Promise<void> {
    this.kept.unshift({ at_ms: NOW_MS, ...doneBy(by), what, detail });
  }
}

export interface FakeParts extends HttpParts {
  record: FakeRecord;
  changes: FakeChanges;
  simulations: FakeSimulations;
  retrain: FakeRetrainJobs;
  views: FakeViews;
  tables: FakeTables;
  panels: FakePanels;
  pipeline: FakeActions;
  models: FakeModels;
  log: KeptLog;
}

export function fakeParts(settings: Partial<HttpSettings> = {}): FakeParts {
  const views = new FakeViews();
  const record = new FakeRecord();
  return {
    record,
    views,
    tables: new FakeTables(),
    panels: new FakePanels(),
    pipeline: new FakeActions(views),
    seen: new ViewLog(record, () => NOW_MS),
    changes: new FakeChanges(),
    trials: new FakeTrials(),
    models: new FakeModels(),
    retrain: new FakeRetrainJobs(),
    simulations: new FakeSimulations(),
    jobs: async () => JOBS,
    eraser: { holds: async (user_id) => user_id < 900, erase: async () => ({ rows: 3, removed: { sessions: 3 } }) },
    clicks: new ClickDoor(
      () => new FakeIntake(),
      () => NOW_MS,
    ),
    metrics: new Registry(),
    log: new KeptLog(),
    settings: { version: '0.0.0', allowed_hosts: [], ...settings },
  };
}

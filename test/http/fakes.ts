/** A small site in memory: what the HTTP side is given in its tests, and where they can look. */

import { Registry } from 'prom-client';
import type { Alert, Prediction, Reason, Score } from '../../src/domain.js';
import { type Actions, ChangeLog, HttpLog, type HttpParts, type HttpSettings, TableReader } from '../../src/http/parts.js';
import { type JobState, RetrainBusy, RetrainJobs, type RetrainRequest } from '../../src/http/retrain-door.js';
import { type SimulationRequest, Simulations } from '../../src/http/simulation-door.js';
import type { AlertPatch } from '../../src/pipeline/alert-patch.js';
import { ClickDoor, type ClickTaker } from '../../src/pipeline/click-door.js';
import type { AlertChange } from '../../src/pipeline/pipeline.js';
import type { ScoreRun } from '../../src/pipeline/scoring-run.js';
import { ViewLog } from '../../src/pipeline/view-log.js';
import { type Commit, type ModelManifest, ModelShelf, type PersonView, type RecordedChange } from '../../src/ports.js';
import { isWithin } from '../../src/reading/contacts.js';
import { Panels, type PanelsAnswer, type PanelsName } from '../../src/reading/panels.js';
import type { TableInfo, TableRow } from '../../src/reading/table-infos.js';
import type { TableFilter } from '../../src/reading/tables.js';
import {
  type AtRisk,
  BadCursor,
  type Case,
  type ContactFilter,
  type CourseSummary,
  type EarlyRow,
  type PageOf,
  type PredictionFilter,
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

interface Someone {
  user_id: number;
  name: string | null;
  course: number;
  score: number | null;
  days: number;
  alert?: Alert['state'];
  assignee?: string;
  unread?: 'help';
}

const PEOPLE: Someone[] = [
  { user_id: 11, name: 'Amara Okafor', course: 2, score: 0.912345, days: 12, alert: 'acknowledged', assignee: 'local' },
  { user_id: 12, name: SCRIPT_NAME, course: 3, score: 0.88, days: 9, alert: 'open' },
  { user_id: 13, name: FORMULA_NAME, course: 2, score: 0.704, days: 5, alert: 'open', unread: 'help' },
  { user_id: -1, name: null, course: 2, score: 0.55, days: 3 },
  { user_id: 0, name: 'Zoë O’Brien-Vandenberghe', course: 3, score: 0.03, days: 1 },
  { user_id: 14, name: 'Mei-Lin Chen', course: 3, score: null, days: 2 },
];

const courseOf = (id: number) => COURSES.find((c) => c.course_id === id) as (typeof COURSES)[number];
const personOf = (p: Someone) => ({ user_id: p.user_id, name: p.name });

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
  asked: (PredictionFilter | ContactFilter)[] = [];
  summary_changes: Partial<Summary> = {};

  constructor() {
    super();
    this.reset();
  }

  reset(): void {
    this.alerts_held.clear();
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
    const told = { enrolment, alert: alert ?? null, unread: p.unread ?? null };
    return { ...predictionOf(p), trend: null, person: personOf(p), course: courseOf(p.course), ...told };
  }

  override async summary(): Promise<Summary> {
    if (this.failure) throw this.failure;
    const alerts = { open: 0, acknowledged: 0, resolved: 0, expired: 0 };
    for (const alert of this.alerts_held.values()) alerts[alert.state] += 1;
    return {
      site: 'example-university',
      time_zone: 'Europe/Berlin',
      clock: { kind: 'event', now_ms: NOW_MS, last_tick_ms: TICK_MS },
      next_tick_ms: TICK_MS + DAY_MS,
      model: { version: '2025-10-01a', method: 'model' },
      data: { suspect: null, alerts_held: false, remedy: null },
      threshold: 0.7,
      sessions_open: 3,
      sessions: 480,
      activities: 12_345,
      enrolments: { active: 6, 'not-started': 0, suspended: 1, withdrawn: 2, completed: 0, ended: 0 },
      scored: this.people.filter((p) => p.score !== null).length,
      not_scored: { 'too-little-data': 1 },
      at_risk: this.people.filter((p) => (p.score ?? 0) > 0.7).length,
      early: 2,
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

  override async early(filter: { course_id?: number }, cursor: string | null, limit: number): Promise<PageOf<EarlyRow>> {
    const scored = this.people.filter((p) => p.score !== null && p.days < 6);
    const rows = scored.map((p, i) => ({
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
      unread: p.unread ?? null,
    }));
    rows.sort((a, b) => a.course_id - b.course_id || a.rank - b.rank);
    return pageOf(
      rows.filter((r) => filter.course_id === undefined || r.course_id === filter.course_id),
      cursor,
      limit,
    );
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
        (filter.scored === undefined || (p.score !== null) === filter.scored),
    );
    const page = pageOf(
      wanted.map((p) => this.atRisk(p)),
      cursor,
      limit,
    );
    return { ...page, total: wanted.length };
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

  override async studentSessions(user_id: number, cursor: string | null, limit: number) {
    if (!this.people.some((p) => p.user_id === user_id)) return null;
    const rows = [1, 2, 3].map((n) => ({
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
        (filter.assignee === undefined || a.assignee === filter.assignee),
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
    return { course_id, weeks: [week], bands: { high: 1 }, expected: 1.4, standing: null };
  }

  override async courseDays(course_id: number) {
    if (!COURSES.some((course) => course.course_id === course_id)) return null;
    const days = Array.from({ length: 70 }, (_, i) => ({
      day: new Date(NOW_MS - (69 - i) * DAY_MS).toISOString().slice(0, 10),
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
    };
  }

  override async drift() {
    return [3, 2, 1, 0].map((ago) => ({
      as_of_ms: TICK_MS - ago * DAY_MS,
      suspect: ago === 2 ? 'Hardly anybody was active.' : null,
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
    const one = { alert_id: alert.alert_id, person, course, ...times, outcome: 'contacted' as const, assignee: 'Ana' };
    const items = [
      { ...one, active_again: true },
      { ...one, alert_id: 'b', active_again: false },
      { ...one, alert_id: 'c', active_again: null },
    ].filter(({ closed_ms }) => isWithin(closed_ms, filter));
    this.asked.push(filter);
    return { ...pageOf(items, cursor, limit), total: items.length };
  }

  override async alertEdits(alert_id: string) {
    if (!this.alerts_held.has(alert_id)) return null;
    const [from, to] = [
      { state: 'open' as const, assignee: null },
      { state: 'acknowledged' as const, assignee: 'local' },
    ];
    return [{ alert_id, revision: 2, at_ms: TICK_MS, by: 'local', from, to }];
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

  constructor(private readonly views: FakeViews) {}

  async scoreNow(filter: { user_id?: number; course_id?: number }): Promise<ScoreRun> {
    this.asked.push(filter);
    return { as_of_ms: NOW_MS, scored: 5, at_risk: 3, opened: 1, resolved: 0, not_scored: { 'too-little-data': 1 } };
  }

  async changeAlert(alert_id: string, revision: number | null, patch: AlertPatch, actor: string): Promise<AlertChange> {
    this.asked.push({ alert_id, revision, patch, actor });
    const alert = this.views.alerts_held.get(alert_id);
    if (!alert) return { kind: 'not-found' };
    if (revision !== null && revision !== alert.revision) return { kind: 'conflict', alert };
    if (patch.state === 'resolved' && !patch.outcome) return { kind: 'refused', why: 'An outcome is needed to resolve.' };
    if (alert.state === 'resolved') return { kind: 'refused', why: 'A resolved alert stays resolved.' };
    const changed: Alert = { ...alert, ...patch, revision: alert.revision + 1 };
    this.views.alerts_held.set(alert_id, changed);
    return { kind: 'changed', alert: changed };
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

  override async list() {
    return this.held;
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

export class FakeRetrainJobs extends RetrainJobs {
  job: JobState | null = JOB;
  asked: RetrainRequest[] = [];

  override start(request: RetrainRequest, by: string): JobState {
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

  override async simulate(request: SimulationRequest) {
    if (this.fault) throw this.fault;
    return {
      model: '2025-11-01',
      target: 'effective-withdrawal',
      data: 'store of moodle (BIO)',
      courses: ['BIO'],
      learnt_from: [],
      thresholds: [{ ...SIMULATED, ...request }],
      capacities: [],
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
  readonly kept: RecordedChange[] = [1, 2, 3].map((n) => ({ at_ms: TICK_MS - n, by: 'command', what: 'import', detail: `${n}` }));

  override async changes(from_ms: number, limit: number): Promise<RecordedChange[]> {
    return this.kept.filter(({ at_ms }) => at_ms >= from_ms).slice(0, limit);
  }

  override async record(by: string, what: string, detail: string): Promise<void> {
    this.kept.unshift({ at_ms: NOW_MS, by, what, detail });
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

/** The lists as CSV: which columns, in which order. Names are those of the tables where a table has the value. */
import type { Alert, Session } from '../domain.js';
import type { ModelManifest, ShelfPlace } from '../ports.js';
import type { ColumnType, TableInfo, TableRow } from '../reading/table-infos.js';
import type { AtRisk, Case, Contact, CourseSummary, EarlyRow, Views } from '../reading/views.js';
import type { TextForm } from './answer.js';

function form<T>(columns: Record<string, [ColumnType, (item: T) => unknown]>): TextForm<T> {
  const entries = Object.entries(columns);
  return {
    info: { columns: entries.map(([name, [type]]) => ({ name, type, nullable: true })) },
    row: (item) => Object.fromEntries(entries.map(([name, [, read]]) => [name, read(item) ?? null])) as TableRow,
  };
}

/** A manifest with its place on the shelf. */
export type ShelvedModel = ModelManifest & Omit<ShelfPlace, 'manifest'> & { compared: Compared | null };

/** With the champion, on the same rows, of courses that neither has learnt from. */
interface Compared {
  /** ISO 8601. */
  at: string;
  verdict: string;
  rows: number;
  students: number;
  /** Of the AUC, with its interval over students; null where it cannot be told. */
  difference: { auc: number; low: number; high: number } | null;
}

type AlertItem = Awaited<ReturnType<Views['alerts']>>['items'][number];
type SessionItem = Session & { duration_s: number; closed: boolean };

export const COURSES_CSV = form<CourseSummary>({
  course_id: ['integer', (c) => c.course_id],
  shortname: ['text', (c) => c.shortname],
  fullname: ['text', (c) => c.fullname],
  category: ['integer', (c) => c.category],
  start_ms: ['integer', (c) => c.start_ms],
  end_ms: ['integer', (c) => c.end_ms],
  active: ['integer', (c) => c.enrolments.active],
  scored: ['integer', (c) => c.scored],
  at_risk: ['integer', (c) => c.at_risk],
  early: ['integer', (c) => c.early],
  activities: ['integer', (c) => c.activities],
  last_activity_ms: ['integer', (c) => c.last_activity_ms],
  standing: ['text', (c) => c.standing],
});

export const PREDICTIONS_CSV = form<AtRisk>({
  user_id: ['integer', (p) => p.user_id],
  course_id: ['integer', (p) => p.course_id],
  name: ['text', (p) => p.person.name],
  shortname: ['text', (p) => p.course.shortname],
  state: ['text', (p) => p.enrolment.state],
  as_of_ms: ['integer', (p) => p.as_of_ms],
  score: ['number', (p) => p.score?.score],
  early_score: ['number', (p) => p.score?.early_score],
  band: ['text', (p) => p.score?.band],
  model_version: ['text', (p) => p.score?.model_version],
  method: ['text', (p) => p.score?.method],
  not_scored: ['text', (p) => p.not_scored],
  last_active_ms: ['integer', (p) => p.last_active_ms],
  alert_id: ['text', (p) => p.alert?.alert_id],
  alert_state: ['text', (p) => p.alert?.state],
  assignee: ['text', (p) => p.alert?.assignee],
  reasons: ['json', (p) => p.score?.reasons],
  standing: ['text', (p) => p.course.standing],
  unread: ['text', (p) => p.unread],
  contact_ms: ['integer', (p) => p.last_contact?.at_ms],
  contact_outcome: ['text', (p) => p.last_contact?.outcome],
  contact_by: ['text', (p) => p.last_contact?.by],
});

export const EARLY_CSV = form<EarlyRow>({
  course_id: ['integer', (e) => e.course_id],
  rank: ['integer', (e) => e.rank],
  user_id: ['integer', (e) => e.user_id],
  name: ['text', (e) => e.person.name],
  shortname: ['text', (e) => e.course.shortname],
  early_score: ['number', (e) => e.early_score],
  reasons: ['json', (e) => e.reasons],
  last_active_ms: ['integer', (e) => e.last_active_ms],
  as_of_ms: ['integer', (e) => e.as_of_ms],
  standing: ['text', (e) => e.course.standing],
  unread: ['text', (e) => e.unread],
  also_in: ['text', (e) => e.also_in.map(({ shortname }) => shortname).join(', ')],
  owner: ['text', (e) => e.owner],
  alert_id: ['text', (e) => e.alert?.alert_id],
  contact_ms: ['integer', (e) => e.last_contact?.at_ms],
  contact_outcome: ['text', (e) => e.last_contact?.outcome],
  contact_by: ['text', (e) => e.last_contact?.by],
  dealt_with: ['boolean', (e) => e.dealt_with],
});

const ALERT_COLUMNS: Record<string, [ColumnType, (item: Alert) => unknown]> = {
  alert_id: ['text', (a) => a.alert_id],
  user_id: ['integer', (a) => a.user_id],
  course_id: ['integer', (a) => a.course_id],
  state: ['text', (a) => a.state],
  opened_ms: ['integer', (a) => a.opened_ms],
  score: ['number', (a) => a.score],
  reasons: ['json', (a) => a.reasons],
  assignee: ['text', (a) => a.assignee],
  muted_until_ms: ['integer', (a) => a.muted_until_ms],
  outcome: ['text', (a) => a.outcome],
};

export const ALERTS_CSV = form<AlertItem>({
  ...ALERT_COLUMNS,
  name: ['text', (a) => a.person.name],
  shortname: ['text', (a) => a.course.shortname],
  note: ['text', (a) => a.note],
  revision: ['integer', (a) => a.revision],
  standing: ['text', (a) => a.course.standing],
  opened_by: ['text', (a) => a.opened_by],
});

export const CONTACTS_CSV = form<Contact>({
  alert_id: ['text', (c) => c.alert_id],
  user_id: ['integer', (c) => c.person.user_id],
  course_id: ['integer', (c) => c.course.course_id],
  name: ['text', (c) => c.person.name],
  shortname: ['text', (c) => c.course.shortname],
  opened_ms: ['integer', (c) => c.opened_ms],
  closed_ms: ['integer', (c) => c.closed_ms],
  outcome: ['text', (c) => c.outcome],
  assignee: ['text', (c) => c.assignee],
  active_again: ['boolean', (c) => c.active_again],
  by: ['text', (c) => c.by],
});

export const CASES_CSV = form<Case>({
  user_id: ['integer', (c) => c.person.user_id],
  name: ['text', (c) => c.person.name],
  owner: ['text', (c) => c.owner],
  score: ['number', (c) => c.score],
  alerts: ['json', (c) => c.alerts.map((a) => ({ alert_id: a.alert_id, course_id: a.course_id, state: a.state }))],
});

export const SESSIONS_CSV = form<SessionItem>({
  user_id: ['integer', (s) => s.user_id],
  start_ms: ['integer', (s) => s.start_ms],
  end_ms: ['integer', (s) => s.end_ms],
  activities: ['integer', (s) => s.activities],
  duration_s: ['number', (s) => s.duration_s],
  closed: ['boolean', (s) => s.closed],
});

export const MODELS_CSV = form<ShelvedModel>({
  version: ['text', (m) => m.version],
  champion: ['boolean', (m) => m.champion],
  kind: ['text', (m) => m.kind],
  created: ['text', (m) => m.created],
  target: ['text', (m) => m.target],
  feature_schema: ['text', (m) => m.feature_schema],
  metrics: ['json', (m) => m.metrics],
  challenger: ['boolean', (m) => m.challenger],
});

export const TABLES_CSV = form<TableInfo>({
  name: ['text', (t) => t.name],
  meaning: ['text', (t) => t.meaning],
  key: ['json', (t) => t.key],
  columns: ['json', (t) => t.columns],
});

/** What a memory store holds, and how a commit changes it: first everything is checked, then everything is applied. */
import type {
  Alert,
  Clock,
  Cohort,
  EnrolmentChange,
  Prediction,
  ReferenceRow,
  Rejected,
  Score,
  ShadowScore,
  WindowChanges,
  WindowRow,
  WindowTable,
} from '../../domain.js';
import {
  type AlertEdit,
  type Commit,
  type CourseStanding,
  commitFault,
  DRIFT_KEPT_MS,
  type DriftCheck,
  ErasedMeanwhile,
  isStale,
  type PersonView,
  REJECTED_KEPT,
  type RecordedChange,
  SHADOW_KEPT_MS,
  type ShadowKey,
  StaleAlert,
  StalePosition,
  StaleState,
  slotOf,
  VIEWS_KEPT_MS,
  viewKey,
} from '../../ports.js';
import { MemoryLanes } from './memory-lanes.js';
import { OrderedTable } from './ordered-table.js';

export class MemoryState {
  readonly positions = new Map<string, string>();
  clock: Clock | null = null;
  readonly seen = new Map<number, Uint8Array>();
  readonly windows = new Map<string, OrderedTable<WindowRow>>();
  readonly references = new Map<string, OrderedTable<ReferenceRow>>();
  readonly cohorts = new OrderedTable<Cohort>((row) => [row.course_id, row.day]);
  readonly scores = new OrderedTable<Score>((row) => [row.user_id, row.course_id, row.as_of_ms]);
  readonly predictions = new OrderedTable<Prediction>((row) => [row.user_id, row.course_id]);
  readonly shadowScores = new OrderedTable<ShadowScore>(shadowKey);
  readonly alertEdits = new OrderedTable<AlertEdit>((row) => [row.alert_id, row.revision]);
  readonly personViews = new OrderedTable<PersonView>(viewKey);
  readonly changes = new OrderedTable<RecordedChange>((row) => [row.at_ms, row.what, row.detail]);
  readonly standings = new OrderedTable<CourseStanding>((row) => [row.course_id]);
  readonly driftChecks = new OrderedTable<DriftCheck>((row) => [row.as_of_ms]);
  readonly alerts = new OrderedTable<Alert>((row) => [row.alert_id]);
  readonly rejected = new OrderedTable<Rejected>((row) => [row.source, row.position, row.reason]);
  readonly rejectedKept = new Map<string, number>();
  readonly rejectedCounts = new Map<string, number>();
  readonly ignoredCounts = new Map<string, number>();
  readonly lanes = new MemoryLanes();
  /** Keyed hashes, and when. */
  readonly erased = { version: 0, people: new Map<string, number>() };
  readonly declared = new Map<string, WindowTable>();

  windowTable(table: WindowTable): OrderedTable<WindowRow> {
    this.declared.set(table.name, table);
    return made(this.windows, table.name, () => new OrderedTable<WindowRow>((row) => [...row.key, row.start]));
  }

  referenceTable(name: string): OrderedTable<ReferenceRow> {
    return made(this.references, name, () => new OrderedTable<ReferenceRow>((row) => [row.id]));
  }
}

function made<Table>(tables: Map<string, Table>, name: string, make: () => Table): Table {
  const table = tables.get(name) ?? make();
  tables.set(name, table);
  return table;
}

/** Throws for a commit that must not be applied. Changes nothing. */
export function checkCommit(state: MemoryState, commit: Commit): void {
  const fault = commitFault(commit);
  if (fault !== null) throw new TypeError(`this commit cannot be kept: ${fault}`);
  if ((commit.erased ?? state.erased.version) < state.erased.version) throw new ErasedMeanwhile('somebody was erased meanwhile');
  checkPosition(state, commit);
  state.lanes.checkClaims(commit);
  const revisions = new Map<string, number>();
  for (const alert of commit.alerts ?? []) {
    const kept = revisions.get(alert.alert_id) ?? state.alerts.get(alert.alert_id)?.revision ?? 0;
    if (alert.revision !== kept + 1) {
      throw new StaleAlert(`alert ${alert.alert_id} is at revision ${kept}, not ${alert.revision - 1}`);
    }
    revisions.set(alert.alert_id, alert.revision);
  }
  checkSeen(state, commit);
}

/** An id may be counted once: not before, and not twice in one commit. */
function checkSeen(state: MemoryState, { seen = [] }: Commit): void {
  const added = new Map<number, Uint8Array>();
  for (const { page, bits } of seen) {
    const known = added.get(page) ?? state.seen.get(page);
    if (known?.some((byte, index) => (byte & bits[index]!) !== 0)) {
      throw new StaleState(`log rows of page ${page} are counted already`);
    }
    added.set(page, both(known, bits));
  }
}

function both(known: Uint8Array | undefined, bits: Uint8Array): Uint8Array {
  return known ? known.map((byte, index) => byte | bits[index]!) : bits;
}

function checkPosition(state: MemoryState, { position }: Commit): void {
  if (!position) return;
  const kept = state.positions.get(position.source) ?? null;
  if (kept !== position.from) throw new StalePosition(`${position.source} is at ${kept}, not at ${position.from}`);
}

/** Applies a checked commit. Takes what it is given, so hand it a copy. */
export function applyCommit(state: MemoryState, commit: Commit, now_ms: number): void {
  if (commit.position) state.positions.set(commit.position.source, commit.position.to);
  if (commit.lane) state.lanes.heard(commit.lane.name, commit.clock, now_ms);
  else if (commit.clock) state.clock = commit.clock;
  for (const changes of commit.windows ?? []) applyWindows(state, changes);
  for (const { page, bits } of commit.seen ?? []) state.seen.set(page, both(state.seen.get(page), bits));
  for (const change of commit.references ?? []) applyReference(state, change);
  for (const cohort of commit.cohorts ?? []) state.cohorts.set(cohort);
  for (const score of commit.scores ?? []) {
    if (!state.scores.get(score.user_id, score.course_id, score.as_of_ms)) state.scores.set(score);
  }
  for (const prediction of commit.predictions ?? []) state.predictions.set(prediction);
  applyWatch(state, commit);
  applyRecord(state, commit);
  for (const alert of commit.alerts ?? []) state.alerts.set(alert);
  for (const rejected of commit.rejected ?? []) applyRejected(state, rejected);
  for (const [name, count] of Object.entries(commit.ignored ?? {})) add(state.ignoredCounts, name, count);
  state.lanes.tell(
    commit,
    (commit.scores ?? []).filter((score) => isStored(state, score)),
  );
}

/** False for a score that was issued before with other words. */
function isStored(state: MemoryState, score: Score): boolean {
  const kept = state.scores.get(score.user_id, score.course_id, score.as_of_ms);
  return kept === score || JSON.stringify(kept) === JSON.stringify(score);
}

function shadowKey({ as_of_ms, course_id, user_id, model_version }: ShadowScore): ShadowKey {
  return [as_of_ms, course_id, user_id, model_version];
}

function applyRecord(state: MemoryState, { person_views = [], changes = [] }: Commit): void {
  for (const change of changes) state.changes.set(change);
  if (person_views.length === 0) return;
  for (const view of person_views) if (!state.personViews.get(...viewKey(view))) state.personViews.set(view);
  const views = state.personViews.all();
  const newest_ms = views.reduce((latest, view) => Math.max(latest, slotOf(view.at_ms)), 0);
  for (const view of views) if (slotOf(view.at_ms) < newest_ms - VIEWS_KEPT_MS) state.personViews.delete(...viewKey(view));
}

function applyWatch(state: MemoryState, { shadow_scores = [], drift, standings = [], alert_edits = [] }: Commit): void {
  for (const edit of alert_edits) if (!state.alertEdits.get(edit.alert_id, edit.revision)) state.alertEdits.set(edit);
  for (const standing of standings) state.standings.set(standing);
  for (const score of shadow_scores) {
    if (!state.shadowScores.get(...shadowKey(score))) state.shadowScores.set(score);
  }
  if (shadow_scores.length > 0) forget(state.shadowScores, SHADOW_KEPT_MS, shadowKey);
  if (drift === undefined) return;
  state.driftChecks.set(drift);
  forget(state.driftChecks, DRIFT_KEPT_MS, (row) => [row.as_of_ms]);
}

/** Rows that are more than `kept_ms` older than the newest. */
function forget<Row extends { as_of_ms: number }>(
  table: OrderedTable<Row>,
  kept_ms: number,
  keyOf: (row: Row) => (number | string)[],
): void {
  const rows = table.all();
  const newest_ms = rows.at(-1)?.as_of_ms ?? 0;
  for (const row of rows) {
    if (row.as_of_ms >= newest_ms - kept_ms) break;
    table.delete(...keyOf(row));
  }
}

function applyWindows(state: MemoryState, { table, deletes, upserts }: WindowChanges): void {
  const rows = state.windowTable(table);
  for (const { key, start } of deletes) rows.delete(...key, start);
  for (const row of upserts) rows.set(table.end === null ? { ...row, end: row.start } : row);
}

function applyReference(state: MemoryState, change: EnrolmentChange): void {
  if (change.op === 'truncate') {
    if (change.table === 'enrolment_events') return;
    const { source_ms, coordinate } = change;
    const rows = state.referenceTable(change.table);
    for (const kept of rows.all()) {
      if (!isStale(change, kept)) rows.set({ ...kept, deleted: true, source_ms, coordinate });
    }
    return;
  }
  const { reference, op } = change;
  const rows = state.referenceTable(reference.table);
  const kept = rows.get(reference.id);
  if (reference.table === 'enrolment_events' && (kept || op === 'delete')) return;
  if (kept && isStale(reference, kept)) return;
  const deleted = op === 'delete';
  const key_only = deleted && Object.keys(reference.row).length === 0;
  const { row, user_id, parent_id } = key_only && kept ? kept : reference;
  rows.set({ ...reference, row, user_id, parent_id, deleted });
}

function applyRejected(state: MemoryState, rejected: Rejected): void {
  if (state.rejected.get(rejected.source, rejected.position, rejected.reason)) return;
  add(state.rejectedCounts, rejected.reason, 1);
  if ((state.rejectedKept.get(rejected.source) ?? 0) >= REJECTED_KEPT) return;
  add(state.rejectedKept, rejected.source, 1);
  state.rejected.set(rejected);
}

function add(counts: Map<string, number>, name: string, count: number): void {
  counts.set(name, (counts.get(name) ?? 0) + count);
}

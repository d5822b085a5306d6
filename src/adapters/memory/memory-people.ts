/** Everything about one person in a memory store. */

import { noticeMark } from '../../notice-ports.js';
import {
  AGEING,
  alertsIn,
  clockWithout,
  type ErasedList,
  type Erasure,
  entryWithout,
  goneEntry,
  PERSON_TABLES,
  type PersonStore,
  type RowsAbout,
  STAFF_TABLES,
  type StaffMember,
  type StoredRow,
  slotOf,
  staffRows,
  type ToErase,
  type TooOld,
  toldWithout,
} from '../../ports.js';
import type { MemoryState } from './memory-state.js';

type Rows = { row: StoredRow; remove: () => void }[];

export class MemoryPeople implements PersonStore {
  constructor(
    private readonly held: () => MemoryState,
    private readonly owned: () => MemoryState,
  ) {}

  async rowsAbout(user_id: number): Promise<RowsAbout[]> {
    return about(this.held(), user_id).map(({ table, rows }) => ({ table, rows: rows.map(({ row }) => structuredClone(row)) }));
  }

  async rowsBy(of: StaffMember): Promise<RowsAbout[]> {
    return STAFF_TABLES.flatMap((staff) => {
      const rows = rowsOf(this.held(), staff.table).map(({ row }) => row);
      return staffRows(staff, rows, of);
    });
  }

  async erasedList(): Promise<ErasedList> {
    const { version, people } = this.held().erased;
    return { version, people: [...people.keys()].sort() };
  }

  async erase({ user_id, person, at_ms, sinks }: ToErase): Promise<Erasure> {
    const state = this.owned();
    const found = about(state, user_id);
    for (const { rows } of found) for (const { remove } of rows) remove();
    for (const event of state.referenceTable('enrolment_events').all()) if (event.row.userid === user_id) event.row.userid = null;
    const [before, after] = noticeMark('*', user_id).split('*') as [string, string];
    for (const source of state.positions.keys())
      if (source.startsWith(before) && source.endsWith(after)) state.positions.delete(source);
    const about_them = found.map(({ table, rows }) => ({ table, rows: rows.map(({ row }) => row) }));
    for (const [source, position] of state.positions) {
      const told = source.startsWith(before) ? toldWithout(position, alertsIn(about_them)) : null;
      if (told !== null) state.positions.set(source, told);
    }
    const theirs = (id: number) => id === user_id;
    if (state.clock) state.clock = clockWithout(state.clock, theirs);
    state.lanes.rewrite(
      (clock) => clockWithout(clock, theirs),
      (entry) => entryWithout(entry, user_id) ?? entry,
    );
    const gone = goneEntry(about_them);
    if (gone) state.lanes.put(sinks, gone);
    if (!state.erased.people.has(person)) state.erased.people.set(person, at_ms);
    state.erased.version += 1;
    return { version: state.erased.version, removed: Object.fromEntries(found.map(({ table, rows }) => [table, rows.length])) };
  }

  async removeOlder({ key, before, limit, running, sinks }: TooOld): Promise<number> {
    const state = this.owned();
    const { table, column, of_courses } = AGEING[key];
    const old = rowsOf(state, table)
      .filter(({ row }) => typeof row[column] === 'number' && row[column] < before)
      .filter(({ row }) => (key !== 'notes' || row.note !== null) && !(of_courses && running.includes(Number(row.course_id))))
      .sort((a, b) => Number(a.row[column]) - Number(b.row[column]))
      .slice(0, limit);
    for (const { row, remove } of old) {
      if (key === 'notes') state.alerts.set({ ...state.alerts.get(String(row.alert_id))!, note: null });
      else remove();
      if (key === 'alerts')
        for (const edit of state.alertEdits.all())
          if (edit.alert_id === row.alert_id) state.alertEdits.delete(edit.alert_id, edit.revision);
    }
    const gone = key === 'notes' ? null : goneEntry([{ table, rows: old.map(({ row }) => row) }]);
    if (gone) state.lanes.put(sinks, gone);
    return old.length;
  }

  async scrub(): Promise<void> {}
}

function about(state: MemoryState, user_id: number): { table: string; rows: Rows }[] {
  const alerts = new Set(state.alerts.all().flatMap((alert) => (alert.user_id === user_id ? alert.alert_id : [])));
  return PERSON_TABLES.flatMap(({ name, person }) => {
    const theirs = (row: StoredRow) =>
      person === 'alert_id' ? alerts.has(String(row.alert_id)) : row.user_id === user_id || row.tutor_id === user_id;
    const rows = rowsOf(state, name).filter(({ row }) => theirs(row));
    return rows.length === 0 ? [] : [{ table: name, rows: rows.map(({ row, remove }) => ({ row: without(row), remove })) }];
  });
}

/** `tutor_id` is no column, but stands in one. */
function without({ tutor_id: _, ...row }: StoredRow): StoredRow {
  return row;
}

/** The rows of a table as a database would have them. */
function rowsOf(state: MemoryState, table: string): Rows {
  if (table === 'reference_rows')
    return [...state.references.values()].flatMap((rows) =>
      rows.all().map(({ table: table_name, row: columns, coordinate: _, deleted, ...rest }) => ({
        row: {
          table_name,
          ...rest,
          deleted: Number(deleted),
          columns: JSON.stringify(columns),
          tutor_id: columns.tutor_id ?? null,
        },
        remove: () => rows.delete(rest.id),
      })),
    );
  const windows = state.windows.get(table);
  if (windows) {
    const { key, start, end, values } = state.declared.get(table)!;
    return windows.all().map((row) => ({
      row: Object.fromEntries([
        ...key.map((name, i) => [name, row.key[i]!] as const),
        [start, row.start],
        ...(end === null ? [] : [[end, row.end] as const]),
        ...values.map((name, i) => [name, row.values[i]!] as const),
      ]),
      remove: () => windows.delete(...row.key, row.start),
    }));
  }
  const flat = (row: object) =>
    Object.fromEntries(
      Object.entries(row).map(([name, cell]) => [name, typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell]),
    ) as StoredRow;
  switch (table) {
    case 'scores':
      return state.scores.all().map((row) => ({ row: flat(row), remove: () => state.scores.remove(row) }));
    case 'predictions':
      return state.predictions.all().map((row) => ({ row: flat(row), remove: () => state.predictions.remove(row) }));
    case 'shadow_scores':
      return state.shadowScores.all().map((row) => ({ row: flat(row), remove: () => state.shadowScores.remove(row) }));
    case 'alerts':
      return state.alerts.all().map((row) => ({ row: flat(row), remove: () => state.alerts.remove(row) }));
    case 'alert_edits':
      return state.alertEdits.all().map((row) => ({
        row: { alert_id: row.alert_id, revision: row.revision, body: JSON.stringify(row) },
        remove: () => state.alertEdits.remove(row),
      }));
    case 'person_views':
      return state.personViews.all().map((row) => ({
        row: { ...flat(row), slot_ms: slotOf(row.at_ms) },
        remove: () => state.personViews.remove(row),
      }));
    case 'recorded_changes':
      return state.changes
        .all()
        .map((row) => ({ row: { ...flat(row), changed_by: row.by }, remove: () => state.changes.remove(row) }));
    case 'user_claims':
      return state.lanes
        .claimed()
        .map(([user_id, lane]) => ({ row: { user_id, lane }, remove: () => state.lanes.unclaim(user_id) }));
    default:
      return [];
  }
}

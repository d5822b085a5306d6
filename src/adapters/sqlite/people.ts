/** Everything about one person, told or removed; and what is too old. By the list of `person-tables.ts`. */
import type { Clock } from '../../domain.js';
import { noticeMark } from '../../notice-ports.js';
import {
  alertsIn,
  clockWithout,
  type ErasedList,
  ErasedMeanwhile,
  type Erasure,
  entryWithout,
  goneEntry,
  type OutboxEntry,
  PERSON_TABLES,
  type PersonStore,
  type PersonTable,
  type RowsAbout,
  STAFF_TABLES,
  type StaffMember,
  type StoredRow,
  staffRows,
  type ToErase,
  type TooOld,
  toldWithout,
} from '../../ports.js';
import type { Connection } from './connection.js';
import { removeOld } from './older.js';

/** By the index of each table's rows, without reading those of others. */
const REFERENCES = `table_name IN (WITH RECURSIVE names(name) AS (
    SELECT min(table_name) FROM reference_rows
    UNION ALL SELECT (SELECT min(table_name) FROM reference_rows WHERE table_name > name) FROM names WHERE name IS NOT NULL
  ) SELECT name FROM names WHERE name IS NOT NULL) AND user_id = ?`;
const TUTORED = "table_name = 'sis_tutors' AND json_extract(columns, '$.tutor_id') = ?";
/** Who enrolled somebody else stands in the event about them. */
const ACTED = `UPDATE reference_rows SET columns = json_set(columns, '$.userid', NULL)
  WHERE table_name = 'enrolment_events' AND json_extract(columns, '$.userid') = ?`;

export class SqlitePeople implements PersonStore {
  constructor(
    private readonly held: () => Connection,
    private readonly owned: () => Connection,
    /** Told of rows that went, after they did. */
    private readonly removed: (rows: RowsAbout[]) => void,
  ) {}

  async rowsAbout(user_id: number): Promise<RowsAbout[]> {
    return aboutPerson(this.held(), user_id);
  }

  async rowsBy(of: StaffMember): Promise<RowsAbout[]> {
    return STAFF_TABLES.flatMap((staff) => {
      const { table, name, number, inside } = staff;
      // Not every text of reference rows is looked into: staff stand in one kind of them.
      const kind = table === 'reference_rows' ? "table_name = 'sis_student_statements' AND " : '';
      const column = (field: string) => (inside === null ? field : `json_extract(${inside}, '$.${field}')`);
      const or_number = number === null ? '' : ` OR ${column(number)} = ${of.user_id}`;
      const query = `SELECT * FROM ${table} WHERE ${kind}(${column(name)} IN (SELECT value FROM json_each(?))${or_number})`;
      const rows = this.held()
        .prepare(query)
        .all([JSON.stringify(of.names)]) as StoredRow[];
      return staffRows(staff, rows, of);
    });
  }

  async erasedList(): Promise<ErasedList> {
    const connection = this.held();
    const people = connection.prepare('SELECT person FROM erased ORDER BY person').all();
    return { version: versionOf(connection), people: people.map((row) => String(row.person)) };
  }

  async erase(one: ToErase): Promise<Erasure> {
    const connection = this.owned();
    // What is removed is overwritten, and not only let go of.
    connection.exec('PRAGMA secure_delete = ON');
    try {
      const { rows, version } = connection.transaction(() => erased(connection, one));
      this.removed(rows);
      const removed = Object.fromEntries(rows.map(({ table, rows }) => [table, rows.length]));
      return { version, removed };
    } finally {
      connection.exec('PRAGMA secure_delete = OFF');
      // The write-ahead log holds the pages as they were until it begins anew.
      connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    }
  }

  async removeOlder(old: TooOld): Promise<number> {
    const connection = this.owned();
    const { count, about } = connection.transaction(() => {
      const gone = removeOld(connection, old);
      tell(connection, gone.about, old.sinks);
      return gone;
    });
    this.removed(about);
    return count;
  }

  async scrub(): Promise<void> {
    const connection = this.owned();
    connection.exec('VACUUM');
    connection.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  }
}

/** Throws for a commit that was made by an older list. */
export function checkErased(connection: Connection, version: number | undefined): void {
  if (version !== undefined && version < versionOf(connection)) throw new ErasedMeanwhile('somebody was erased meanwhile');
}

function versionOf(connection: Connection): number {
  return Number(connection.prepare('SELECT version FROM erased_version').all()[0]?.version ?? 0);
}

function conditionOf({ name, person }: PersonTable): string {
  if (name === 'reference_rows') return `(${REFERENCES}) OR (${TUTORED})`;
  return person === 'user_id' ? 'user_id = ?' : 'alert_id IN (SELECT alert_id FROM alerts WHERE user_id = ?)';
}

function valuesOf({ name }: PersonTable, user_id: number): number[] {
  return name === 'reference_rows' ? [user_id, user_id] : [user_id];
}

function aboutPerson(connection: Connection, user_id: number): RowsAbout[] {
  return PERSON_TABLES.flatMap((table) => {
    const rows = connection.prepare(`SELECT * FROM ${table.name} WHERE ${conditionOf(table)}`).all(valuesOf(table, user_id));
    return rows.length === 0 ? [] : [{ table: table.name, rows: rows as StoredRow[] }];
  });
}

function erased(connection: Connection, { user_id, person, at_ms, sinks }: ToErase): { rows: RowsAbout[]; version: number } {
  const rows = aboutPerson(connection, user_id);
  for (const table of PERSON_TABLES)
    connection.prepare(`DELETE FROM ${table.name} WHERE ${conditionOf(table)}`).run(valuesOf(table, user_id));
  connection.prepare(ACTED).run([user_id]);
  connection.prepare('DELETE FROM positions WHERE source LIKE ?').run([noticeMark('%', user_id)]);
  takeOutOfNotices(connection, alertsIn(rows));
  takeOutOfClocks(connection, user_id);
  takeOutOfOutbox(connection, user_id);
  tell(connection, rows, sinks);
  connection.prepare('INSERT INTO erased (person, erased_ms) VALUES (?, ?) ON CONFLICT DO NOTHING').run([person, at_ms]);
  connection.prepare('UPDATE erased_version SET version = version + 1').run();
  return { rows, version: versionOf(connection) };
}

function tell(connection: Connection, rows: readonly RowsAbout[], sinks: readonly string[]): void {
  const entry = goneEntry(rows);
  if (entry === null) return;
  const body = JSON.stringify({ scores: [], alerts: [], ...entry });
  for (const sink of new Set(sinks)) connection.prepare('INSERT INTO outbox (sink, body) VALUES (?, ?)').run([sink, body]);
}

/** Which alerts staff were told of. */
function takeOutOfNotices(connection: Connection, alert_ids: readonly string[]): void {
  const marks = connection.prepare('SELECT source, position FROM positions WHERE source LIKE ?').all([noticeMark('%', '%')]);
  for (const { source, position } of marks) {
    const told = toldWithout(String(position), alert_ids);
    if (told !== null) connection.prepare('UPDATE positions SET position = ? WHERE source = ?').run([told, source]);
  }
}

function takeOutOfClocks(connection: Connection, user_id: number): void {
  for (const table of ['clock', 'lane_clocks']) {
    const key = table === 'clock' ? 'id' : 'lane';
    for (const row of connection.prepare(`SELECT ${key} AS name, clock FROM ${table}`).all()) {
      const kept: Clock = JSON.parse(String(row.clock));
      const clock = clockWithout(kept, (id) => id === user_id);
      if (clock !== kept)
        connection.prepare(`UPDATE ${table} SET clock = ? WHERE ${key} = ?`).run([JSON.stringify(clock), row.name]);
    }
  }
}

function takeOutOfOutbox(connection: Connection, user_id: number): void {
  const next = connection.prepare('SELECT id, body FROM outbox WHERE id > ? AND instr(body, ?) > 0 ORDER BY id LIMIT 1');
  for (let after = 0; ; ) {
    const [row] = next.all([after, String(user_id)]);
    if (row === undefined) return;
    after = Number(row.id);
    const entry = entryWithout(JSON.parse(String(row.body)) as OutboxEntry, user_id);
    if (entry !== null) connection.prepare('UPDATE outbox SET body = ? WHERE id = ?').run([JSON.stringify(entry), after]);
  }
}

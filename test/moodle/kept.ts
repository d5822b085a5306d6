/** Recorded samples, and a store small enough for a test: rows by table and id, with the version guard of the real ones. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Change, EnrolmentChange, ReferenceRow, ReferenceTable } from '../../src/domain.js';
import { DebeziumDecoder } from '../../src/moodle/debezium.js';
import type { EnrolmentRows } from '../../src/moodle/enrolments.js';
import { interpret } from '../../src/moodle/interpret.js';
import { isStale } from '../../src/ports.js';

export function linesOf(sample: string): string[] {
  return gunzipSync(readFileSync(new URL(`../../samples/${sample}.ndjson.gz`, import.meta.url)))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
}

export function changesOf(sample: string): Change[] {
  const decoder = new DebeziumDecoder({ prefix: 'mdl_' });
  return linesOf(sample).flatMap((line, i) => {
    const decoded = decoder.decode(line, `line ${i + 1}`);
    if (decoded.kind === 'rejected') throw new Error(`line ${i + 1}: ${decoded.reason} ${decoded.detail}`);
    return decoded.kind === 'change' ? [decoded.change] : [];
  });
}

export class Kept {
  private readonly rows = new Map<string, ReferenceRow>();

  static of(changes: readonly Change[]): Kept {
    const kept = new Kept();
    for (const change of changes)
      for (const reference of interpret(change, { count_anonymous: false }).references) kept.apply(reference);
    return kept;
  }

  apply(change: EnrolmentChange): void {
    if (change.op === 'truncate') {
      for (const [key, row] of this.rows) if (row.table === change.table) this.rows.set(key, { ...row, deleted: true });
      return;
    }
    const { reference } = change;
    const key = `${reference.table} ${reference.id}`;
    const known = this.rows.get(key);
    if (known !== undefined && (reference.table === 'enrolment_events' || isStale(reference, known))) return;
    const key_only = change.op === 'delete' && Object.keys(reference.row).length === 0;
    const { user_id, parent_id, row } = key_only && known !== undefined ? known : reference;
    this.rows.set(key, { ...reference, user_id, parent_id, row });
  }

  table(table: ReferenceTable): ReferenceRow[] {
    return [...this.rows.values()].filter((row) => row.table === table).sort((a, b) => a.id - b.id);
  }

  enrolmentRows(): EnrolmentRows {
    return {
      users: this.table('user'),
      courses: this.table('course'),
      enrols: this.table('enrol'),
      userEnrolments: this.table('user_enrolments'),
      roles: this.table('role'),
      roleAssignments: this.table('role_assignments'),
      contexts: this.table('context'),
      completions: this.table('course_completions'),
      events: this.table('enrolment_events'),
    };
  }
}

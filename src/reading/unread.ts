/** What students wrote of themselves and nobody has said yet that they have read it: who asks for help must not wait on a page that nobody opens. */
import type { Enrolment } from '../domain.js';
import { STATEMENTS, type Statement, type StatementKind, statementOf } from '../pipeline/student-voice.js';
import { STORE_KEYS_MAX, type Store } from '../ports.js';
import { pair } from './grouping.js';
import type { Names } from './names.js';
import type { Unread } from './views.js';

type References = Pick<Store, 'references'>;
type Place = Pick<Enrolment, 'user_id' | 'course_id'>;

/** What presses most comes first. */
const URGENCY: readonly StatementKind[] = ['help', 'wrong', 'circumstances'];
/** A list for people; what is beyond it comes up when these are read. */
const UNREAD_MAX = 500;

/** Calls for help first, then the oldest. */
export async function namedUnread(store: References, names: Names): Promise<Unread[]> {
  const all = unreadIn(await store.references(STATEMENTS));
  const found = all.sort((a, b) => urgency(a.kind) - urgency(b.kind) || a.at_ms - b.at_ms).slice(0, UNREAD_MAX);
  const [people, courses] = [await names.people(found.map(({ user_id }) => user_id)), await names.courses()];
  return found.map(({ statement_id, user_id, course_id, at_ms, kind }) => ({
    statement_id,
    person: people(user_id),
    course: courses(course_id),
    at_ms,
    kind,
  }));
}

/** Of these students, by course: what presses most. */
export async function unreadOf(store: References, asked: number[]): Promise<(place: Place) => StatementKind | null> {
  const user_ids = [...new Set(asked)];
  const known = new Map<string, StatementKind>();
  for (let i = 0; i < user_ids.length; i += STORE_KEYS_MAX)
    for (const said of unreadIn(await store.references(STATEMENTS, { user_ids: user_ids.slice(i, i + STORE_KEYS_MAX) }))) {
      const before = known.get(pair(said));
      if (before === undefined || urgency(said.kind) < urgency(before)) known.set(pair(said), said.kind);
    }
  return (place) => known.get(pair(place)) ?? null;
}

function unreadIn(rows: Awaited<ReturnType<References['references']>>): Statement[] {
  return rows.flatMap((row) => (row.deleted || row.row.seen_ms !== null ? [] : [statementOf(row)]));
}

const urgency = (kind: StatementKind): number => URGENCY.indexOf(kind);

/** The early list as people work from it: who may fall silent, whose they are, and whether somebody called. */
import type { Early } from '../domain.js';
import type { Calendar } from '../windows/calendar.js';
import type { Assignments } from './assignments.js';
import { byPeople } from './by-people.js';
import { callsOf } from './calls.js';
import { dealtWithLately } from './contacts.js';
import { slice } from './cursors.js';
import type { EarlyFilter } from './filters.js';
import { fitting } from './fitting.js';
import { lastContact } from './last-contact.js';
import type { AlertPlace } from './latest.js';
import type { SeenStore } from './limited.js';
import type { Names } from './names.js';
import type { Shown } from './shown.js';
import { unreadOf } from './unread.js';
import type { EarlyRow, PageOf } from './views.js';

type Contacts = (of: Pick<Early, 'user_id' | 'course_id'>) => AlertPlace | undefined;

export class EarlyRows {
  constructor(
    private readonly store: SeenStore,
    private readonly shown: Shown,
    private readonly names: Names,
    private readonly assignments: Assignments,
    private readonly calendar: Calendar,
    private readonly now_ms: () => number,
  ) {}

  /**
   * By course and rank. One row a student: the place where they are the likeliest to fall silent; the likeliest student first, whom nobody
   * has to call now last.
   */
  async page(filter: EarlyFilter, cursor: string | null, limit: number): Promise<PageOf<EarlyRow> & { total: number }> {
    const fits = await fitting(filter, this.assignments, this.shown, this.now_ms());
    const places = (await this.shown.early(filter.course_id)).filter(fits);
    const by_student = studentsOf(places);
    const dealt_with = dealtWithLately(await this.shown.places(), this.now_ms());
    const later = ({ user_id }: Early) => Number(dealt_with.has(user_id));
    const toCallFirst = (a: Early, b: Early) => later(a) - later(b) || likeliestFirst(a, b);
    const found = filter.one_each ? [...by_student.values()].map(([first]) => first!).sort(toCallFirst) : places;
    const page = slice(found, cursor, limit);
    const others = (e: Early) => (filter.one_each ? by_student.get(e.user_id)!.slice(1) : []);
    const contact = filter.one_each ? await this.#contactsOfStudents() : await this.shown.contacts();
    const named = await this.#named(page.items, others, contact);
    return { ...page, items: named.map((row) => ({ ...row, dealt_with: dealt_with.has(row.user_id) })), total: found.length };
  }

  /** Of a student, the alert that a person resolved last, whatever the course. */
  async #contactsOfStudents(): Promise<Contacts> {
    const contacts = new Map<number, AlertPlace>();
    for (const alert of byPeople(await this.shown.places())) if (!contacts.has(alert.user_id)) contacts.set(alert.user_id, alert);
    return ({ user_id }) => contacts.get(user_id);
  }

  async #named(places: Early[], others: (place: Early) => Early[], contact: Contacts): Promise<Omit<EarlyRow, 'dealt_with'>[]> {
    const users = places.map(({ user_id }) => user_id);
    const [people, courses] = [await this.names.people(users), await this.names.courses()];
    const reasons = await this.shown.earlyReasons(places);
    const call = await callsOf(this.store, users, this.calendar.day(this.now_ms()));
    const unread = await unreadOf(this.store, users);
    const [waiting, owner] = [await this.shown.unresolved(), await this.shown.owners()];
    const rows: Omit<EarlyRow, 'dealt_with'>[] = [];
    for (const place of places) {
      const alert = waiting(place);
      rows.push({
        ...place,
        reasons: reasons(place),
        person: people(place.user_id),
        course: courses(place.course_id),
        call: call(place),
        also_in: others(place).map(({ course_id }) => courses(course_id)),
        owner: owner(place.user_id),
        alert: alert === undefined ? null : await this.store.alert(alert.alert_id),
        last_contact: await lastContact(this.store, contact(place), this.now_ms()),
        unread: [place, ...others(place)].map(unread).find((kind) => kind !== null) ?? null,
      });
    }
    return rows;
  }
}

/** The places of each, the likeliest first. */
export function studentsOf(places: readonly Early[]): Map<number, Early[]> {
  const students = new Map<number, Early[]>();
  for (const place of places) students.set(place.user_id, [...(students.get(place.user_id) ?? []), place]);
  for (const each of students.values()) each.sort(likeliestFirst);
  return students;
}

function likeliestFirst(a: Early, b: Early): number {
  return b.early_score - a.early_score || a.user_id - b.user_id || a.course_id - b.course_id;
}

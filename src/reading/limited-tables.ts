/** The tables as one viewer sees them: rows of their courses and of the students given to them. */
import { maySee, seesEverything, type Viewer } from '../access/viewer.js';
import { afterOf, firstRows } from './cursors.js';
import { TABLES, type TableInfo, type TableRow, type Value } from './table-infos.js';
import type { TableFilter } from './tables.js';
import type { PageOf } from './views.js';

export interface ReadTables {
  readonly infos: readonly TableInfo[];
  info(name: string): TableInfo | undefined;
  rows(name: string, filter: TableFilter, after?: Value[]): AsyncIterable<TableRow>;
  page(name: string, filter: TableFilter, cursor: string | null, limit: number): Promise<PageOf<TableRow>>;
}

/** Of those who see a part, only tables of Moodle's students: whose a click is, nobody says. */
const OF_STUDENTS = TABLES.filter(({ columns }) => columns.some(({ name }) => name === 'user_id'));

export function tablesFor(viewer: Viewer, tables: ReadTables): ReadTables {
  return seesEverything(viewer) ? tables : new LimitedTables(viewer, tables);
}

class LimitedTables implements ReadTables {
  readonly infos: readonly TableInfo[];

  constructor(
    private readonly viewer: Viewer,
    private readonly tables: ReadTables,
  ) {
    this.infos = OF_STUDENTS.filter(({ name }) => tables.info(name));
  }

  info(name: string): TableInfo | undefined {
    return this.infos.find((info) => info.name === name);
  }

  async *rows(name: string, filter: TableFilter, after?: Value[]): AsyncGenerator<TableRow> {
    const users = filter.user_id === undefined ? this.#users(this.info(name)!) : null;
    if (users === null) yield* this.#seen(name, filter, after);
    else
      for (const user_id of users) {
        const of = { ...filter, user_id };
        if (after === undefined || user_id > Number(after[0])) yield* this.#seen(name, of);
        else if (user_id === after[0]) yield* this.#seen(name, of, after);
      }
  }

  /** Made of rows that are seen: a page that is cut before would be short, and its cursor would name somebody else's row. */
  async page(name: string, filter: TableFilter, cursor: string | null, limit: number): Promise<PageOf<TableRow>> {
    const { key } = this.info(name)!;
    return firstRows(this.rows(name, filter, afterOf(cursor, key.length)), key, limit);
  }

  async *#seen(name: string, filter: TableFilter, after?: Value[]): AsyncGenerator<TableRow> {
    for await (const row of this.tables.rows(name, filter, after)) if (isSeen(this.viewer, row)) yield row;
  }

  /**
   * Whose rows alone are asked for, one after another, so that nobody reads a table of the whole site to find one student. null = whoever
   * is in the viewer's courses: there the table is read on, as a stream of it is.
   */
  #users({ key, columns }: TableInfo): number[] | null {
    const { course_ids, user_ids, pairs } = this.viewer;
    const by_course = columns.some(({ name }) => name === 'course_id');
    if (key[0] !== 'user_id' || (by_course && course_ids!.size > 0)) return null;
    const of_pairs = by_course ? [...pairs].map((pair) => Number(pair.split('/')[0])) : [];
    return [...new Set([...user_ids, ...of_pairs])].sort((a, b) => a - b);
  }
}

/** What a student did over all courses is for those to whom the student was given, not for a teacher of one course. */
function isSeen(viewer: Viewer, { user_id, course_id }: TableRow): boolean {
  if (course_id === undefined) return viewer.user_ids.has(Number(user_id));
  return maySee(viewer, { user_id: Number(user_id), course_id: Number(course_id) });
}

/** The tables as one viewer sees them: rows of their courses and of the students given to them. */
import { maySee, seesEverything, type Viewer } from '../access/viewer.js';
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
  if (seesEverything(viewer)) return tables;
  const seen = (row: TableRow) => isSeen(viewer, row);
  const infos = OF_STUDENTS.filter(({ name }) => tables.info(name));
  return {
    infos,
    info: (name) => infos.find((info) => info.name === name),
    async *rows(name, filter, after) {
      for await (const row of tables.rows(name, filter, after)) if (seen(row)) yield row;
    },
    /** May be shorter than asked for. */
    async page(name, filter, cursor, limit) {
      const page = await tables.page(name, filter, cursor, limit);
      return { ...page, items: page.items.filter(seen) };
    },
  };
}

/** What a student did over all courses is for those to whom the student was given, not for a teacher of one course. */
function isSeen(viewer: Viewer, { user_id, course_id }: TableRow): boolean {
  if (course_id === undefined) return viewer.user_ids.has(Number(user_id));
  return maySee(viewer, { user_id: Number(user_id), course_id: Number(course_id) });
}

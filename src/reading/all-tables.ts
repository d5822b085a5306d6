/** All tables by name, the site's and the clicks': what exports and the interface read. */
import { CLICK_TABLES } from './click-table-infos.js';
import type { ClickTables } from './click-tables.js';
import { afterOf, firstRows } from './cursors.js';
import { TABLES, type TableInfo, type TableRow, type Value } from './table-infos.js';
import type { TableFilter, Tables } from './tables.js';
import { BadFilter, type PageOf } from './views.js';

export class AllTables {
  constructor(
    /** null where only clicks are read. */
    private readonly site: Tables | null,
    private readonly clicks: ClickTables,
  ) {}

  get infos(): readonly TableInfo[] {
    return [...TABLES, ...CLICK_TABLES];
  }

  info(name: string): TableInfo | undefined {
    return this.infos.find((table) => table.name === name);
  }

  /** Rows of a table in the order of its key, after the given key values (exclusive). Throws `BadFilter` for one that the table lacks. */
  rows(name: string, filter: TableFilter = {}, after?: Value[]): AsyncIterable<TableRow> {
    if (name === 'rejected') {
      const clicks = this.clicks.rejected(after as [string, string, string]);
      return this.site === null ? clicks : merged(this.site.rows(name, filter, after), clicks, this.info(name)!.key);
    }
    if (TABLES.some((table) => table.name === name)) return this.#site.rows(name, filter, after);
    if (filter.user_id !== undefined || filter.course_id !== undefined)
      throw new BadFilter(`${name} is a table of clicks, which know no Moodle user or course: leave that filter out`);
    return this.clicks.rows(name, filter, after);
  }

  get #site(): Tables {
    if (this.site === null) throw new Error('the tables of the site were not opened');
    return this.site;
  }

  /** One page of a table; the cursor is the key of its last row. Throws `BadCursor` for one that is none of ours. */
  async page(name: string, filter: TableFilter, cursor: string | null, limit: number): Promise<PageOf<TableRow>> {
    const { key } = this.info(name)!;
    return firstRows(this.rows(name, filter, afterOf(cursor, key.length)), key, limit);
  }
}

/** Two ordered tables as one. */
async function* merged(one: AsyncIterable<TableRow>, other: AsyncIterable<TableRow>, key: string[]): AsyncGenerator<TableRow> {
  const [a, b] = [one[Symbol.asyncIterator](), other[Symbol.asyncIterator]()];
  let [left, right] = [await a.next(), await b.next()];
  const isBefore = (x: TableRow, y: TableRow) => {
    for (const column of key) if (x[column] !== y[column]) return x[column]! < y[column]!;
    return true;
  };
  while (!left.done || !right.done) {
    if (!left.done && (right.done || isBefore(left.value, right.value))) {
      yield left.value;
      left = await a.next();
    } else {
      yield right.value as TableRow;
      right = await b.next();
    }
  }
}

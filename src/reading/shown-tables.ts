/** The tables as people may see them: without what is kept back of courses that are not checked yet. Exports by command show all. */
import type { AllTables } from './all-tables.js';
import type { Standings, Trust } from './standings.js';
import type { TableInfo, TableRow, Value } from './table-infos.js';
import type { TableFilter } from './tables.js';
import type { PageOf } from './views.js';

/** Their rows are, or come of, a score. */
const OF_SCORES: ReadonlySet<string> = new Set(['scores', 'in_risk', 'alerts', 'early']);

export class ShownTables {
  constructor(
    private readonly tables: AllTables,
    private readonly standings: Standings,
  ) {}

  get infos(): readonly TableInfo[] {
    return this.tables.infos;
  }

  info(name: string): TableInfo | undefined {
    return this.tables.info(name);
  }

  async *rows(name: string, filter: TableFilter = {}, after?: Value[]): AsyncGenerator<TableRow> {
    const trust = OF_SCORES.has(name) ? await this.standings.look() : null;
    for await (const row of this.tables.rows(name, filter, after)) if (isShown(trust, row)) yield row;
  }

  /** A page may be shorter than asked for where rows of it are kept back. */
  async page(name: string, filter: TableFilter, cursor: string | null, limit: number): Promise<PageOf<TableRow>> {
    const trust = OF_SCORES.has(name) ? await this.standings.look() : null;
    const page = await this.tables.page(name, filter, cursor, limit);
    return { ...page, items: page.items.filter((row) => isShown(trust, row)) };
  }
}

function isShown(trust: Trust | null, row: TableRow): boolean {
  return trust === null || trust.isShown(Number(row.course_id));
}

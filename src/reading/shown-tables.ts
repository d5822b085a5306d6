/**
 * The tables as people may see them: without those who opted out, and without what is kept back of courses that are not checked yet.
 * Exports by command show all but the scores of who opted out: whoever runs one can read the store as well.
 */
import type { Roster } from '../pipeline/roster.js';
import type { AllTables } from './all-tables.js';
import { afterOf, firstRows } from './cursors.js';
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
    private readonly roster: Pick<Roster, 'optedOut'>,
  ) {}

  get infos(): readonly TableInfo[] {
    return this.tables.infos;
  }

  info(name: string): TableInfo | undefined {
    return this.tables.info(name);
  }

  async *rows(name: string, filter: TableFilter = {}, after?: Value[]): AsyncGenerator<TableRow> {
    const trust = OF_SCORES.has(name) ? await this.standings.look() : null;
    const opted_out = await this.roster.optedOut();
    for await (const row of this.tables.rows(name, filter, after))
      if (isShown(trust, row) && !opted_out.has(row.user_id as number)) yield row;
  }

  /** Made of rows that are shown: the cursor names one of them. */
  async page(name: string, filter: TableFilter, cursor: string | null, limit: number): Promise<PageOf<TableRow>> {
    const { key } = this.info(name)!;
    return firstRows(this.rows(name, filter, afterOf(cursor, key.length)), key, limit);
  }
}

function isShown(trust: Trust | null, row: TableRow): boolean {
  return trust === null || trust.isShown(Number(row.course_id));
}

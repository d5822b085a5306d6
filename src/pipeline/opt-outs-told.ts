/**
 * What comes of somebody's scores leaves a sink when they opt out, whoever said so. Now and then, when all else is told, who opted out is
 * compared with the last time by a digest; where it differs, the rows of all of them are told as no more. Who opts in again has new scores
 * from then on, and the old ones with the next `index rebuild`.
 */
import { createHash } from 'node:crypto';
import type { Publication, Store } from '../ports.js';
import type { Publications } from './publications.js';

const PUBLICATIONS_PER_PAGE = 5_000;
/** Nobody has. */
const NOBODY = '';

export class OptOutsTold {
  constructor(
    private readonly store: Pick<Store, 'commit' | 'position'>,
    private readonly rows: Publications,
    /** Of the sink. */
    private readonly tables: readonly string[],
    private readonly position: string,
  ) {}

  /** How many rows were told as gone; null when `send` said so. */
  async retell(send: (page: Publication[]) => Promise<number | null>): Promise<number | null> {
    const opted_out = [...(await this.rows.roster.optedOut())].sort((a, b) => a - b);
    const kept = await this.store.position(this.position);
    const digest = digestOf(opted_out);
    if (digest === (kept ?? NOBODY)) return 0;
    let sent = 0;
    let page: Publication[] = [];
    const flush = async () => {
      const refused = await send(page);
      if (refused === null) return false;
      sent += page.length - refused;
      page = [];
      return true;
    };
    for (const user_id of opted_out)
      for await (const publication of this.rows.withoutScores(user_id)) {
        if (this.tables.includes(publication.table)) page.push(publication);
        if (page.length === PUBLICATIONS_PER_PAGE && !(await flush())) return null;
      }
    if (page.length > 0 && !(await flush())) return null;
    await this.store.commit({ position: { source: this.position, from: kept, to: digest } });
    return sent;
  }
}

/** Without their numbers: a position names nobody. */
function digestOf(user_ids: readonly number[]): string {
  return user_ids.length === 0 ? NOBODY : createHash('sha256').update(user_ids.join(' ')).digest('hex').slice(0, 16);
}

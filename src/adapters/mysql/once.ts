/** A commit that is done once, whatever happens to the connection in its middle. */
import type { Commit } from '../../ports.js';
import { lockedPosition, type PositionTable } from './commit.js';
import type { Database, Sql } from './database.js';
import { verdictOf } from './faults.js';

/** `work` in a transaction, again until it is done. If the connection broke while COMMIT was on it, the position tells whether it was done. */
export async function commitOnce(
  database: Database,
  position: Commit['position'],
  table: PositionTable,
  work: (sql: Sql) => Promise<void>,
): Promise<void> {
  const arrived = async () => {
    if (!position || position.from === position.to) return false;
    return database.transaction(async (sql) => (await lockedPosition(sql, position.source, table)) === position.to);
  };
  let unsure = false;
  await database.again(async () => {
    if (unsure && (await arrived())) return;
    unsure = false;
    let sent = false;
    const mark = () => {
      sent = true;
    };
    try {
      await database.transaction(work, mark);
    } catch (error) {
      unsure = sent && verdictOf(error) === 'away';
      throw error;
    }
  });
}

/** Why a lane leaves a row out, in words that repeat nothing of it. */
import type { Activity, Change, Rejected } from '../domain.js';
import { UNUSED_TABLES } from '../moodle/tables.js';
import { JUMP_MS_MAX } from '../windows/event-clock.js';

/** Each table that is not one of Moodle's is named once; its rows are only counted. */
export function unknownTables(source: string, ignored: Record<string, number>): Rejected[] {
  return Object.keys(ignored)
    .filter((what) => what.startsWith('table ') && !UNUSED_TABLES.has(what.slice('table '.length)))
    .map((what) => ({
      source,
      position: what,
      reason: 'unknown-table',
      detail: 'none of the tables that are read; its rows are left out',
    }));
}

/**
 * Is this another row than the one that was counted under its id? All that was counted moved the clock to its own time at least, so a row of
 * a later time was not among it. (Within a jump of the clock: what lies further ahead was counted without moving it.) One that is not later
 * looks like a row that is delivered again. Several lanes have clocks of their own and cannot tell.
 */
export function isAnother({ time_ms }: Activity, reached_ms: number | null): boolean {
  return reached_ms !== null && time_ms > reached_ms && time_ms <= reached_ms + JUMP_MS_MAX;
}

/** By its id, since all rows of a snapshot are in one place. */
export function reused(source: string, { table }: Change, { id }: Activity): Rejected {
  const detail = `${table}: an earlier row with this id was counted, so this one is not; ids come again after a failover that lost rows, or when the table was emptied`;
  return { source, position: `${table}, id ${id}`, reason: 'reused-id', detail };
}

export function future(source: string, change: Change, activity: Activity): Rejected {
  return {
    source,
    position: change.at,
    reason: 'future',
    detail: `${change.table}.timecreated of row ${activity.id} is more than 24 h ahead of this machine's clock`,
  };
}

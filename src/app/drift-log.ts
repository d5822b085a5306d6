/** Says at each tick whether its data could be believed, and when alerts go on. */
import type { DriftCheck } from '../ports.js';
import { REMEDY } from '../scoring/signs.js';
import type { Log } from './log.js';

export function driftLog(log: Pick<Log, 'info' | 'warn'>): (check: DriftCheck) => void {
  let waiting = false;
  return ({ suspect, held, psi }) => {
    if (suspect !== null) {
      log.warn(
        { ...psi },
        `${held ? 'new alerts are held back' : 'the data looks wrong, and alerts go on'}: ${suspect} ${REMEDY}`,
      );
    } else if (waiting) {
      log.info({ ...psi }, 'the data can be believed again: alerts go on');
    }
    waiting = suspect !== null;
  };
}

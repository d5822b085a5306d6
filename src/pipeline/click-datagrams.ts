/** Datagrams to records. Nobody waits for an answer, so what is of no use is only counted and kept as rejected. */
import { isUtf8 } from 'node:buffer';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClickDoor, ClickParcel } from './click-door.js';
import { IntakeFull } from './click-intake.js';

/** Until there may be room again: a commit takes some ms. Meanwhile the socket's own queue fills, and counts what it drops. */
const ROOM_MS = 20;
/** Lines of one datagram that may be of no use: then it is rubbish, and 64 KB of line ends must not become 64,000 rejections. */
const REFUSED_LINES_MAX = 16;

/**
 * A datagram is a record, or several, a line each. Resolves when they are stored, with how many datagrams held something of use.
 * Throws what the door and its taker throw, but for a full intake: that it waits for.
 */
export async function takeDatagrams(door: ClickDoor, datagrams: readonly Buffer[]): Promise<number> {
  const parcel = door.parcel('udp', 'udp');
  let used = 0;
  for (const datagram of datagrams) if (take(parcel, datagram)) used++;
  for (;;) {
    try {
      await parcel.commit();
      return used;
    } catch (error) {
      if (!(error instanceof IntakeFull)) throw error;
      await sleep(ROOM_MS);
    }
  }
}

function take(parcel: ClickParcel, datagram: Buffer): boolean {
  const next = () => parcel.size + 1;
  if (!isUtf8(datagram)) {
    parcel.refuse(next(), 'not-utf8', `the datagram of ${datagram.length} bytes is not UTF-8`);
    return false;
  }
  const text = datagram.toString('utf8').trim();
  // A record may be written over several lines, so it is tried as one first.
  if (!text.includes('\n') || 'kind' in parcel.decoded(text, next())) return parcel.text(text, next());
  let used = false;
  let refused = 0;
  for (const line of text.split('\n')) {
    const record = line.trim();
    if (record === '') continue;
    if (refused === REFUSED_LINES_MAX) {
      parcel.refuse(next(), 'too-long', `the rest of the datagram is left out: ${refused} of its lines are of no use`);
      break;
    }
    if (parcel.text(record, next())) used = true;
    else refused++;
  }
  return used;
}

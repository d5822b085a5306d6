/** What was read of a lane to `Lanes`: what goes elsewhere is written before the position moves on. */
import type { Lanes } from '../../ports.js';
import type { Handle } from './batches.js';
import type { ReadMessages } from './lane-reader.js';
import type { Outgoing } from './outgoing.js';
import { CHANGES_TOPIC, deadLetterTopic } from './topics.js';

export function changesTo(lanes: Lanes, outgoing: Outgoing): Handle<ReadMessages> {
  return async (lane, { batch, sent_on, dead }, position) => {
    batch.position = position;
    // Both may come twice if the commit fails; rows and rejections are known by their identity.
    await outgoing.send(CHANGES_TOPIC, sent_on);
    await outgoing.sendDead(deadLetterTopic(lane.topic), dead);
    await lanes.batch(batch);
  };
}

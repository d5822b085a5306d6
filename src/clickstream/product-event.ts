/** Things that happen to products: `{"date":"2020-03-25T19:05:49UTC","productId":"4pq…","eventName":"productview","userId":"ur0…"}`. */
import { bad, senderIdOf, WHAT_IDENTITY } from './click-columns.js';
import { BAD, firstOf, identityOf, type JsonObject, userOf } from './columns.js';
import { type Decoded, placeId, type RecordPlace, refused } from './decoded.js';
import { timeOf } from './times.js';

/** Any name is counted, so a name is kept exactly or refused. */
export function decodeProductEvent(record: JsonObject, at: RecordPlace): Decoded {
  const time_ms = timeOf(firstOf(record.date, record.time, record['@timestamp']));
  if (time_ms === null) return refused('missing-column', 'date: an event needs a time');
  if (time_ms === BAD) return bad('date', 'a time, such as 2020-03-25T19:05:49UTC');
  const name = identityOf(firstOf(record.eventName, record.event_name));
  if (name === null) return refused('missing-column', 'eventName: an event needs a name');
  if (name === BAD) return bad('eventName', WHAT_IDENTITY);
  const user_id = userOf(firstOf(record.userId, record.user_id));
  if (user_id === BAD) return bad('userId', `a whole number, or ${WHAT_IDENTITY}`);
  const product_id = identityOf(firstOf(record.productId, record.product_id));
  if (product_id === BAD) return bad('productId', WHAT_IDENTITY);
  const id = identityOf(senderIdOf(record));
  if (id === BAD) return bad('id', WHAT_IDENTITY);
  return { kind: 'event', event: { id, time_ms, name, user_id, product_id }, id: id ?? placeId(at) };
}

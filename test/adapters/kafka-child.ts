/**
 * A process that reads Kafka for a test and prints each batch once it is committed, as JSON. It stops in the middle of one:
 * `kafka-child.js BROKERS PREFIX BATCHES`.
 */
import { writeSync } from 'node:fs';
import { RunningSource } from './kafka-site.js';
import { LaneBook, LanesDouble } from './lanes-double.js';

const [brokers = '', prefix = '', batches = ''] = process.argv.slice(2);
const print = (line: string) => writeSync(1, `${line}\n`);
const book = new LaneBook();
let begun = 0;
const lanes = new LanesDouble(book, async (batch) => {
  if (++begun <= Number(batches)) {
    print(JSON.stringify(batch));
    return;
  }
  print('in the middle');
  await new Promise(() => {});
});
const source = new RunningSource(lanes, { brokers, prefix, limits: { batch_messages: 30 } });
await source.ended;

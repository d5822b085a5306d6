/**
 * A process that counts clicks from Kafka into a SQLite file for a test, and hangs before a commit in the middle:
 * `kafka-clicks-child.js BROKERS SITE FILE BATCHES`.
 */
import { writeSync } from 'node:fs';
import { SqliteClickStore } from '../../src/adapters/sqlite/sqlite-click-store.js';
import { RunningClicks } from './kafka-clicks-site.js';

const [brokers = '', site = '', file = '', batches = ''] = process.argv.slice(2);
let begun = 0;
const store = new SqliteClickStore(file);
await store.open();
const source = await RunningClicks.into(store, { brokers, site, limits: { batch_messages: 60 } }, (sink) => ({
  ...sink,
  async process(batch) {
    if (++begun > Number(batches)) {
      writeSync(1, 'in the middle\n');
      await new Promise(() => {});
    }
    await sink.process(batch);
  },
}));
await source.ended;

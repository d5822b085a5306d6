// Gives a running Kafka Connect one connector and waits until its task runs; run again, it gives it the file's newest config.
// Plain Node, no packages: compose runs it in a container of its own, and it works by hand:
//
//   node deploy/connectors/register.mjs http://127.0.0.1:8083 deploy/connectors/moodle-mariadb.json [NAME]
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A worker that has just started joins its group first; a first snapshot only begins after RUNNING. */
const WAIT_MS_MAX = 180_000;
const POLL_MS = 1_000;

const [url, file, name = 'moodle'] = process.argv.slice(2);
if (url === undefined || file === undefined) fail('usage: register.mjs CONNECT_URL FILE.json [NAME]');
const config = readFileSync(file, 'utf8');
const until = Date.now() + WAIT_MS_MAX;
let last = '';

while ((await step()) !== 'RUNNING') {
  if (Date.now() > until) fail(`connector ${name} does not run after ${WAIT_MS_MAX / 1000} s: ${last}`);
  await sleep(POLL_MS);
}
process.stdout.write(`connector ${name} runs\n`);

/** Registers until that has worked, then asks how the task is. What can still change is waited for, a fault of ours ends it. */
async function step() {
  try {
    if (last !== 'registered') {
      const headers = { 'content-type': 'application/json' };
      const answer = await fetch(`${url}/connectors/${name}/config`, { method: 'PUT', headers, body: config });
      if (answer.status === 400) fail(`Kafka Connect refuses ${file}: ${(await answer.json()).message}`);
      last = answer.ok ? 'registered' : `Kafka Connect answers ${answer.status}`;
      return last;
    }
    const answer = await fetch(`${url}/connectors/${name}/status`);
    if (!answer.ok) return 'UNASSIGNED';
    const { connector, tasks } = await answer.json();
    const failed = [connector, ...tasks].find(({ state }) => state === 'FAILED');
    if (failed) fail(`connector ${name} failed: ${failed.trace}`);
    return tasks.length > 0 ? tasks[0].state : connector.state;
  } catch (error) {
    last = last === 'registered' ? last : `${url} cannot be reached: ${error.cause?.message ?? error.message}`;
    return 'UNASSIGNED';
  }
}

function fail(why) {
  process.stderr.write(`${why}\n`);
  process.exit(1);
}

/** A training in a process of its own: how it goes, how it ends, one at a time; and the schedule that begins one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { ChildRetrainJobs } from '../../src/app/retrain-job.js';
import { RetrainSchedule } from '../../src/app/retrain-schedule.js';
import { environment } from '../../src/config.js';
import { type JobState, RetrainBusy, type RetrainRequest } from '../../src/http/retrain-door.js';
import { type Actor, named } from '../../src/ports.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-job-'));
const ORDER: RetrainRequest = { seed: 3, target: 'effective-withdrawal', promote_if_better: true };
let jobs: ChildRetrainJobs;
afterEach(() => jobs?.stop());
afterAll(() => rmSync(folder, { recursive: true }));

/** A process that answers an order with these lines. */
function entry(name: string, body: string): string {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `const say = (word) => process.send(word);\nprocess.on('message', async (order) => {\n${body}\n});\n`);
  return file;
}

async function ended(): Promise<JobState> {
  for (let i = 0; i < 600; i++) {
    const job = jobs.latest()!;
    if (job.state !== 'running') return job;
    await sleep(50);
  }
  throw new Error('The job does not end.');
}

const jobsOf = (entry_file?: string) =>
  new ChildRetrainJobs({ env: environment(), from: 'oulad:/nowhere', entry: entry_file, now_ms: () => 1_000 });

describe('a training', () => {
  it('hands over its order, tells its progress, and says what came of it', async () => {
    jobs = jobsOf(
      entry(
        'good',
        `say({ kind: 'progress', done: 1, total: 4, step: order.from + ' ' + order.seed + ' ' + order.by.name + ' ' + order.by.user_id });
         setTimeout(() => say({ kind: 'done', version: 'v-2', promoted: true, sentence: 'v-2 is better.' }), 1500);
         setTimeout(() => process.exit(0), 1600);`,
      ),
    );
    expect(jobs.latest()).toBeNull();
    expect(jobs.start(ORDER, { name: 'ann', user_id: 7 })).toMatchObject({
      state: 'running',
      by: 'ann',
      started_ms: 1_000,
      progress: 0,
    });
    for (let i = 0; i < 500 && jobs.latest()!.progress === 0; i++) await sleep(20);
    expect(jobs.latest()).toMatchObject({ state: 'running', progress: 0.25, step: 'oulad:/nowhere 3 ann 7' });
    expect(() => jobs.start(ORDER, named('bob'))).toThrow(RetrainBusy);
    expect(await ended()).toMatchObject({
      state: 'done',
      version: 'v-2',
      promoted: true,
      message: 'v-2 is better.',
      ended_ms: 1_000,
    });
    expect(jobs.start(ORDER, named('bob'))).toMatchObject({ state: 'running', by: 'bob' });
  });

  it('fails with the message of the training, or with the last words of a process that died', async () => {
    jobs = jobsOf(entry('bad', `say({ kind: 'failed', message: 'Training needs 200 labelled enrolments, has 3.' });`));
    jobs.start(ORDER, { name: 'ann', user_id: 7 });
    expect(await ended()).toMatchObject({ state: 'failed', message: 'Training needs 200 labelled enrolments, has 3.' });
    await jobs.stop();
    jobs = jobsOf(entry('dead', `console.error('out of memory'); process.exit(7);`));
    jobs.start(ORDER, { name: 'ann', user_id: 7 });
    expect((await ended()).message).toMatch(/ended without a word \(7\).*out of memory/s);
  });

  it('ends with its service, and leaves nothing behind', async () => {
    jobs = jobsOf(entry('long', `setInterval(() => {}, 1000);`));
    jobs.start(ORDER, { name: 'ann', user_id: 7 });
    await sleep(300);
    await jobs.stop();
    expect(jobs.latest()).toMatchObject({ state: 'failed' });
  });

  it('refuses what is no source, in the real process', async () => {
    jobs = new ChildRetrainJobs({ env: environment(), from: 'rumours' });
    jobs.start(ORDER, { name: 'ann', user_id: 7 });
    expect(await ended()).toMatchObject({ state: 'failed', message: expect.stringContaining('rumours is no source') });
  });
});

describe('the schedule', () => {
  it('begins one when its time has come, in one of several processes, and leaves out what it slept through', async () => {
    const store = new MemoryStore();
    await store.open({ site: 'a', time_zone: 'UTC', day: () => 0 });
    const begun: string[] = [];
    let now_ms = Date.UTC(2026, 0, 31);
    const start = (_: RetrainRequest, by: Actor) => {
      begun.push(by.name);
      return {} as JobState;
    };
    const scheduleOf = (holder: string) =>
      new RetrainSchedule({ start }, store, {
        cron: '0 4 1 * *',
        time_zone: 'UTC',
        holder,
        say: () => {},
        now_ms: () => now_ms,
      });
    const [one, other] = [scheduleOf('one'), scheduleOf('other')];
    expect(await one.look()).toBeNull();
    now_ms = Date.UTC(2026, 1, 1, 4);
    await one.look();
    await other.look();
    await one.look();
    expect(begun).toEqual(['the schedule']);
  });

  it('says that another training is under way', async () => {
    const store = new MemoryStore();
    await store.open({ site: 'a', time_zone: 'UTC', day: () => 0 });
    const said: string[] = [];
    let now_ms = 0;
    const start = () => {
      throw new RetrainBusy({} as JobState);
    };
    const schedule = new RetrainSchedule({ start }, store, {
      cron: '0 4 * * *',
      time_zone: 'UTC',
      holder: 'one',
      say: (message) => said.push(message),
      now_ms: () => now_ms,
    });
    now_ms = 86_400_000;
    expect(await schedule.look()).toBeNull();
    expect(said).toEqual([expect.stringContaining('left out')]);
  });
});

/** A running service whose disk takes no more: what it has said yes to is there, the rest is refused, and it goes on when there is space again. */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildInto, holdfast } from '../journey/built.js';
import { TempFolder } from '../journey/site.js';
import { freePort } from '../servers/java.js';

/** No file beyond that: the empty stores fit, and some hundreds of clicks. */
const KIB_MAX = 3_000;
const CLICKS = 200;
const BATCHES_MAX = 400;
const START_MS_MAX = 60_000;
const START_MS = Date.parse('2026-11-20T10:00:00Z');

const temp = new TempFolder();
let child: ChildProcess;
let url: string;
let ended: Promise<{ stderr: string }>;

const lines = (batch: number) =>
  Array.from({ length: CLICKS }, (_, i) => {
    const request = `GET /site/${'x'.repeat(50)}${i}.html HTTP/1.1`;
    return JSON.stringify({ id: `${batch}-${i}`, _time: START_MS + batch * 1_000 + i, ip: `111.1.1.${i}`, userid: i % 50, request, status: '200', bytes: '1289', agent: '-' }); // biome-ignore format: one row
  }).join('\n');
const send = (batch: number) =>
  fetch(`${url}/api/v1/clicks`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body: lines(batch) });

describe('a service whose disk is full', () => {
  beforeAll(async () => {
    const cli = buildInto(temp.file('program'));
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    ended = holdfast(cli, ['serve'], {
      env: { HOLDFAST_STORE: `sqlite:${temp.file('store.db')}`, HOLDFAST_LISTEN: `127.0.0.1:${port}` },
      file_blocks_max: KIB_MAX,
      started: (process_) => {
        child = process_;
      },
    });
    const until = Date.now() + START_MS_MAX;
    while (!(await fetch(`${url}/readyz`).catch(() => null))?.ok) {
      if (Date.now() > until || child.exitCode !== null) throw new Error('the service did not start');
      await sleep(100);
    }
  }, START_MS_MAX + 60_000);
  afterAll(async () => {
    if (child.exitCode === null) child.kill('SIGTERM');
    await ended;
    await temp.remove();
  });

  it('refuses clicks with the reason in its log, answers all else, and has lost none when there is space again', async () => {
    let batch = 0;
    let answer = await send(batch);
    while (answer.status === 202 && batch < BATCHES_MAX) answer = await send(++batch);
    expect(batch).toBeGreaterThan(0);
    expect(answer.status).toBe(503);
    expect(answer.headers.get('retry-after')).toBe('30');
    const problem = (await answer.json()) as { type: string; detail: string; reference: string };
    expect(problem.type).toMatch(/store-unavailable$/);
    expect(problem.detail).toMatch(/nothing of this request was kept\. Send it again later/);
    expect(JSON.stringify(problem)).not.toContain(temp.path);
    expect((await fetch(`${url}/api/v1/summary`)).status).toBe(200);

    // By util-linux: the limit of a process that runs.
    execFileSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);
    expect((await send(batch)).status).toBe(202);
    expect((await send(batch)).status).toBe(202);
    child.kill('SIGTERM');
    await once(child, 'exit');
    const { stderr } = await ended;
    expect(stderr).toContain(problem.reference);
    expect(stderr).toMatch(/store-clicks\.db.*space/s);
    const cli = temp.file('program/dist/cli.js');
    const found = await holdfast(cli, ['export', 'user_clickstream', '--store', `sqlite:${temp.file('store.db')}`]);
    expect(found.stdout.trim().split('\n')).toHaveLength(1 + (batch + 1) * CLICKS);
  }, 180_000);
});

/**
 * The real program on the sample site, asked by Schemathesis what its OpenAPI document says, with every check. What a schema cannot say
 * is in schemathesis/schemathesis.toml, with the reason. Its packages come from PyPI into a temporary folder.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, it, jest } from '@jest/globals';
import { SCOPES } from '../../src/access/viewer.js';
import { buildInto, holdfast } from '../journey/built.js';
import { notebookMissing } from '../journey/notebook-run.js';
import { TempFolder } from '../journey/site.js';
import { freePort } from '../servers/java.js';
import { needsServer } from '../servers/needed.js';

const SCHEMATHESIS = 'schemathesis==4.32.5';
const START_MS_MAX = 60_000;
const SEED = '7';
jest.setTimeout(600_000);
const run = promisify(execFile);

needsServer('the document of the REST interface', notebookMissing(), () => {
  const temp = new TempFolder();
  let cli: string;
  let service: ChildProcess | null = null;

  beforeAll(async () => {
    await run('python3', ['-m', 'venv', temp.file('venv')]);
    await run(temp.file('venv/bin/pip'), ['install', '--quiet', '--disable-pip-version-check', SCHEMATHESIS]);
    copyFileSync('test/hardening/schemathesis/schemathesis.toml', temp.file('schemathesis.toml'));
    cli = buildInto(temp.file('program'));
  });
  afterEach(async () => {
    if (service?.exitCode !== null) return;
    const gone = once(service, 'exit');
    service.kill('SIGTERM');
    await gone;
  });
  afterAll(() => temp.remove());

  /** Starts it on a store that the tests share, and gives its address. */
  async function serve(more: Record<string, string> = {}): Promise<string> {
    const port = await freePort();
    const env = {
      HOLDFAST_STORE: `sqlite:${temp.file('store.db')}`,
      HOLDFAST_MOODLE: `file:${join('samples', 'site-history.ndjson.gz')}`,
      ...more,
    };
    service = spawn(process.execPath, [cli, 'serve'], {
      env: { PATH: process.env.PATH, HOLDFAST_LISTEN: `127.0.0.1:${port}`, ...env },
      stdio: 'ignore',
    });
    const url = `http://127.0.0.1:${port}`;
    const until = Date.now() + START_MS_MAX;
    while (!(await fetch(`${url}/readyz`).catch(() => null))?.ok) {
      if (Date.now() > until || service.exitCode !== null) throw new Error('the service did not start');
      await sleep(200);
    }
    return url;
  }

  /** What Schemathesis prints: a failure is in it. */
  async function asked(url: string, phases: string, ...more: string[]): Promise<string> {
    const bounded = ['--checks', 'all', '--max-examples', '10', '--phases', phases, '--seed', SEED];
    const args = ['run', `${url}/openapi.json`, ...bounded, ...more, '--no-color', '--request-timeout', '30'];
    const { stdout } = await run(temp.file('venv/bin/schemathesis'), args, { cwd: temp.path, maxBuffer: 64 * 1024 * 1024 }).catch(
      (error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error) }),
    );
    return stdout;
  }

  it('holds: every answer to what fits it and to what does not is as it says, also where one answer leads to the next question', async () => {
    const said = await asked(await serve(), 'examples,coverage,fuzzing,stateful');
    expect(said).toMatch(/Test cases:\s+\d{4,} generated, \d{4,} passed/);
    expect(said).toMatch(/API Links:\s+[1-9]\d* covered/);
  });

  it('holds where keys are asked for: what it says needs one answers nothing without it, nor to one that is made up', async () => {
    const file = temp.file('keys.json');
    const scopes = SCOPES.join(',');
    const { stdout } = await holdfast(cli, ['keys', 'create', '--quiet', '--name', 'all', '--scopes', scopes, '--file', file]);
    const url = await serve({ HOLDFAST_API_KEYS: file });
    const authorization = `Bearer ${stdout.trim()}`;
    // With a key that does not hold every answer would be a refusal, as documented.
    expect((await fetch(`${url}/api/v1/changes`, { headers: { authorization } })).status).toBe(200);
    const said = await asked(url, 'examples,fuzzing', '--mode', 'positive', '--header', `Authorization: ${authorization}`);
    expect(said).toMatch(/Test cases:\s+\d{3,} generated, \d{3,} passed/);
  });
});

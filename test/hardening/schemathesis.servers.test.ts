/**
 * The real program on the sample site, asked by Schemathesis what its OpenAPI document says, with every check. What a schema cannot say
 * is in schemathesis/schemathesis.toml, with the reason. Its packages come from PyPI into a temporary folder.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { buildInto } from '../journey/built.js';
import { notebookMissing } from '../journey/notebook-run.js';
import { TempFolder } from '../journey/site.js';
import { needsServer } from '../servers/needed.js';

const SCHEMATHESIS = 'schemathesis==4.32.5';
const START_MS_MAX = 60_000;
const SEED = '7';
jest.setTimeout(600_000);
const run = promisify(execFile);

needsServer('the document of the REST interface', notebookMissing(), () => {
  const temp = new TempFolder();
  let service: ChildProcess;
  let url: string;

  beforeAll(async () => {
    await run('python3', ['-m', 'venv', temp.file('venv')]);
    await run(temp.file('venv/bin/pip'), ['install', '--quiet', '--disable-pip-version-check', SCHEMATHESIS]);
    const cli = buildInto(temp.file('program'));
    const probe = createServer().listen(0, '127.0.0.1');
    await once(probe, 'listening');
    const { port } = probe.address() as { port: number };
    probe.close();
    const env = {
      HOLDFAST_STORE: `sqlite:${temp.file('store.db')}`,
      HOLDFAST_MOODLE: `file:${join('samples', 'site-history.ndjson.gz')}`,
    };
    service = spawn(process.execPath, [cli, 'serve'], {
      env: { PATH: process.env.PATH, HOLDFAST_LISTEN: `127.0.0.1:${port}`, ...env },
      stdio: 'ignore',
    });
    url = `http://127.0.0.1:${port}`;
    const until = Date.now() + START_MS_MAX;
    while (!(await fetch(`${url}/readyz`).catch(() => null))?.ok) {
      if (Date.now() > until || service.exitCode !== null) throw new Error('the service did not start');
      await sleep(200);
    }
  });
  afterAll(async () => {
    const gone = once(service, 'exit');
    service.kill('SIGTERM');
    await gone;
    await temp.remove();
  });

  it('holds: every answer to what fits it and to what does not is as it says', async () => {
    copyFileSync('test/hardening/schemathesis/schemathesis.toml', temp.file('schemathesis.toml'));
    const bounded = ['--checks', 'all', '--max-examples', '10', '--phases', 'examples,coverage,fuzzing', '--seed', SEED];
    const args = ['run', `${url}/openapi.json`, ...bounded, '--no-color', '--request-timeout', '30'];
    const { stdout } = await run(temp.file('venv/bin/schemathesis'), args, { cwd: temp.path, maxBuffer: 64 * 1024 * 1024 }).catch(
      (error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error) }),
    );
    expect(stdout).toMatch(/Test cases:\s+\d{3,} generated, \d{3,} passed\n/);
  });
});

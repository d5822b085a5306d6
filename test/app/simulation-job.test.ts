/** A simulation in a process of its own: its answer, its faults, one at a time, and gone with its service. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { ChildSimulations } from '../../src/app/simulation-job.js';
import { environment } from '../../src/config.js';
import { HistoryTooSmall, SimulationBusy, SimulationFailed } from '../../src/http/simulation-door.js';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-simulation-'));
const ORDER = { threshold: 0.5, every_days: 7, contact_after_days: null };
let simulations: ChildSimulations;
afterEach(() => simulations?.stop());
afterAll(() => rmSync(folder, { recursive: true }));

/** A process that does this with an order. */
function doing(name: string, body: string): ChildSimulations {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(file, `process.on('message', (order) => {\n${body}\n});\n`);
  simulations = new ChildSimulations(environment(), file);
  return simulations;
}

describe('a simulation', () => {
  it('hands over its order and answers, one at a time, again and again', async () => {
    const answers = doing(
      'good',
      `setTimeout(() => process.send({ kind: 'done', simulation: { model: 'v', courses: [], thresholds: [order], capacities: [] } }, () => process.exit()), 300);`,
    );
    const first = answers.simulate(ORDER);
    await expect(answers.simulate(ORDER)).rejects.toThrow(SimulationBusy);
    expect(await first).toMatchObject({ thresholds: [ORDER] });
    expect(await answers.simulate({ ...ORDER, threshold: 0.6 })).toMatchObject({ thresholds: [{ threshold: 0.6 }] });
  });

  it('fails with the reason, or with that there is none', async () => {
    const refused = doing('bad', `process.send({ kind: 'failed', message: 'No course tells yet.' });`);
    await expect(refused.simulate(ORDER)).rejects.toThrow(new SimulationFailed('No course tells yet.'));
    await expect(doing('dead', 'process.exit(7);').simulate(ORDER)).rejects.toThrow(/ended without an answer/);
  });

  it('says how far it is while it runs, and that none runs when it is over', async () => {
    const asked = doing(
      'slow',
      `process.send({ kind: 'progress', done: 3, total: 12 });
      setTimeout(() => process.send({ kind: 'done', simulation: { model: 'v', courses: [], thresholds: [], capacities: [] } }), 500);`,
    );
    expect(asked.state()).toBeNull();
    const answer = asked.simulate(ORDER);
    expect(asked.state()).toMatchObject({ step: 'reading', progress: 0 });
    while (asked.state()?.step !== 'replaying') await new Promise((resolve) => setTimeout(resolve, 10));
    expect(asked.state()).toMatchObject({ progress: 0.25 });
    await answer;
    expect(asked.state()).toBeNull();
  });

  it('tells a history that is too small from what went wrong', async () => {
    const asked = doing('small', `process.send({ kind: 'too-small', message: 'BIO: it has run for less than 35 days.' });`);
    await expect(asked.simulate(ORDER)).rejects.toThrow(new HistoryTooSmall('BIO: it has run for less than 35 days.'));
  });

  it('ends with its service', async () => {
    const asked = doing('long', 'setInterval(() => {}, 1000);').simulate(ORDER);
    const failed = expect(asked).rejects.toThrow(/ended without an answer/);
    await simulations.stop();
    await failed;
  });

  it('says what is missing, in the real process', async () => {
    simulations = new ChildSimulations({ ...environment(), HOLDFAST_STORE: `sqlite:${join(folder, 'none.db')}` });
    await expect(simulations.simulate(ORDER)).rejects.toThrow(/no store|There is no/i);
  });
});

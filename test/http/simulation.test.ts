/** What-if over the site's past: asked for, refused, and in the way of another one. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { HistoryTooSmall, SimulationBusy, SimulationFailed } from '../../src/http/simulation-door.js';
import { Service } from './service.js';

const SIMULATE = '/api/v1/thresholds/simulate';
let service: Service;
beforeAll(async () => {
  service = await Service.start();
});
afterEach(() => {
  service.parts.simulations.fault = null;
});
afterAll(() => service.close());

describe('a simulation', () => {
  it('takes the usual points without a body, and what a body asks for', async () => {
    const usual = await service.ask('POST', SIMULATE);
    expect(usual.status).toBe(200);
    expect(usual.json).toMatchObject({ thresholds: [{ every_days: 7, contact_after_days: null }] });
    const body = { threshold: 0.6, capacity: 0.1, calls: 20, every_days: 1, contact_after_days: 0 };
    expect((await service.ask('POST', SIMULATE, { body })).json).toMatchObject({ thresholds: [body] });
  });

  it('tells how far the one under way is', async () => {
    expect((await service.get(SIMULATE)).json).toEqual({ running: null });
    service.parts.simulations.running = { started_ms: 1_790_000_000_000, step: 'replaying', progress: 0.4 };
    expect((await service.get(SIMULATE)).json.running).toMatchObject({ step: 'replaying', progress: 0.4 });
    service.parts.simulations.running = null;
  });

  it.each([
    [{ threshold: 0 }],
    [{ threshold: '0.5' }],
    [{ capacity: 1 }],
    [{ calls: 1.5 }],
    [{ every_days: 29 }],
    [{ data: 'oulad:/etc' }],
  ])('is refused with %j', async (body) => {
    expect((await service.ask('POST', SIMULATE, { body })).status).toBe(400);
  });

  it('is refused while another is under way, and says why one came to nothing', async () => {
    service.parts.simulations.fault = new SimulationBusy('There is one at a time.');
    expect(await service.ask('POST', SIMULATE)).toMatchObject({ status: 409, json: { detail: 'There is one at a time.' } });
    service.parts.simulations.fault = new SimulationFailed('No course of the site tells yet.');
    expect(await service.ask('POST', SIMULATE)).toMatchObject({
      status: 422,
      json: { detail: 'No course of the site tells yet.' },
    });
    service.parts.simulations.fault = new HistoryTooSmall('BIO: it has run for less than 35 days.');
    const { status, json } = await service.ask('POST', SIMULATE);
    expect([status, json.type]).toEqual([422, expect.stringContaining('history-too-small')]);
  });
});

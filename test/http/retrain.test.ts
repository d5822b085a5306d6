/** Training as a job: begun with 202, looked after with GET, one at a time. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Service } from './service.js';

const RETRAIN = '/api/v1/models/retrain';
let service: Service;
beforeAll(async () => {
  service = await Service.start();
});
beforeEach(() => {
  service.parts.retrain.asked = [];
});
afterAll(() => service.close());

describe('a training', () => {
  it('begins without a body, says where it can be looked after, and takes what a body asks for', async () => {
    const answer = await service.ask('POST', RETRAIN);
    expect(answer.status).toBe(202);
    expect(answer.headers.location).toBe(RETRAIN);
    expect(answer.json).toMatchObject({ state: 'running', by: 'local' });
    await service.ask('POST', RETRAIN, { body: { seed: 7, target: 'disengagement', promote_if_better: true } });
    expect(service.parts.retrain.asked).toEqual([
      { seed: 1, target: 'effective-withdrawal', promote_if_better: false },
      { seed: 7, target: 'disengagement', promote_if_better: true },
    ]);
  });

  it.each([[{ seed: -1 }], [{ seed: null }], [{ target: 'luck' }], [{ promote_if_better: 'yes' }], [{ from: 'oulad:/etc' }]])(
    'is refused with %j: a request names no folder of the machine',
    async (body) => {
      const answer = await service.ask('POST', RETRAIN, { body });
      expect(answer.status).toBe(400);
      expect(service.parts.retrain.asked).toEqual([]);
    },
  );

  it('is refused while another runs, with that one', async () => {
    const before = service.parts.retrain.job!;
    service.parts.retrain.job = { ...before, state: 'running', progress: 0.5 };
    const answer = await service.ask('POST', RETRAIN);
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ type: expect.stringContaining('training-under-way'), job: { progress: 0.5 } });
    service.parts.retrain.job = null;
    expect((await service.get(RETRAIN)).json).toEqual({ job: null });
    service.parts.retrain.job = before;
    expect((await service.get(RETRAIN)).json).toEqual({ job: before });
  });
});

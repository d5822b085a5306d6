/** A student is erased by a request that says twice whom it means. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Service } from './service.js';

let service: Service;
const asked: [number, string][] = [];
beforeAll(async () => {
  service = await Service.start();
  service.parts.eraser!.erase = async (user_id, { name }) => {
    asked.push([user_id, name]);
    return { rows: 3, removed: { sessions: 3 } };
  };
});
afterAll(() => service.close());

const erase = (user: number, body: unknown) => service.ask('POST', `/api/v1/students/${user}/erase`, { body });

it('erases nobody whose number is not said again, or whom nobody knows', async () => {
  for (const body of [{}, { confirm: 'x' }]) expect((await erase(11, body)).status).toBe(400);
  const { status, json } = await erase(11, { confirm: 12 });
  expect([status, json.detail]).toEqual([409, 'confirm must be the number of the student again. Nothing was erased.']);
  expect((await erase(999, { confirm: 999 })).status).toBe(404);
  expect(asked).toEqual([]);
});

it('erases whoever something is held of, also who opted out and is shown to nobody', async () => {
  service.parts.views.student = async () => null;
  expect((await erase(11, { confirm: 11 })).status).toBe(200);
  expect(asked.splice(0)).toEqual([[11, 'local']]);
});

it('says how many rows went, and erases for whoever asked', async () => {
  const { status, json } = await erase(11, { confirm: 11 });
  expect([status, json]).toEqual([200, { rows: 3, removed: { sessions: 3 } }]);
  expect(asked).toEqual([[11, 'local']]);
});

/** What people changed of the service can be read by who runs it, page by page, and changes made here are in it. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Service } from './service.js';

let service: Service;
beforeAll(async () => {
  service = await Service.start();
});
afterAll(() => service.close());

const told = async (query = '') => (await service.get(`/api/v1/changes${query}`)).json;

it('has a training and a scoring with who asked for it, and without whom it was about', async () => {
  await service.ask('POST', '/api/v1/models/retrain');
  await service.ask('POST', '/api/v1/predictions/score', { body: { user_id: 11 } });
  const { items } = await told('?limit=2');
  expect(items.map(({ by, what, detail }: Record<string, string>) => [by, what, detail])).toEqual([
    ['local', 'score', 'Scores were made anew of one student.'],
    ['local', 'training', 'A training was started.'],
  ]);
});

it('is read to its end, the latest first, each entry once', async () => {
  const seen: number[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: { items: { at_ms: number }[]; next_cursor: string | null } = await told(
      `?limit=2${cursor && `&cursor=${cursor}`}`,
    );
    seen.push(...page.items.map(({ at_ms }) => at_ms));
    cursor = page.next_cursor;
  }
  expect(seen).toHaveLength(5);
  expect(seen).toEqual([...seen].sort((a, b) => b - a));
  expect((await service.get('/api/v1/changes?cursor=none')).status).toBe(400);
});

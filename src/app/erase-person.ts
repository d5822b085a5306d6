/** An erasure that somebody asks for, on the record without whose it was. */
import { Eraser } from '../http/erase-door.js';
import { type Actor, doneBy } from '../ports.js';
import type { Service } from './service.js';

type Erasing = Pick<Service, 'store' | 'pipeline' | 'sinks'>;

export async function erasePerson({ store, pipeline, sinks }: Erasing, user_id: number, by: Actor, at_ms: number) {
  const { removed } = await pipeline.erased.erase(user_id, at_ms, sinks);
  const rows = Object.values(removed).reduce((sum, count) => sum + count, 0);
  await store.commit({ changes: [{ at_ms, ...doneBy(by), what: 'erase', detail: `One person was erased: ${rows} rows.` }] });
  return { rows, removed };
}

export class ServiceEraser extends Eraser {
  constructor(private readonly service: Erasing) {
    super();
  }

  override async holds(user_id: number): Promise<boolean> {
    return (await this.service.store.people.rowsAbout(user_id)).length > 0;
  }

  override erase(user_id: number, by: Actor) {
    return erasePerson(this.service, user_id, by, Date.now());
  }
}

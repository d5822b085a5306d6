/** The contract of `Store`, run over every adapter. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SESSIONS } from '../../src/domain.js';
import type { Store, StoreIdentity, StoreMode } from '../../src/ports.js';
import { commitContract } from './store-commits.js';
import { laneContract } from './store-lanes.js';
import { factContract, listContract } from './store-lists.js';
import { outboxContract } from './store-outbox.js';
import { personContract } from './store-people.js';
import { everythingIn } from './store-reads.js';
import { referenceContract } from './store-references.js';
import { ALL, EVERYONE, fullCommit, SITE, session } from './store-samples.js';
import { windowContract } from './store-windows.js';

/** Where a store's rows live while stores come and go: a file, a database, an object. */
export interface StorePlace {
  /** A store on this place, opened. Called again after a close. */
  open(identity: StoreIdentity, mode?: StoreMode): Promise<Store>;
  dispose(): Promise<void>;
}

export function storeContract(name: string, make: () => Promise<StorePlace>): void {
  describe(`${name} as a store`, () => {
    let place: StorePlace;
    let store: Store;
    beforeEach(async () => {
      place = await make();
      store = await place.open(SITE);
    });
    afterEach(async () => {
      await store.close();
      await place.dispose();
    });
    const given = () => store;
    emptyContract(given);
    commitContract(given);
    laneContract(given);
    outboxContract(given);
    windowContract(given);
    listContract(given);
    factContract(given);
    referenceContract(given);
    personContract(given);

    it('has everything again after it was closed and opened', async () => {
      await store.commit(fullCommit());
      const before = await everythingIn(store);
      await store.close();
      store = await place.open(SITE);
      expect(await everythingIn(store)).toEqual(before);
    });

    it('refuses another site and another time zone, says which it was made for, and is unharmed', async () => {
      await store.commit(session(1, 10, 20));
      await store.close();
      await expect(place.open({ ...SITE, site: 'other' })).rejects.toMatchObject({ name: 'StoreUnavailable' });
      await expect(place.open({ ...SITE, site: 'other' })).rejects.toThrow(/moodle.*HOLDFAST_SITE/s);
      await expect(place.open({ ...SITE, time_zone: 'UTC' })).rejects.toThrow(/Etc\/GMT-3.*HOLDFAST_TIME_ZONE/s);
      store = await place.open(SITE);
      expect(await store.sessions(EVERYONE, ALL)).toHaveLength(1);
    });

    it('shows a reader what is committed, and takes no commit from it', async () => {
      await store.commit(fullCommit());
      const before = await everythingIn(store);
      await store.close();
      store = await place.open(SITE, 'read');
      expect(await everythingIn(store)).toEqual(before);
      for (const write of [
        store.commit(session(9, 10, 20)),
        store.claim('lane', [1]),
        store.lease('schedule', 'me', 1000),
        store.release('schedule', 'me'),
        store.confirm('kafka', [1]),
        store.people.erase({ user_id: 1, person: 'a', at_ms: 1, sinks: [] }),
      ]) {
        await expect(write).rejects.toMatchObject({ name: 'StoreUnavailable' });
      }
      expect(await everythingIn(store)).toEqual(before);
    });
  });
}
function emptyContract(given: () => Store): void {
  it('answers every question when nothing was committed', async () => {
    const store = given();
    expect(await store.position('file:a')).toBeNull();
    expect(await store.clock()).toBeNull();
    expect(await store.laneClocks()).toEqual([]);
    expect([await store.outbox('kafka', 10), await store.backlog('kafka')]).toEqual([[], 0]);
    await store.release('schedule', 'nobody');
    await store.confirm('kafka', []);
    await store.claim('lane', []);
    expect(await store.seenPages([0, 1])).toEqual([]);
    expect(await store.cohort(1, 100)).toBeNull();
    expect(await store.alert('x')).toBeNull();
    expect(await store.sessions(EVERYONE, ALL)).toEqual([]);
    expect(await store.courseActivity()).toEqual([]);
    expect(await store.counts()).toEqual({ rejected: {}, ignored: {} });
    await store.commit({});
    expect(await store.windowsNear(SESSIONS, [])).toEqual([]);
  });
}

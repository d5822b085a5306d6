/** The contract of `ClickStore`, run over every adapter. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ClickStore } from '../../src/click-ports.js';
import { clickCommitContract } from './click-store-commits.js';
import { everythingIn } from './click-store-reads.js';
import { clickRowContract } from './click-store-rows.js';
import { fullCommit, T0 } from './click-store-samples.js';
import { clickSharingContract } from './click-store-sharing.js';

/** Where a store's rows live while stores come and go: a file, a database, an object. */
export interface ClickStorePlace {
  /** A store on this place, opened. Called again after a close. */
  open(mode?: 'own' | 'read'): Promise<ClickStore>;
  /** Makes the last thing that a commit writes fail, until the function that it gives is called. */
  breakOutbox?(): Promise<() => Promise<void>>;
  dispose(): Promise<void>;
}

const ASKED = { sources: ['file'], ids: ['id 1', 'id 2'], users: [7] };

export function clickStoreContract(name: string, make: () => Promise<ClickStorePlace>): void {
  describe(`${name} as a store of clicks`, () => {
    let place: ClickStorePlace;
    let store: ClickStore;
    beforeEach(async () => {
      place = await make();
      store = await place.open();
    });
    afterEach(async () => {
      await store.close();
      await place.dispose();
    });
    const given = () => store;
    clickCommitContract(given, () => place.breakOutbox?.bind(place) ?? null);
    clickRowContract(given);
    clickSharingContract(given);

    it('has everything again after it was closed and opened', async () => {
      await store.commit(fullCommit(1));
      const before = [await everythingIn(store, ASKED), await store.outbox('kafka', 10)];
      await store.close();
      store = await place.open();
      expect([await everythingIn(store, ASKED), await store.outbox('kafka', 10)]).toEqual(before);
      await store.commit(fullCommit(2));
      expect((await store.counts()).counts).toEqual({ late: 2 });
    });

    it('shows a reader what is committed, and takes nothing from it', async () => {
      await store.commit(fullCommit(1));
      const before = await everythingIn(store, ASKED);
      await store.close();
      store = await place.open('read');
      expect(await everythingIn(store, ASKED)).toEqual(before);
      for (const write of [
        store.commit(fullCommit(2)),
        store.retain(T0 + 1_000),
        store.lease('clicks', 'me', 1_000),
        store.release('clicks', 'me'),
        store.confirm('kafka', [1]),
      ])
        await expect(write).rejects.toMatchObject({ name: 'StoreUnavailable' });
      expect(await everythingIn(store, ASKED)).toEqual(before);
    });
  });
}

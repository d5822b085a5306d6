/** The part of the store's contract about Moodle's own rows: what replaces what. */
import { describe, expect, it } from '@jest/globals';
import type { Coordinate } from '../../src/domain.js';
import type { Store } from '../../src/ports.js';
import { reference, upsert } from './store-samples.js';

const at = (offset: number): Coordinate => ({ log: 1, offset, row: 0 });
const kept = { source_ms: 100, coordinate: at(100) };

export function referenceContract(given: () => Store): void {
  describe('reference rows', () => {
    it.each([
      ['older by both', { source_ms: 99, coordinate: at(99) }, 'stays'],
      ['an older place in the log at the same time', { source_ms: 100, coordinate: at(99) }, 'stays'],
      ['an older place in the log, time unknown', { source_ms: null, coordinate: at(99) }, 'stays'],
      ['an older place but a newer time (a new server)', { source_ms: 101, coordinate: at(1) }, 'replaced'],
      ['a newer place but an older time (a clock set back)', { source_ms: 99, coordinate: at(101) }, 'replaced'],
      ['a newer log file', { source_ms: null, coordinate: { log: 2, offset: 0, row: 0 } }, 'replaced'],
      ['the next row of the same event', { source_ms: 100, coordinate: { log: 1, offset: 100, row: 1 } }, 'replaced'],
      ['no place and an older time', { source_ms: 99, coordinate: null }, 'stays'],
      ['no place and the same time', { source_ms: 100, coordinate: null }, 'replaced'],
      ['no version at all', { source_ms: null, coordinate: null }, 'replaced'],
    ])('given a change with %s, the kept row is judged rightly', async (_, version, outcome) => {
      const store = given();
      await store.commit({ references: [upsert({ ...kept, row: { suspended: 0 } })] });
      await store.commit({ references: [upsert({ ...version, row: { suspended: 1 } })] });
      const expected = outcome === 'stays' ? { ...kept, row: { suspended: 0 } } : { ...version, row: { suspended: 1 } };
      expect(await store.references('user')).toEqual([reference(expected)]);
    });

    it('are found in several tables at once, by id and table', async () => {
      const store = given();
      const tables = ['user_enrolments', 'user', 'sis_withdrawals'] as const;
      const rows = tables.flatMap((table) => [2, 1].map((id) => reference({ table, id, user_id: id })));
      await store.commit({ references: rows.map((one) => ({ op: 'upsert', reference: one })) });
      const found = await store.references(['user_enrolments', 'user'], { user_ids: [1, 2] });
      expect(found.map(({ id, table }) => `${id} ${table}`)).toEqual(['1 user', '1 user_enrolments', '2 user', '2 user_enrolments']); // biome-ignore format: one list
    });

    it('does not step back when the beginning of what came is delivered again', async () => {
      const store = given();
      const changes = [1, 2, 3].map((n) => upsert({ source_ms: n * 10, coordinate: at(n), row: { suspended: n } }));
      await store.commit({ references: changes });
      await store.commit({ references: changes.slice(0, 2) });
      expect(await store.references('user')).toEqual([reference({ source_ms: 30, coordinate: at(3), row: { suspended: 3 } })]);
    });

    it('keeps the columns of a row of which only the key was deleted', async () => {
      const store = given();
      const row = reference({ parent_id: 4, row: { name: 'Ünal', none: null, grade: 1.5 }, ...kept });
      const bare = { ...row, user_id: null, parent_id: null, row: {}, source_ms: 200, coordinate: at(200) };
      await store.commit({
        references: [
          { op: 'upsert', reference: row },
          { op: 'delete', reference: bare },
        ],
      });
      await store.commit({ references: [{ op: 'delete', reference: { ...bare, id: 8 } }] });
      const marked = { ...row, deleted: true, source_ms: 200, coordinate: at(200) };
      expect(await store.references('user')).toEqual([marked, { ...bare, id: 8, deleted: true }]);
      await store.commit({ references: [upsert({ source_ms: 300, coordinate: at(300), row: { back: 1 } })] });
      expect((await store.references('user'))[0]).toMatchObject({ deleted: false, row: { back: 1 } });
    });

    it('marks on a truncation what is not newer, in that table only', async () => {
      const store = given();
      const rows = [
        upsert({ id: 1, ...kept }),
        upsert({ id: 2, source_ms: 300, coordinate: at(300) }),
        upsert({ id: 3, table: 'course', ...kept }),
      ];
      await store.commit({ references: rows });
      const truncation = { op: 'truncate', table: 'user', source_ms: 200, coordinate: at(200) } as const;
      await store.commit({
        references: [
          upsert({ id: 4, source_ms: 150, coordinate: at(150) }),
          truncation,
          upsert({ id: 5, source_ms: 250, coordinate: at(250) }),
        ],
      });
      const deleted = (await store.references('user')).map((row) => [row.id, row.deleted, row.source_ms]);
      expect(deleted).toEqual([
        [1, true, 200],
        [2, false, 300],
        [4, true, 200],
        [5, false, 250],
      ]);
      expect(await store.references('course')).toMatchObject([{ id: 3, deleted: false }]);
    });

    it('holds the first word on an event of an enrolment, whatever comes later', async () => {
      const store = given();
      const event = reference({ table: 'enrolment_events', row: { event: 'created' } });
      await store.commit({ references: [{ op: 'upsert', reference: event }] });
      await store.commit({
        references: [
          { op: 'upsert', reference: { ...event, row: { event: 'other' }, ...kept } },
          { op: 'delete', reference: { ...event, ...kept } },
          { op: 'truncate', table: 'enrolment_events', ...kept },
        ],
      });
      expect(await store.references('enrolment_events')).toEqual([event]);
    });

    it('keeps imported rows beside those of Moodle, as they came last', async () => {
      const store = given();
      const { MAX_SAFE_INTEGER: id } = Number;
      const row = reference({
        table: 'sis_withdrawals',
        id,
        user_id: 10,
        parent_id: 4,
        row: { withdrawn_ms: 1_772_323_200_000 },
      });
      await store.commit({ references: [{ op: 'upsert', reference: row }, upsert({ id })] });
      const later = { ...row, row: { withdrawn_ms: 1_772_409_600_000 } };
      await store.commit({ references: [{ op: 'upsert', reference: later }] });
      expect(await store.references('sis_withdrawals', { user_ids: [10] })).toEqual([later]);
      await store.commit({ references: [{ op: 'delete', reference: { ...later, deleted: true } }] });
      expect(await store.references('sis_withdrawals')).toEqual([{ ...later, deleted: true }]);
      expect(await store.references('sis_opt_outs')).toEqual([]);
      expect(await store.references('user')).toMatchObject([{ id, deleted: false }]);
    });

    it('finds the rows of people, of nobody in particular, and of what they hang on', async () => {
      const store = given();
      const rows = [
        [1, 10, 5],
        [2, 10, 6],
        [3, 11, 5],
        [4, null, 5],
        [5, 0, null],
      ] as const;
      await store.commit({ references: rows.map(([id, user_id, parent_id]) => upsert({ id, user_id, parent_id })) });
      const ids = async (filter: Parameters<Store['references']>[1]) =>
        (await store.references('user', filter)).map((row) => row.id);
      expect(await ids({ user_ids: [10] })).toEqual([1, 2]);
      expect(await ids({ user_ids: [11, 0, null] })).toEqual([3, 4, 5]);
      expect(await ids({ parent_ids: [5, 6] })).toEqual([1, 2, 3, 4]);
      expect(await ids({ user_ids: [10, null], parent_ids: [5] })).toEqual([1, 4]);
      expect(await ids({ user_ids: [] })).toEqual([]);
      await expect(store.references('user', { user_ids: Array(501).fill(1) })).rejects.toBeInstanceOf(RangeError);
    });
  });
}

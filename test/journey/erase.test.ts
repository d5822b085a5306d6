/** Somebody is erased: nothing of them is found afterwards, wherever one looks, and no old file brings them back. */
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { ServiceEraser } from '../../src/app/erase-person.js';
import { importFile } from '../../src/app/import-run.js';
import { Runner } from '../../src/app/runner.js';
import { erasedHash } from '../../src/app/secret-key.js';
import { openService, type Service } from '../../src/app/service.js';
import { reportText, subjectReport } from '../../src/app/subject-report.js';
import type { Config } from '../../src/config.js';
import { noticeMark } from '../../src/notice-ports.js';
import { Erased } from '../../src/pipeline/erased.js';
import { StudentVoice } from '../../src/pipeline/student-voice.js';
import { named } from '../../src/ports.js';
import { drain, MONTHLY, publisherOf, storedRows, TableSink } from '../pipeline/telling.js';
import { bytesHold, rowsNaming } from './erased-site.js';
import { configOf, exportedAll, fileSource, HISTORY, LONG, NO_TICKS, openSite, replay, TempFolder } from './site.js';

const ES = { HOLDFAST_ELASTICSEARCH: 'http://127.0.0.1:9' };
const PRIVATE = ['sessions', 'course_sessions', 'user_activity', 'activity_days', 'enrolments', 'scores', 'in_risk', 'alerts'];

const folder = new TempFolder();
afterAll(() => folder.remove());

/** Of each table the lines that are not about this person. */
function others(texts: Record<string, string>, user_id: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const [head, ...lines] = text.split('\n');
      const at = head!.split(',').indexOf('user_id');
      return [name, lines.filter((line) => line.split(',')[at] !== String(user_id)).join('\n')];
    }),
  );
}

describe('a student with an alert, a note, words of their own and somebody who looked', () => {
  const file = folder.file('site.db');
  let config: Config;
  let service: Service;
  let sink: TableSink;
  let user_id: number;
  let alert_ids: string[];
  let last_name: string;
  let before: Record<string, string>;

  beforeAll(async () => {
    const site = await openSite({ ...MONTHLY, ...ES, HOLDFAST_STORE: `sqlite:${file}` });
    ({ config, service } = site);
    const { store, pipeline } = service;
    await replay(service, config, [HISTORY]);
    const [alert] = await store.alerts({}, { limit: 1 });
    user_id = alert!.user_id;
    const [person] = await store.references('user', { user_ids: [user_id] });
    last_name = String(person!.row.lastname);
    await pipeline.changeAlert(alert!.alert_id, null, { state: 'acknowledged', assignee: 'Ann Lee' }, named('Ann Lee'));
    await pipeline.changeAlert(
      alert!.alert_id,
      null,
      { state: 'resolved', outcome: 'contacted', note: 'Zebra: a call' } as never,
      named('Ann Lee'),
    );
    await new StudentVoice(store, pipeline).say(user_id, alert!.course_id, 'help', 'Zebra: my own words');
    await service.seen.record({ name: 'Ann Lee', kind: 'staff', user_id: null }, 'students/:userId', [
      { user_id, course_id: null },
    ]);
    await importFile(service, folder.lines(['student,group', `${user_id},Zebras`], 'groups.csv'));
    alert_ids = (await store.alerts({ user_id }, { limit: 100 })).map(({ alert_id }) => alert_id);
    const told = JSON.stringify({ sent_ms: 0, opened_ms: 0, alert_ids });
    await store.commit({ position: { source: 'notices:mail:77', from: null, to: told } });
    sink = new TableSink();
    await drain(publisherOf(service, sink));
    before = others(await exportedAll(service, PRIVATE), user_id);
    await service.views.student(user_id);
  });
  afterAll(() => service.close());

  it('is in a report with everything that is held, in words', async () => {
    const told = { names: [], retention: config.retention, now_ms: Date.parse('2026-11-20T09:00:00Z') };
    const report = await subjectReport(service, false, user_id, told);
    const held = rowsNaming(file, user_id).map((text) => text.split(' ')[0]!);
    expect(new Set(report.tables.map(({ table }) => table))).toEqual(new Set([...held, 'alert_edits']));
    const text = reportText(report);
    for (const word of [
      last_name,
      'Zebra: a call',
      'Zebra: my own words',
      'Zebras',
      'Ann Lee',
      'course_sessions: ',
      'Kept: 400 days',
    ])
      expect(text).toContain(word);
    expect(text).toMatch(/start 20\d\d-\d\d-\d\dT/);
  });

  it('tells a member of staff what they did, without whom it was about', async () => {
    const told = { names: ['Ann Lee'], retention: config.retention, now_ms: 0 };
    const text = reportText(await subjectReport(service, false, 999_999, told));
    expect(text).toContain('What you looked at.');
    expect(text).toContain('Alerts that you take care of.');
    expect(text).not.toMatch(new RegExp(`Zebra|${last_name}|\\b${user_id}\\b`));
  });

  it('tells a member of staff what stands under their number alone: notices to them, and what those named', async () => {
    const mark = JSON.stringify({ sent_ms: Date.parse('2026-11-19T07:30:00Z'), opened_ms: null, alert_ids: ['a', 'b'] });
    await service.store.commit({ position: { source: noticeMark('mail', 999_998), from: null, to: mark } });
    await service.seen.record({ name: 'notice to 999998', kind: 'staff', user_id: 999_998 }, 'notice', [
      { user_id, course_id: 7 },
    ]);
    const told = { names: [], retention: config.retention, now_ms: 0 };
    const text = reportText(await subjectReport(service, false, 999_998, told));
    expect(text).toContain('What you looked at.');
    expect(text).toMatch(/channel mail, sent 2026-11-19T07:30:00(\.000)?Z, alerts 2/);
    expect(text).not.toContain(last_name);
  });

  it('is gone from every table, list and page, and from the bytes of the file', async () => {
    expect(rowsNaming(file, user_id).length).toBeGreaterThan(50);
    const eraser = new ServiceEraser(service);
    expect(await eraser.holds(user_id)).toBe(true);
    const { removed } = await eraser.erase(user_id, named('Ann Lee'));
    expect(await eraser.holds(user_id)).toBe(false);
    expect(Object.values(removed).reduce((a, b) => a + b)).toBeGreaterThan(50);
    expect(await service.views.student(user_id)).toBeNull();
    const { items } = await service.views.alerts({}, null, 10_000);
    expect(items.filter(({ person }) => person.user_id === user_id)).toEqual([]);
    const texts = await exportedAll(service, PRIVATE);
    expect(others(texts, user_id)).toEqual(before);
    for (const text of Object.values(texts)) expect(text.split('\n').length - 1).toBeGreaterThan(0);
    for (const [name, text] of Object.entries(texts))
      expect([name, text]).toEqual([name, `${text.split('\n')[0]}\n${before[name]}`]);
    await drain(publisherOf(service, sink));
    expect(rowsNaming(file, user_id, alert_ids)).toEqual([]);
    await service.store.people.scrub();
    expect(['Zebra', 'Zebras'].filter((word) => bytesHold(file, word))).toEqual([]);
    const report = await subjectReport(service, true, user_id, { names: [], retention: config.retention, now_ms: 0 });
    expect(reportText(report)).toMatch(/was erased[\s\S]*No row is about this person/);
  });

  it('is gone from the index, whose rows are then those of the store', async () => {
    const stored = await storedRows(service);
    const told = sink.rows();
    for (const [table, rows] of Object.entries(stored)) expect({ [table]: told[table] }).toEqual({ [table]: rows });
  });

  it('does not come back with the whole history read again, with an import, their own words or a look', async () => {
    await new Runner(fileSource(HISTORY, config), service.pipeline, service.store, true).run();
    const imported = await importFile(service, folder.lines(['student,group', `${user_id},Zebras`], 'again.csv'));
    expect(imported).toMatchObject({ added: 0, erased: 1 });
    await service.seen.record({ name: 'Ann Lee', kind: 'staff', user_id: null }, 'students/:userId', [
      { user_id, course_id: null },
    ]);
    expect(rowsNaming(file, user_id)).toEqual([]);
    expect(others(await exportedAll(service, PRIVATE), user_id)).toEqual(before);
    expect((await service.store.counts()).ignored.erased).toBeGreaterThan(0);
    expect((await service.store.rejected({ limit: 100 })).filter(({ detail }) => detail.includes(String(user_id)))).toEqual([]);
  });

  it('stays away after a restart, and with another key the store does not open', async () => {
    await service.close();
    const key = '12'.repeat(32);
    await expect(openService({ ...config, pseudonym_key: key }, { clock: null })).rejects.toThrow(
      /key of pseudonyms is not the one/,
    );
    expect(existsSync(`${file}.key`)).toBe(true);
    service = await openService(config, { clock: null });
    expect(service.pipeline.erased.has(user_id)).toBe(true);
    expect(service.pipeline.erased.has(user_id + 1)).toBe(false);
  });
});

describe('an erasure in the middle of things', () => {
  it('at any point of a replay leaves nothing of the person at its end, nor after a second one', async () => {
    const users = await activeUsers();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...users), fc.integer({ min: 0, max: 40 }), async (user_id, after) => {
        const file = folder.file(`random-${user_id}-${after}.db`);
        const { service, config } = await openSite({ ...NO_TICKS, ...ES, HOLDFAST_STORE: `sqlite:${file}` });
        try {
          const source = fileSource(HISTORY, config, { batch_size: 800 });
          let batches = 0;
          for await (const batch of source.batches(null, new AbortController().signal)) {
            if (batches++ === after) await service.pipeline.erased.erase(user_id, 1, service.sinks);
            await service.pipeline.processBatch(batch, source);
          }
          if (batches <= after) await service.pipeline.erased.erase(user_id, 1, service.sinks);
          await drain(publisherOf(service, new TableSink()));
          expect(rowsNaming(file, user_id)).toEqual([]);
          await new Runner(fileSource(HISTORY, config), service.pipeline, service.store, true).run();
          await drain(publisherOf(service, new TableSink()));
          expect(rowsNaming(file, user_id)).toEqual([]);
        } finally {
          await service.close();
        }
      }),
      { numRuns: LONG ? 40 : 4, seed: 7 },
    );
  });

  it('is whole or not at all: what fails in it leaves everything as it was', async () => {
    const file = folder.file('broken.db');
    const { service, config } = await openSite({ ...NO_TICKS, HOLDFAST_STORE: `sqlite:${file}` });
    await replay(service, config, [HISTORY]);
    const [user_id] = await activeUsers();
    await service.close();
    const { default: Database } = await import('libsql');
    const database = new Database(file);
    database.exec("CREATE TRIGGER fault BEFORE INSERT ON erased BEGIN SELECT RAISE(ABORT, 'cut off'); END");
    database.close();
    const before = rowsNaming(file, user_id!);
    const again = await openService(config, { clock: null });
    try {
      await expect(again.pipeline.erased.erase(user_id!, 1, [])).rejects.toThrow();
      expect(rowsNaming(file, user_id!)).toEqual(before);
      expect(again.pipeline.erased.has(user_id!)).toBe(false);
    } finally {
      await again.close();
    }
  });

  it('by another process is heard of by one that works, with its next commit', async () => {
    const store = new MemoryStore();
    await store.open({ site: 'moodle', time_zone: 'UTC', day: (ms) => Math.floor(ms / 86_400_000) });
    const config = configOf({ HOLDFAST_PSEUDONYM_KEY: 'ab'.repeat(32) });
    const [one, other] = [0, 1].map(() => new Erased(store, () => erasedHash(config, store)));
    await one!.load();
    await other!.erase(5, 1, []);
    expect(one!.has(5)).toBe(false);
    let heard = 0;
    one!.heard = () => heard++;
    const said = {
      table: 'user',
      id: 5,
      user_id: 5,
      parent_id: null,
      deleted: false,
      row: {},
      source_ms: null,
      coordinate: null,
    } as const;
    const made = await one!.commit({ references: [{ op: 'upsert', reference: said }], ignored: { x: 1 } });
    expect(made.references).toEqual([]);
    expect([await store.references('user'), one!.has(5), heard]).toEqual([[], true, 1]);
  });
});

/** Students of the sample with activity, a few. */
async function activeUsers(): Promise<number[]> {
  const { service, config } = await openSite(NO_TICKS);
  try {
    await replay(service, config, [HISTORY]);
    const active = new Set((await service.store.sessions({}, { limit: 100_000 })).map(({ user_id }) => user_id));
    return [...active].slice(0, 12);
  } finally {
    await service.close();
  }
}

/** What rows look like outside: documents, events, and the schemas that consumers are given. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { messageOf, TOPIC_NAMES } from '../src/indexing/cloud-events.js';
import { documentOf, indexSpecs, type ToldRow } from '../src/indexing/documents.js';
import { OUTSIDE_NAMES } from '../src/indexing/names.js';
import { PUBLISHED_TABLES } from '../src/ports.js';
import { TABLES } from '../src/reading/table-infos.js';

const TOLD: ToldRow = {
  table: 'course_sessions',
  key: [43, 7, 1795350000000],
  row: { user_id: 43, course_id: 7, start_ms: 1795350000000, end_ms: 1795350000000, activities: 1, duration_s: 0, closed: false },
  time_ms: 1795350000000,
};

describe('outside', () => {
  it('every published table has a name', () => {
    expect(Object.keys(OUTSIDE_NAMES).sort()).toEqual([...PUBLISHED_TABLES].sort());
  });

  it('a row is a document under its key, with the time it is about', () => {
    expect(documentOf(TOLD, 12)).toEqual({
      id: '43|7|1795350000000',
      document: { '@timestamp': '2026-11-22T12:20:00.000Z', ...TOLD.row, holdfast: { round: 12 } },
    });
    expect(documentOf({ ...TOLD, row: null }, 12)).toEqual({ id: '43|7|1795350000000', document: null });
  });

  it('every column of a table is mapped in its index', () => {
    const specs = indexSpecs(TABLES);
    expect(specs.map(({ table }) => table).sort()).toEqual([...PUBLISHED_TABLES].sort());
    for (const { table, properties } of specs)
      expect(Object.keys(properties)).toEqual(
        expect.arrayContaining(['@timestamp', 'holdfast', ...TABLES.find((t) => t.name === table)!.columns.map((c) => c.name)]),
      );
  });

  it('a row is a CloudEvent, the same in every round but for the sequence', () => {
    const message = messageOf('north/campus', TOLD, 12)!;
    expect(message).toMatchObject({
      topic: 'holdfast.course-sessions.v1',
      key: '43|7|1795350000000',
      value: JSON.stringify(TOLD.row),
    });
    expect(message.headers).toEqual({
      ce_specversion: '1.0',
      ce_id: expect.stringMatching(/^[0-9a-f]{64}$/),
      ce_source: '/holdfast/north%2Fcampus',
      ce_type: 'holdfast.course_sessions.v1',
      ce_subject: '43|7|1795350000000',
      ce_time: '2026-11-22T12:20:00.000Z',
      ce_sequence: '12',
      'content-type': 'application/json',
    });
    expect(messageOf('north/campus', TOLD, 13)!.headers).toEqual({ ...message.headers, ce_sequence: '13' });
    const closed = messageOf('north/campus', { ...TOLD, row: { ...TOLD.row, closed: true } }, 13)!;
    expect(closed.headers.ce_id).not.toBe(message.headers.ce_id);
    expect(messageOf('north/campus', { ...TOLD, row: null }, 13)!.value).toBeNull();
  });

  it('days of activity have an index and no topic', () => {
    expect(messageOf('site', { ...TOLD, table: 'activity_days' }, 1)).toBeNull();
  });
});

describe('the schemas', () => {
  it('there is one for each topic, of the columns that exports have', () => {
    expect(readdirSync('schemas').sort()).toEqual(TOPIC_NAMES.map((topic) => `${topic}.json`).sort());
    for (const [table, { topic }] of Object.entries(OUTSIDE_NAMES)) {
      if (topic === null) continue;
      const schema = JSON.parse(readFileSync(`schemas/${topic}.json`, 'utf8')) as { properties: object; required: string[] };
      const columns = TABLES.find(({ name }) => name === table)!.columns.map(({ name }) => name);
      expect([topic, Object.keys(schema.properties)]).toEqual([topic, columns]);
      expect(schema.required).toEqual(columns);
    }
  });
});

/** What rows look like outside: documents, events, and the schemas that consumers are given. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { clickTopicSpecs } from '../src/app/click-sinks.js';
import { decodeEcs } from '../src/clickstream/ecs.js';
import { ecsDocument } from '../src/clickstream/ecs-document.js';
import { messageOf, TOPICS } from '../src/indexing/cloud-events.js';
import { documentOf, indexSpecs, type ToldRow } from '../src/indexing/documents.js';
import { documentId, OUTSIDE_NAMES, outsideNames } from '../src/indexing/names.js';
import { PUBLISHED_TABLES } from '../src/ports.js';
import { CLICK_TABLES } from '../src/reading/click-table-infos.js';
import { TABLES } from '../src/reading/table-infos.js';
import { clickAt } from './clickstream/joined.js';

const WEEK_MS = 7 * 86_400_000;

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
  const CLICK_TOPICS = clickTopicSpecs(WEEK_MS).map(({ topic }) => topic);

  it('there is one for each topic, of the columns that exports have', () => {
    const topics = [...TOPICS.map(({ topic }) => topic), ...CLICK_TOPICS];
    expect(readdirSync('schemas').sort()).toEqual(topics.map((topic) => `${topic}.json`).sort());
    for (const { name, columns } of [...TABLES, ...CLICK_TABLES]) {
      const { topic } = outsideNames(name);
      if (topic === null || !topics.includes(topic)) continue;
      const schema = JSON.parse(readFileSync(`schemas/${topic}.json`, 'utf8')) as { properties: object; required: string[] };
      const names = columns.map((column) => column.name);
      expect([topic, Object.keys(schema.properties)]).toEqual([topic, names]);
      expect(schema.required).toEqual(names);
    }
  });
});

describe('clicks outside', () => {
  it('every click table has a topic, and what is too old leaves it as it leaves the store', () => {
    const settings = Object.fromEntries(clickTopicSpecs(WEEK_MS).map((spec) => [spec.topic, spec.settings]));
    expect(Object.keys(settings)).toEqual([
      ...CLICK_TABLES.map(({ name }) => `holdfast.clicks.${name}.v1`),
      'unique-event-topic',
    ]);
    const week = { 'retention.ms': '604800000' };
    expect(settings['holdfast.clicks.events_per_min.v1']).toEqual({ 'cleanup.policy': 'compact,delete', ...week });
    expect(settings['holdfast.clicks.event_counts.v1']).toEqual({ 'cleanup.policy': 'compact' });
    expect(settings['holdfast.clicks.user_clickstream.v1']).toEqual({ 'cleanup.policy': 'delete', ...week });
    expect(settings['unique-event-topic']).toEqual({ 'cleanup.policy': 'delete', ...week });
  });

  it('two keys never share a document, whatever visitors are called, and no key is longer than an index takes', () => {
    expect(documentId(['a|b', 'c', 7])).toBe('a%7Cb|c|7');
    expect(documentId(['a', 'b|c', 7])).toBe('a|b%7Cc|7');
    expect(documentId(['a%7Cb', 'c', 7])).toBe('a%257Cb|c|7');
    const long = documentId(['ü'.repeat(255), '203.0.113.7', 'London', 7]);
    expect(long).toMatch(/^%sha256\|[0-9a-f]{64}$/);
    expect(documentId(['ü'.repeat(255), '203.0.113.8', 'London', 7])).not.toBe(long);
  });

  it('a click is a document of the Common Schema that reads back as the click it was', () => {
    const { '@timestamp': time, ...document } = ecsDocument(
      clickAt(1584669952042, { id: 'x', status: 404, level: null, definition: null }),
    );
    const decoded = decodeEcs({ '@timestamp': time, ...document }, { source: 'test', position: 'line 1', received_ms: null });
    expect(decoded).toMatchObject({
      kind: 'click',
      click: {
        id: 'x',
        time_ms: 1584669952042,
        user_id: 7,
        ip: '203.0.113.7',
        request: 'GET /index.html HTTP/1.1',
        status: 404,
        bytes: 2048,
      },
    });
  });
});

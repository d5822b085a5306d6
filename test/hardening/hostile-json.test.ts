/** JSON made to do harm: nested without end, or with the names that every object has. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseCsv } from '../../src/adapters/csv/csv-file.js';
import { avroDecoder } from '../../src/adapters/kafka/avro.js';
import { groupOf } from '../../src/adapters/oulad/groups.js';
import { Exposition } from '../../src/app/top/exposition.js';
import { decodeLine } from '../../src/clickstream/decode-record.js';
import { decodeDebezium } from '../../src/moodle/debezium.js';
import { interpret } from '../../src/moodle/interpret.js';
import { keyCursor, keyOf } from '../../src/reading/cursors.js';
import { parseManifest } from '../../src/scoring/manifest.js';
import { ClickSite } from '../http/clicks-site.js';
import { NOW_MS } from '../http/fakes.js';
import { workedMs } from './worked.js';

const brackets = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
const braces = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
/** A second of work is more than anything of one record may take. */
const AT_ONCE_MS = 1_000;
const NAMES_OF_EVERY_OBJECT = [...Object.getOwnPropertyNames(Object.prototype), 'prototype'];

let site: ClickSite;
beforeAll(async () => {
  site = await ClickSite.start();
});
afterAll(() => site.close());

describe('JSON nested without end', () => {
  it.each(['predictions/score', 'models/retrain'])('sent to %s is refused, quickly, and is no failure of ours', async (route) => {
    for (const body of [brackets(5_000), brackets(400_000), `{"user_id":${brackets(200_000)}}`, braces(100_000)]) {
      const begun = process.cpuUsage();
      const { status, json } = await site.post(route, body, { 'content-type': 'application/json' });
      expect([status, json.detail]).toEqual([400, 'The body is nested deeper than 32 levels.']);
      expect(workedMs(begun)).toBeLessThan(AT_ONCE_MS);
    }
    expect(site.parts.log.entries).toEqual([]);
  });

  it('in a text is text', async () => {
    const { json } = await site.post('predictions/score', JSON.stringify({ user: brackets(50) }), {
      'content-type': 'application/json',
    });
    expect(json.detail).not.toContain('nested');
  });

  it('in a click is left out, as a record it is none, and others with it are taken', async () => {
    const click = (more: string) => `{"userid":1,"_time":${NOW_MS}${more}}`;
    const lines = [click(''), click(`,"page":${brackets(30_000)}`), brackets(30_000), click('')].join('\n');
    const answer = await site.post('clicks', lines, { 'content-type': 'application/x-ndjson' });
    expect([answer.status, answer.json.accepted, answer.json.errors.map(({ line }: { line: number }) => line)]).toEqual([
      202,
      3,
      [3],
    ]);
  });

  it('in a captured change is a change or a rejection, at once', () => {
    for (const deep of [brackets(500_000), braces(150_000)])
      for (const line of [deep, `{"before":null,"after":{"id":7,"firstname":${deep}},"source":{"table":"mdl_user"},"op":"c"}`]) {
        const begun = process.cpuUsage();
        const decoded = decodeDebezium(line, { prefix: 'mdl_', at: 'line 1' });
        const kept = decoded.kind === 'change' ? interpret(decoded.change, { count_anonymous: false }) : decoded;
        expect(JSON.stringify(kept).length).toBeLessThan(1_000);
        expect(workedMs(begun)).toBeLessThan(AT_ONCE_MS);
      }
  });

  it('in Avro, where a type holds itself, is no value and not the end of the process', () => {
    const list = { type: 'record', name: 'List', fields: [{ name: 'next', type: ['null', 'List'] }] };
    const decode = avroDecoder(list);
    expect(decode(Buffer.from([2, 2, 0]))).toEqual({ next: { next: { next: null } } });
    expect(() => decode(Buffer.alloc(1_000_000, 2))).toThrow();
  });
});

describe('a list in Avro of things that take no room', () => {
  it('is refused with its schema: ten bytes could say that there are a billion', () => {
    for (const items of [
      'null',
      { type: 'fixed', name: 'F', size: 0 },
      { type: 'record', name: 'R', fields: [{ name: 'a', type: 'null' }] },
    ])
      expect(() => avroDecoder({ type: 'array', items })).toThrow();
    expect(avroDecoder({ type: 'array', items: ['null', 'string'] })(Buffer.from([2, 0, 0]))).toEqual([null]);
  });
});

describe('names that every object has', () => {
  it.each(NAMES_OF_EVERY_OBJECT)('%s is no operation, table, column, group, word or setting', async (name) => {
    const options = { prefix: 'mdl_', at: 'line 1' };
    const envelope = (op: string, table: string) => `{"before":null,"after":{"id":7},"source":{"table":"${table}"},"op":"${op}"}`;
    expect(decodeDebezium(envelope(name, 'mdl_user'), options)).toMatchObject({ kind: 'rejected', reason: 'unknown-shape' });
    expect(decodeDebezium(`{"id":7,"__op":"${name}","__table":"mdl_user"}`, options)).toMatchObject({ kind: 'rejected' });
    expect(decodeDebezium(envelope('c', `mdl_${name}`), options).kind).toBe('ignored');
    expect(groupOf(name)).toBe('other');
    expect(() => new Exposition(`a ${name}\n`)).toThrow(/line 1/);
    expect(() => parseManifest(`{"${name}":{"version":"x"}}`, 'models/x')).toThrow(/lacks/);
    expect(() => keyOf(keyCursor([name]).slice(1), 1)).toThrow(/none of ours/);
    expect((await fetch(`${site.address}/api/v1/tables/${name}`)).status).toBe(404);
    // Some are no fields too many to the library that checks: then they are left out.
    const plain = await (await fetch(`${site.address}/api/v1/alerts`)).text();
    for (const query of [`${name}=1`, `${name}[${name}]=1`, `status[${name}]=1`]) {
      const answer = await fetch(`${site.address}/api/v1/alerts?${query}`);
      expect([200, 400]).toContain(answer.status);
      if (answer.status === 200) expect(await answer.text()).toBe(plain);
    }
  });

  it('in bodies, changes, clicks and imports change no object of ours', async () => {
    const poisons = ['{"__proto__":{"polluted":1}}', '{"constructor":{"prototype":{"polluted":1}}}'];
    for (const poison of poisons) {
      for (const route of ['predictions/score', 'models/retrain', 'clicks', 'events', 'users', 'codes'])
        expect((await site.post(route, poison)).status).toBe(400);
      const row = poison.slice(1, -1);
      const line = `{"before":null,"after":{"id":7,${row}},"source":{"table":"mdl_user",${row}},"op":"c",${row}}`;
      const decoded = decodeDebezium(line, { prefix: 'mdl_', at: 'line 1' });
      expect(decoded.kind).toBe('change');
      if (decoded.kind === 'change') interpret(decoded.change, { count_anonymous: false });
      for (const format of ['clicks', 'udp', 'ecs', 'events', 'users', 'codes'] as const) {
        const click = `{"userid":1,"_time":${NOW_MS},"@timestamp":${NOW_MS},"user_id":1,"code":1,"labels":${poison},${row}}`;
        const record = decodeLine(format, click, { source: 's', position: 'line 1', received_ms: NOW_MS });
        expect(JSON.stringify(record)).not.toContain('"prototype"');
      }
    }
    parseCsv('list.csv', new TextEncoder().encode('__proto__,constructor\npolluted,1\n'));
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

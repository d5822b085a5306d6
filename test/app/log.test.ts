import { describe, expect, it } from '@jest/globals';
import { logger } from '../../src/app/log.js';
import { redacted, scrubbed } from '../../src/app/redact.js';

function logged(terminal: boolean, level: 'info' | 'silent', write: (log: ReturnType<typeof logger>) => void): string[] {
  const lines: string[] = [];
  write(logger(level, { terminal, write: (line) => void lines.push(line) }));
  return lines;
}
const one = (write: (log: ReturnType<typeof logger>) => void): Record<string, unknown> =>
  JSON.parse(logged(false, 'info', write)[0] ?? 'null');

describe('the log', () => {
  it('is JSON with the names of the Elastic Common Schema, one line a record', () => {
    const lines = logged(false, 'info', (log) => log.warn({ 'source.lag_s': 90 }, 'the source is %d s behind', 90));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{[^\n]*\}\n$/);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      '@timestamp': expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      'log.level': 'warn',
      message: 'the source is 90 s behind',
      'service.name': 'holdfast',
      'source.lag_s': 90,
    });
  });

  it('holds nothing below its level', () => {
    expect(logged(false, 'info', (log) => log.debug('details'))).toEqual([]);
    expect(logged(false, 'silent', (log) => log.fatal('the end'))).toEqual([]);
  });

  it('tells an error with its stack', () => {
    expect(JSON.stringify(one((log) => log.error({ err: new TypeError('boom') }, 'failed')))).toMatch(/boom.*log\.test/);
  });

  it('is a line of text on a terminal, with the stack of an error below it', () => {
    expect(logged(true, 'info', (log) => log.info({ rows: 3, course_id: 5 }, 'committed'))[0]).toMatch(
      /^\d\d:\d\d:\d\d info {3}committed {2}rows=3 {2}course_id=5\n$/,
    );
    expect(logged(true, 'info', (log) => log.error(new Error('boom')))[0]).toMatch(/error {2}boom\n {4}Error: boom\n {8}at /);
  });
});

/** Each must not be found in any line. */
const MARKERS = {
  id: '914273',
  ip: '203.0.113.77',
  ip6: '2001:db8::7a:1',
  name: 'Zephyrine',
  mail: 'zeph@uni.example.org',
  password: 'hunter2-9f',
};
const all = Object.values(MARKERS);

describe('nothing private gets into it', () => {
  const { id, ip, ip6, name, mail, password } = MARKERS;
  const url = `mysql://moodle:${password}@db.example.org:3306/moodle`;
  const cause = new Error(`no route to ${ip} for ${mail}`);
  const tellings: [string, (log: ReturnType<typeof logger>) => void][] = [
    ['fields', (log) => log.info({ user_id: Number(id), ip, username: name, email: mail, password }, 'x')],
    [
      'fields in dotted form',
      (log) => log.info({ 'user.id': id, 'client.ip': ip, 'user.name': name, 'user.full_name': name }, 'x'),
    ],
    ['fields in camel case', (log) => log.info({ userId: id, firstName: name, apiKey: password, lastIp: ip6 }, 'x')],
    ['fields inside others', (log) => log.info({ a: { b: [{ userid: id, firstname: name, lastname: name }] } }, 'x')],
    ['whole rows', (log) => log.info({ row: { anything: name }, rows: [{ id }], headers: { 'x-real-ip': ip } }, 'x')],
    ['what staff wrote', (log) => log.info({ assignee: name, note: `rang ${name}`, actor: name }, 'x')],
    ['messages', (log) => log.info(`user ${id} came from ${ip} or ${ip6}, ${mail}`)],
    ['what is filled into messages', (log) => log.info('user_id=%d at %s with %s', Number(id), ip, url)],
    ['messages beside fields', (log) => log.warn({ ok: 1 }, 'student %s, %s', id, mail)],
    ['errors', (log) => log.error({ err: new Error(`Access denied at ${url} from ${ip}`, { cause }) }, 'x')],
    ['errors alone', (log) => log.error(new Error(`userid: ${id} ${mail} [${ip6}]`, { cause }))],
    ['errors in other fields', (log) => log.error({ why: cause }, 'x')],
    ['URLs in fields', (log) => log.info({ 'service.address': url, list: [url] }, 'x')],
    ['the fields of a child', (log) => log.child({ user_id: id, ip, at: url }).info('x')],
    ['the fields of a grandchild', (log) => log.child({ a: 1 }).child({ username: name }).error(new Error(mail))],
    ['what is too deep', (log) => log.info({ a: { b: { c: { d: { e: { f: name } } } } } }, 'x')],
  ];
  it.each(tellings)('in %s', (_, tell) => {
    for (const terminal of [true, false]) {
      const text = logged(terminal, 'info', tell).join('');
      expect(text.length).toBeGreaterThan(10);
      expect(all.filter((marker) => text.includes(marker))).toEqual([]);
    }
  });
});

describe('what is of use stays', () => {
  it.each([
    'listening on 127.0.0.1:3000 and [::1]:3000',
    'binlog.000012 at 18:30:05, 2026-11-22T18:30:05.123Z',
    'Node 20.19.4, MariaDB 10.11.6-MariaDB-0+deb12u1',
    'cannot open file:///var/lib/holdfast/holdfast.db',
    'course 3: 28 users scored',
  ])('%s', (text) => {
    expect(scrubbed(text)).toBe(text);
  });

  it('fields that say nothing about a person', () => {
    const fields = {
      course_id: 3,
      'host.hostname': 'box',
      users: 28,
      rows: 0,
      user_agent: 'curl',
      topic: 'a.b',
      position: 'x:4',
      ok: null,
    };
    expect(redacted(fields)).toEqual(fields);
  });
});

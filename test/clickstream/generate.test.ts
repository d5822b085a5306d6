import { describe, expect, it } from '@jest/globals';
import { decodeLine } from '../../src/clickstream/decode-record.js';
import { AGENTS, IPS, REQUESTS, STATUSES } from '../../src/clickstream/generate/clicks.js';
import { GENERATORS, type GeneratedKind } from '../../src/clickstream/generate/generators.js';
import { paced, SESSIONIZE } from '../../src/clickstream/generate/pace.js';
import { linesOf, randomLines } from '../../src/clickstream/generate/random-lines.js';
import { CITIES, LEVELS } from '../../src/clickstream/generate/reference-rows.js';

const start_ms = Date.UTC(2020, 2, 20, 2, 5, 52);
const COUNT = 20_000;
const KINDS = Object.keys(GENERATORS) as GeneratedKind[];

function texts(kind: GeneratedKind, count: number, seed = 7): string[] {
  return [...GENERATORS[kind].generate(seed, { start_ms, rate_per_s: 100, count })].map(({ text }) => text);
}
function rows(kind: GeneratedKind, count = COUNT): Record<string, unknown>[] {
  return texts(kind, count).map((text) => JSON.parse(text) as Record<string, unknown>);
}
/** How often each value of a column is there. */
function shares(of: Record<string, unknown>[], column: string): Map<unknown, number> {
  const shares = new Map<unknown, number>();
  for (const row of of) shares.set(row[column], (shares.get(row[column]) ?? 0) + 1 / of.length);
  return shares;
}
const valuesOf = (of: Record<string, unknown>[], column: string) => new Set(shares(of, column).keys());

describe('every generator', () => {
  it.each(KINDS)('of %s gives the same for the same seed', (kind) => {
    expect(texts(kind, 50)).toEqual(texts(kind, 50));
    if (kind !== 'codes') expect(texts(kind, 50, 8)).not.toEqual(texts(kind, 50));
  });

  it.each(KINDS)('of %s gives what can be counted, at the time that it says', (kind) => {
    for (const { time_ms, text } of GENERATORS[kind].generate(1, { start_ms, rate_per_s: 1, count: 500 })) {
      const decoded = decodeLine(kind, text, { source: 's', position: '1', received_ms: time_ms });
      if ('reject' in decoded) throw new Error(`${decoded.detail}: ${text}`);
      const { kind: what } = decoded;
      const at =
        what === 'click' ? decoded.click.time_ms : what === 'event' ? decoded.event.time_ms : decoded.reference.valid_from_ms;
      expect(at).toBe(time_ms);
    }
  });
});

describe('clicks', () => {
  const clicks = rows('clicks');

  it('have the columns of the public demo, numbers as texts', () => {
    expect(Object.keys(clicks[0]!)).toEqual('ip userid remote_user time _time request status bytes referrer agent'.split(' '));
    expect(clicks[0]).toMatchObject({ time: '20/Mar/2020:02:05:52 +0000', _time: start_ms, remote_user: '-', referrer: '-' });
  });

  it('have the demo’s values and no others', () => {
    expect(valuesOf(clicks, 'status')).toEqual(new Set(STATUSES));
    expect([...valuesOf(clicks, 'bytes')].sort()).toEqual(['1289', '14096', '2048', '278', '4006', '4096', '4196']);
    expect([...valuesOf(clicks, 'userid')].map(Number).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 42 }, (_, i) => i - 1),
    );
    expect(valuesOf(clicks, 'ip')).toEqual(new Set(IPS));
    expect(IPS).toHaveLength(40);
    expect(valuesOf(clicks, 'agent')).toEqual(new Set(AGENTS));
    expect(valuesOf(clicks, 'request')).toEqual(new Set(REQUESTS));
  });

  it('ask for the status page twice as often as for any other', () => {
    for (const [request, share] of shares(clicks, 'request')) {
      expect(share).toBeCloseTo(request === 'GET /site/user_status.html HTTP/1.1' ? 2 / 6 : 1 / 6, 1);
    }
  });
});

describe('reference rows', () => {
  it('of users are counted from 1, and share names', () => {
    const users = rows('users', 200);
    expect(users.map(({ user_id }) => user_id)).toEqual(Array.from({ length: 200 }, (_, i) => i + 1));
    expect(valuesOf(users, 'city')).toEqual(new Set(CITIES));
    expect(valuesOf(users, 'level')).toEqual(new Set(LEVELS));
    expect(valuesOf(users, 'username').size).toBeLessThan(200);
  });

  it('of codes are the whole table after six', () => {
    expect(rows('codes', 6).map(({ code }) => code)).toEqual([200, 302, 404, 405, 406, 407]);
  });
});

describe('product events', () => {
  it('have four names, equally likely', () => {
    const events = rows('events');
    expect(events[0]).toMatchObject({ date: '2020-03-20T02:05:52UTC' });
    expect([...valuesOf(events, 'eventName')].sort()).toEqual(['addtobasket', 'productview', 'purchase', 'removefrombasket']);
    for (const share of shares(events, 'eventName').values()) expect(share).toBeCloseTo(0.25, 1);
    expect(events.every(({ productId, userId }) => /^[a-z0-9]{15} [a-z0-9]{8}$/.test(`${productId} ${userId}`))).toBe(true);
  });
});

describe('UDP records', () => {
  it('have the columns of real ones, the date in seconds, and visitors without a user among them', () => {
    const records = rows('udp', 2_000);
    const columns = 'session_id user_id partner_name page_type init_session date user_agent city current_url referrer language';
    for (const column of [...columns.split(' '), 'ip', 'event', 'partner_id', 'country'])
      expect(records[0]).toHaveProperty(column);
    expect(records[0]!.date).toBe(start_ms / 1000);
    expect(valuesOf(records, 'user_id').has(null)).toBe(true);
    const sessions = valuesOf(records, 'session_id');
    expect(records.filter(({ init_session }) => init_session === true)).toHaveLength(sessions.size);
  });
});

describe('pacing', () => {
  it('is even, and without a count it has no end', () => {
    expect([...paced({ start_ms: 1000, rate_per_s: 4, count: 4 })]).toEqual([1000, 1250, 1500, 1750]);
    const endless = paced({ start_ms: 0, rate_per_s: 1 });
    for (let i = 0; i < 100; i++) expect(endless.next()).toEqual({ done: false, value: i * 1000 });
  });

  it('in sessions is 90 s of clicks, 35 s of silence, and again', () => {
    const times = [...paced({ start_ms: 0, rate_per_s: 1, count: 270, sessionize: SESSIONIZE })].map((time_ms) => time_ms / 1000);
    expect([times[0], times[89], times[90], times[179], times[180]]).toEqual([0, 89, 125, 214, 250]);
    const own = [...paced({ start_ms: 0, rate_per_s: 1, count: 5, sessionize: { on_s: 2, off_s: 10 } })];
    expect(own).toEqual([0, 1000, 12_000, 13_000, 24_000]);
  });

  it.each([[0], [-1], [Number.NaN]])('at a rate of %s is refused', (rate_per_s) => {
    expect(() => paced({ start_ms: 0, rate_per_s }).next()).toThrow('rate');
  });
});

describe('random lines of a file', () => {
  it('are its lines as they are, every one sooner or later, 10,000 of them two a second unless told otherwise', () => {
    const lines = linesOf('{"a":1}\r\n\n"b"\n  \nc');
    expect(lines).toEqual(['{"a":1}', '"b"', 'c']);
    const sent = [...randomLines(7, lines, { start_ms: 0 })];
    expect([sent.length, sent[1]!.time_ms]).toEqual([10_000, 500]);
    expect(new Set(sent.map(({ text }) => text))).toEqual(new Set(lines));
    expect([...randomLines(7, lines, { start_ms: 0 })]).toEqual(sent);
    expect([...randomLines(7, lines, { start_ms: 0, count: 3, rate_per_s: 10 })].map(({ time_ms }) => time_ms)).toEqual([
      0, 100, 200,
    ]);
  });

  it('cannot be taken of an empty file', () => {
    expect(() => randomLines(7, linesOf('\n'), { start_ms: 0 }).next()).toThrow('no line');
  });
});

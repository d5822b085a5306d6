/** Whatever comes in, decoding gives a record or a reason, and the reason tells nothing of what came in. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { CLICK_FORMATS, type ClickFormat, type Decoded, decodeLine, decodeObject } from '../../src/clickstream/decode-record.js';
import { timeOf } from '../../src/clickstream/times.js';

const numRuns = process.env.HOLDFAST_LONG === '1' ? 5_000 : 500;
const at = { source: 'input', position: '1', received_ms: null };

/** Nobody's column and no word of ours: found in a detail, it can only come from the record. */
const SECRET = 'qzxjv';
const DETAILS_CHARS_MAX = 200;

const COLUMNS = (
  'ip userid user_id remote_user time _time date @timestamp request status bytes referrer agent user_agent id session_id city ' +
  'country current_url eventName userId productId code definition username registered_at updated_at event url http source user ' +
  'event.id user.id source.ip http.response.status_code schema payload labels __proto__ constructor'
).split(' ');

const oddText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '',
    '-',
    '7',
    '007',
    '\0',
    '\ud800',
    '20/Mar/2020:02:05:52 +0000',
    '2020-03-20T02:05:52Z',
    '203.0.113.9',
    '200',
  ),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
);
const secretText = fc.tuple(oddText, oddText).map(([before, after]) => `${before}${SECRET}${after}`);
const value = fc.oneof(
  { weight: 4, arbitrary: oddText },
  { weight: 2, arbitrary: secretText },
  { weight: 2, arbitrary: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(1584669952042, 1584669952, 200, -1, 0)) },
  { weight: 1, arbitrary: fc.jsonValue() },
);
const record = fc.dictionary(
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...COLUMNS) }, { weight: 1, arbitrary: secretText }),
  value,
  {
    maxKeys: 12,
  },
);
const format = fc.constantFrom(...CLICK_FORMATS);

/** A good record of each format; one or two columns of it are spoilt. */
const GOOD: Record<Exclude<ClickFormat, 'combined'>, Record<string, unknown>> = {
  clicks: {
    _time: 5,
    ip: '203.0.113.9',
    userid: 7,
    request: 'GET /',
    status: '200',
    bytes: 1,
    referrer: 'r',
    agent: 'a',
    id: 'i',
    city: 'c',
  },
  udp: {
    date: 5,
    ip: '203.0.113.9',
    user_id: 7,
    current_url: '/',
    user_agent: 'a',
    session_id: 's',
    country: 'c',
    page_type: 'p',
  },
  ecs: {
    '@timestamp': 5,
    'source.ip': '203.0.113.9',
    'user.id': 7,
    'url.path': '/',
    'http.response.status_code': 200,
    'event.id': 'i',
  },
  events: { date: 5, eventName: 'e', productId: 'p', userId: 7, id: 'i' },
  users: { user_id: 7, username: 'u', first_name: 'f', last_name: 'l', city: 'c', level: 'l', registered_at: 5, updated_at: 6 },
  codes: { code: 404, definition: 'd', time: 5 },
};
const anySecret = fc.oneof(
  secretText,
  secretText.map((text) => text.repeat(300)),
  fc.tuple(secretText),
  secretText.map((text) => ({ [text]: text })),
);
const spoilt = fc
  .constantFrom(...(Object.keys(GOOD) as (keyof typeof GOOD)[]))
  .chain((way) =>
    fc.tuple(fc.constant(way), fc.dictionary(fc.constantFrom(...Object.keys(GOOD[way])), anySecret, { minKeys: 1, maxKeys: 2 })),
  );

/** Well made: bounded, of the promised kinds, fit for a database; or refused, and silent about the content. */
function check(result: Decoded): void {
  if ('reject' in result) {
    expect(result.detail.length).toBeLessThan(DETAILS_CHARS_MAX);
    expect(result.detail).not.toContain(SECRET);
    return;
  }
  const time_ms =
    result.kind === 'click'
      ? result.click.time_ms
      : result.kind === 'event'
        ? result.event.time_ms
        : result.reference.valid_from_ms;
  expect(Number.isInteger(time_ms) && time_ms >= 0 && time_ms < 2 ** 48).toBe(true);
  for (const text of textsOf(result)) {
    expect(text.length).toBeLessThanOrEqual(2_048);
    expect(text).not.toMatch(/\p{Surrogate}|\0/u);
  }
}

function textsOf(of: unknown): string[] {
  if (typeof of === 'string') return [of];
  return typeof of === 'object' && of !== null ? [...Object.keys(of), ...Object.values(of).flatMap(textsOf)] : [];
}

describe('decoding', () => {
  it('never throws and never tells the content, of any text', () => {
    fc.assert(
      fc.property(format, fc.oneof(oddText, secretText), (way, text) => check(decodeLine(way, text, at))),
      { numRuns },
    );
  });

  it('never throws and never tells the content, of any record', () => {
    fc.assert(
      fc.property(format, record, (way, sent) => check(decodeLine(way, JSON.stringify(sent), at))),
      { numRuns },
    );
  });

  it('keeps silent about the column that is bad in an otherwise good record', () => {
    let refusals = 0;
    const run = fc.property(spoilt, ([way, columns]) => {
      const result = decodeLine(way, JSON.stringify({ ...GOOD[way], ...columns }), at);
      check(result);
      if ('reject' in result) refusals++;
    });
    fc.assert(run, { numRuns });
    expect(refusals).toBeGreaterThan(numRuns / 4);
  });

  it('never throws, of anything that was parsed by somebody else', () => {
    const anything = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withTypedArray: true,
    });
    fc.assert(
      fc.property(format, fc.oneof(anything, fc.dictionary(fc.constantFrom(...COLUMNS), anything)), (way, sent) =>
        check(decodeObject(way, sent, at)),
      ),
      { numRuns },
    );
  });

  it('reads every line that has the form of an access log, and says what is wrong with one that nearly has', () => {
    const written = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom('\\', '"', 'x', ' ', '4') }));
    const quoted = written.map((text) => text.replace(/\p{C}/gu, '_'));
    const status = fc.integer({ min: 100, max: 599 });
    fc.assert(
      fc.property(fc.ipV4(), quoted, quoted, quoted, status, fc.nat(), (ip, request, referrer, agent, code, bytes) => {
        const [asked, from, by] = [request, referrer, agent].map((text) => text.replace(/[\\"]/g, '\\$&'));
        const line = `${ip} - - [20/Mar/2020:02:05:52 +0000] "${asked}" ${code} ${bytes} "${from}" "${by}"`;
        const orNull = (text: string) => (text === '' || text === '-' ? null : text);
        expect(decodeLine('combined', line, at)).toMatchObject({
          kind: 'click',
          click: { ip, request: orNull(request), status: code, bytes, referrer: orNull(referrer), agent: orNull(agent) },
        });
        for (let end = 0; end < line.length; end += 17) check(decodeLine('combined', line.slice(0, end), at));
      }),
      { numRuns: Math.ceil(numRuns / 10) },
    );
  });
});

describe('times', () => {
  const anyTime = fc.date({ min: new Date(0), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true });

  it('are the same however they are written', () => {
    fc.assert(
      fc.property(anyTime, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, offset_min) => {
        const time_ms = date.getTime();
        const iso = date.toISOString();
        expect(timeOf(iso)).toBe(time_ms);
        expect(timeOf(`${iso.slice(0, -1)}UTC`)).toBe(time_ms);
        expect(timeOf(iso.slice(0, -1).replace('T', ' '))).toBe(time_ms);
        const there = new Date(time_ms + offset_min * 60_000);
        if (there.getTime() < 0 || there.getUTCFullYear() > 9999) return;
        const [h, m] = [Math.floor(Math.abs(offset_min) / 60), Math.abs(offset_min) % 60].map((part) =>
          String(part).padStart(2, '0'),
        );
        expect(timeOf(`${there.toISOString().slice(0, -1)}${offset_min < 0 ? '-' : '+'}${h}:${m}`)).toBe(time_ms);
        const [, day, month, year] = there.toUTCString().split(' ');
        const clock = there.toISOString().slice(11, 19);
        const logged = `${day}/${month}/${year}:${clock} ${offset_min < 0 ? '-' : '+'}${h}${m}`;
        expect(timeOf(logged)).toBe(Math.floor(time_ms / 1000) * 1000);
      }),
      { numRuns },
    );
  });
});

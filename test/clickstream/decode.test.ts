import { describe, expect, it } from '@jest/globals';
import type { ClickRecord } from '../../src/click-ports.js';
import {
  type ClickFormat,
  decodeLine,
  decodeObject,
  RECORD_CHARS_MAX,
  type RecordPlace,
} from '../../src/clickstream/decode-record.js';

const at: RecordPlace = { source: 'clicks.ndjson', position: 'line 3', received_ms: null };
const AGENT = 'Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0';

function decoded(format: ClickFormat, record: unknown, place = at): ClickRecord {
  const result = decodeLine(format, typeof record === 'string' ? record : JSON.stringify(record), place);
  if ('reject' in result) throw new Error(`${result.reject}: ${result.detail}`);
  return result;
}
function click(format: ClickFormat, record: unknown) {
  const result = decoded(format, record);
  if (result.kind !== 'click') throw new Error(result.kind);
  return result.click;
}
function reference(format: ClickFormat, record: unknown, received_ms: number | null = null) {
  const result = decoded(format, record, { ...at, received_ms });
  if (result.kind !== 'reference') throw new Error(result.kind);
  return result.reference;
}

const demo = {
  ip: '111.152.45.45',
  userid: 7,
  remote_user: '-',
  time: '20/Mar/2020:02:05:52 +0000',
  _time: 1584669952042,
  request: 'GET /index.html HTTP/1.1',
  status: '200',
  bytes: '14096',
  referrer: '-',
  agent: AGENT,
};
const udp = {
  session_id: 's-1',
  user_id: 'u7',
  partner_name: 'north-bank',
  partner_id: 3,
  page_type: 'product',
  init_session: true,
  date: 1571645022,
  user_agent: AGENT,
  city: 'Singapore',
  country: 'SG',
  current_url: 'https://shop.example/cards/4',
  referrer: null,
  language: 'en',
  ip: '203.0.113.9',
  event: 'pageview',
};
const ecs = {
  '@timestamp': '2020-03-20T02:05:52.042Z',
  event: { id: 'e-1' },
  url: { path: '/index.html', query: 'a=1' },
  http: {
    version: '1.1',
    request: { method: 'get', referrer: 'https://a.example/' },
    response: { status_code: 404, body: { bytes: 12 } },
  },
  source: { ip: '203.0.113.9', geo: { city_name: 'Bonn', country_iso_code: 'DE' } },
  user: { id: '7' },
  user_agent: { original: AGENT },
  agent: { type: 'filebeat' },
  labels: { page_type: 'listing' },
};
const ecs_click = {
  id: 'e-1',
  time_ms: 1584669952042,
  user_id: 7,
  ip: '203.0.113.9',
  request: 'GET /index.html?a=1 HTTP/1.1',
  status: 404,
  bytes: 12,
  referrer: 'https://a.example/',
  agent: AGENT,
  session_id: null,
  city: 'Bonn',
  country: 'DE',
  extra: { page_type: 'listing' },
};
const combined = `203.0.113.9 - zoe [20/Mar/2020:03:05:52 +0100] "GET /a HTTP/1.1" 200 512 "https://a.example/" "${AGENT}"`;

describe('each shape of click', () => {
  it('of the public demos: numbers as texts, the time in milliseconds', () => {
    expect(decoded('clicks', demo)).toEqual({
      kind: 'click',
      id: 'clicks.ndjson#line 3',
      click: {
        id: null,
        time_ms: 1584669952042,
        user_id: 7,
        ip: '111.152.45.45',
        request: 'GET /index.html HTTP/1.1',
        status: 200,
        bytes: 14096,
        referrer: null,
        agent: AGENT,
        session_id: null,
        city: null,
        country: null,
        extra: {},
      },
    });
    expect(click('clicks', { ...demo, _time: undefined }).time_ms).toBe(1584669952000);
    expect(click('clicks', { ...demo, time: undefined, _time: '1584669952042' }).time_ms).toBe(1584669952042);
  });

  it('over UDP: the date in seconds, in milliseconds or as text, and columns of the sender’s own', () => {
    expect(click('udp', udp)).toEqual({
      id: null,
      time_ms: 1571645022000,
      user_id: 'u7',
      ip: '203.0.113.9',
      request: 'https://shop.example/cards/4',
      status: null,
      bytes: null,
      referrer: null,
      agent: AGENT,
      session_id: 's-1',
      city: 'Singapore',
      country: 'SG',
      extra: {
        partner_name: 'north-bank',
        partner_id: 3,
        page_type: 'product',
        init_session: true,
        language: 'en',
        event: 'pageview',
      },
    });
    for (const date of [
      1571645022000,
      '1571645022',
      '2019-10-21T08:03:42Z',
      '2019-10-21 10:03:42+02:00',
      '2019-10-21T08:03:42',
    ]) {
      expect(click('udp', { ...udp, date }).time_ms).toBe(1571645022000);
    }
  });

  it('in the Elastic Common Schema, nested, dotted or both', () => {
    expect(click('ecs', ecs)).toEqual(ecs_click);
    const dotted = {
      '@timestamp': ecs['@timestamp'],
      'event.id': 'e-1',
      'url.path': '/index.html',
      'url.query': 'a=1',
      http: { 'response.status_code': 404, 'request.method': 'GET', version: '1.1', 'request.referrer': 'https://a.example/' },
      'http.response': { 'body.bytes': 12 },
      'source.ip': '203.0.113.9',
      'source.geo': ecs.source.geo,
      'user.id': 7,
      'user_agent.original': AGENT,
      'labels.page_type': 'listing',
    };
    expect(click('ecs', dotted)).toEqual(ecs_click);
    expect(click('ecs', { '@timestamp': 1584669952042, user: { name: 'zoe' }, 'url.full': 'https://a.example/' })).toMatchObject({
      user_id: 'zoe',
      request: 'https://a.example/',
    });
  });

  it('as a web server logs it', () => {
    const all = click('combined', combined);
    expect(all).toMatchObject({ time_ms: 1584669952000, user_id: 'zoe', ip: '203.0.113.9', request: 'GET /a HTTP/1.1' });
    expect(all).toMatchObject({ status: 200, bytes: 512, referrer: 'https://a.example/', agent: AGENT, extra: {} });
    const common = click('combined', '2001:DB8::1 - - [20/Mar/2020:02:05:52 +0000] "-" 408 -');
    expect(common).toMatchObject({ ip: '2001:db8::1', user_id: null, request: null, status: 408, bytes: null, agent: null });
    const trailing = click('combined', `${combined} "198.51.100.1" 0.003`);
    expect(trailing).toEqual(all);
    expect(click('combined', combined.replace('zoe', 'Zoë Pask')).user_id).toBe('Zoë Pask');
    expect(click('combined', combined.replace('203.0.113.9', 'pc4.campus.example'))).toMatchObject({
      ip: null,
      extra: { host: 'pc4.campus.example' },
    });
  });

  it('with quotes and bytes that the server has escaped', () => {
    const line = String.raw`203.0.113.9 - - [20/Mar/2020:02:05:52 +0000] "GET /\"a\\b\x22 HTTP/1.1" 200 5 "-" "Zo\xc3\xab \x7e \xzz"`;
    expect(click('combined', line)).toMatchObject({ request: 'GET /"a\\b" HTTP/1.1', referrer: null, agent: 'Zoë ~ xzz' });
  });

  it('comes on any of the ways that clicks come on', () => {
    for (const way of ['clicks', 'udp', 'ecs', 'combined'] as const) {
      expect(click(way, demo).bytes).toBe(14096);
      expect(click(way, udp).city).toBe('Singapore');
      expect(click(way, ecs)).toEqual(ecs_click);
      expect(click(way, combined).status).toBe(200);
    }
    expect(click('udp', { ...udp, time: '20/Mar/2020:02:05:52 +0000' }).time_ms).toBe(1571645022000);
  });

  it('can be parsed already, and wrapped by a converter', () => {
    expect(decodeObject('clicks', demo, at)).toEqual(decoded('clicks', demo));
    expect(decodeObject('clicks', { schema: { type: 'struct' }, payload: demo }, at)).toEqual(decoded('clicks', demo));
    expect(decodeObject('clicks', { ...demo, userid: 7n, _time: 1584669952042n, bytes: 14096n }, at)).toEqual(
      decoded('clicks', demo),
    );
  });
});

describe('users', () => {
  it.each([
    [7, 7],
    ['7', 7],
    [-1, -1],
    ['-1', -1],
    [0, 0],
    [-0, 0],
    ['007', '007'],
    ['-0', '-0'],
    ['7.0', '7.0'],
    ['9007199254740993', '9007199254740993'],
    ['zoë😀', 'zoë😀'],
    ['', null],
    ['-', null],
    [null, null],
  ])('known as %j are %j', (sent, user_id) => {
    expect(click('clicks', { ...demo, userid: sent }).user_id).toBe(user_id);
  });

  it('of the web server are users where the record names no other', () => {
    expect(click('clicks', { ...demo, userid: undefined, remote_user: '7' }).user_id).toBe(7);
    expect(click('combined', combined.replace('zoe', '12')).user_id).toBe(12);
  });

  it.each([[1.5], [true], [{}], [[7]], ['a\0b'], ['\ud800'], [2 ** 53], ['x'.repeat(256)]])(
    'known as %j are refused',
    (userid) => {
      expect(decodeLine('clicks', JSON.stringify({ ...demo, userid }), at)).toMatchObject({ reject: 'bad-value' });
    },
  );
});

describe('the identity of a record', () => {
  it('is the sender’s own, or input and place', () => {
    expect(decoded('clicks', { ...demo, id: 17 })).toMatchObject({ id: '17', click: { id: '17' } });
    expect(decoded('udp', { ...udp, 'event.id': 'a' }).kind === 'click' && click('udp', { ...udp, 'event.id': 'a' }).id).toBe(
      'a',
    );
    expect(decoded('clicks', { ...demo, id: '-' })).toMatchObject({ id: 'clicks.ndjson#line 3', click: { id: null } });
  });

  it('stays short for a file that is known by its hash, and differs between files', () => {
    const of = (source: string) => {
      const record = decoded('clicks', demo, { ...at, source });
      return record.kind === 'click' ? record.id : '';
    };
    expect(of(`file:${'a'.repeat(64)}`)).toMatch(/^file:[0-9a-f]{16}#line 3$/);
    expect(of(`file:${'a'.repeat(64)}`)).not.toBe(of(`file:${'a'.repeat(63)}b`));
    expect(of(`${'topic.'.repeat(30)}/1`)).not.toBe(of(`${'topic.'.repeat(30)}/2`));
  });
});

describe('what is cut, what is refused', () => {
  const refusal = (format: ClickFormat, record: unknown) =>
    decodeLine(format, typeof record === 'string' ? record : JSON.stringify(record), at);

  it.each([
    ['no time', 'missing-column', { ...demo, _time: null, time: undefined }],
    ['a time that is none', 'bad-value', { ...demo, _time: 'yesterday' }],
    ['a day that is none', 'bad-value', { ...demo, _time: undefined, time: '30/Feb/2020:02:05:52 +0000' }],
    ['a time before 1970', 'bad-value', { ...demo, _time: -1 }],
    ['a time after 9999', 'bad-value', { ...demo, _time: 1e15 }],
    ['a status below 100', 'bad-value', { ...demo, status: 99 }],
    ['a status above 599', 'bad-value', { ...demo, status: '600' }],
    ['a status that is a word', 'bad-value', { ...demo, status: 'OK' }],
    ['negative bytes', 'bad-value', { ...demo, bytes: '-5' }],
    ['half a byte', 'bad-value', { ...demo, bytes: 0.5 }],
    ['an address that is none', 'bad-value', { ...demo, ip: 'localhost' }],
    ['an address with a port', 'bad-value', { ...demo, ip: '203.0.113.9:80' }],
    ['an address as a number', 'bad-value', { ...demo, ip: 3405803785 }],
    ['a request that is an object', 'bad-value', { ...demo, request: { path: '/' } }],
    ['an id too long to be kept', 'bad-value', { ...demo, id: 'x'.repeat(256) }],
    ['a list', 'unknown-shape', [demo]],
    ['null', 'unknown-shape', 'null'],
    ['half a record', 'not-json', JSON.stringify(demo).slice(0, -5)],
    ['binary rubbish', 'not-json', '\u0000\u0001\ufffd\u0002'],
    ['nothing', 'not-json', ''],
    ['a record beyond any datagram', 'too-long', { ...demo, agent: 'x'.repeat(RECORD_CHARS_MAX) }],
  ])('%s is refused', (_, reject, record) => {
    expect(refusal('clicks', record)).toMatchObject({ reject });
  });

  it.each([['hello'], ['203.0.113.9 - - [20/Mar/2020:02:05:52 +0000] "GET / HTTP/1.1'], ['a b [c] "d'], ['- - - [] "" - -x"']])(
    'the line %j is no log line, or not a good one',
    (line) => expect(refusal('combined', line)).toHaveProperty('reject'),
  );

  it('nests as deep as it likes without harm', () => {
    const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
    expect(refusal('clicks', deep)).toMatchObject({ reject: 'missing-column' });
    expect(refusal('ecs', `{"@timestamp":"2020-03-20T02:05:52Z","url":${deep}}`)).toHaveProperty('kind', 'click');
  });

  it('addresses that the public demos generate are kept, even where they cannot exist', () => {
    expect(click('clicks', { ...demo, ip: '233.168.257.122' }).ip).toBe('233.168.257.122');
  });

  it('long descriptions are cut, not through a character, and cleaned of what databases refuse', () => {
    const long = click('clicks', {
      ...demo,
      request: 'x'.repeat(5000),
      agent: `${'x'.repeat(1023)}😀`,
      referrer: 'a\0b\ud800c😀',
    });
    expect([long.request?.length, long.agent, long.referrer]).toEqual([2048, 'x'.repeat(1023), 'a\ufffdb\ufffdc😀']);
  });

  it('further columns are kept where they are plain, up to a bound', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`c${i}`, i]));
    expect(Object.keys(click('clicks', { ...demo, ...many }).extra)).toHaveLength(32);
    const odd = '{"_time":5,"__proto__":"x","list":[1],"object":{"a":1},"ok":false,"none":null,"a\\u0000":1}';
    const { extra } = click('clicks', odd);
    expect(extra).toEqual({ ok: false, none: null });
    expect(Object.getPrototypeOf(extra)).toBe(Object.prototype);
  });
});

describe('product events', () => {
  const event = { date: '2020-03-25T19:05:49UTC', productId: '4pqurkxx3oku8yj', eventName: 'productview', userId: 'ur0kzmbj' };

  it('are read, whatever their name', () => {
    expect(decoded('events', event)).toEqual({
      kind: 'event',
      id: 'clicks.ndjson#line 3',
      event: { id: null, time_ms: 1585163149000, name: 'productview', user_id: 'ur0kzmbj', product_id: '4pqurkxx3oku8yj' },
    });
    expect(decoded('events', { ...event, eventName: 'wishlist', userId: '7', productId: 5, id: 'e' })).toMatchObject({
      id: 'e',
      event: { name: 'wishlist', user_id: 7, product_id: '5' },
    });
  });

  it.each([
    ['missing-column', { ...event, eventName: '' }],
    ['missing-column', { ...event, date: undefined }],
    ['bad-value', { ...event, date: '2020-03-25' }],
    ['bad-value', { ...event, eventName: 'x'.repeat(256) }],
    ['bad-value', { ...event, userId: {} }],
  ])('are refused as %s: %j', (reject, record) => {
    expect(decodeLine('events', JSON.stringify(record), at)).toMatchObject({ reject });
  });
});

describe('reference rows', () => {
  const user = {
    user_id: '7',
    username: 'zoe',
    registered_at: 1490759617459,
    first_name: 'Zoë',
    last_name: 'Pask',
    city: 'Bonn',
    level: 'Gold',
  };

  it('of users hold from their own time, else the transport’s, else since the user registered, else from ever', () => {
    const { user_id: _, ...row } = user;
    expect(reference('users', user)).toEqual({ table: 'users', key: 7, valid_from_ms: 1490759617459, row });
    expect(reference('users', user, 5).valid_from_ms).toBe(5);
    for (const name of ['updated_at', '_time', 'time']) {
      expect(reference('users', { ...user, [name]: 1600000000000 }, 5).valid_from_ms).toBe(1600000000000);
    }
    expect(reference('users', { userid: 'zoe' })).toEqual({
      table: 'users',
      key: 'zoe',
      valid_from_ms: 0,
      row: { registered_at: null, username: null, first_name: null, last_name: null, city: null, level: null },
    });
  });

  it('of codes need a definition', () => {
    expect(reference('codes', { code: '404', definition: 'Page not found' })).toEqual({
      table: 'codes',
      key: 404,
      valid_from_ms: 0,
      row: { definition: 'Page not found' },
    });
    expect(decodeLine('codes', '{"code":404}', at)).toMatchObject({ reject: 'missing-column' });
  });

  it.each([
    ['users', 'missing-column', { username: 'zoe' }],
    ['users', 'bad-value', { user_id: 7, city: ['Bonn'] }],
    ['users', 'bad-value', { user_id: 7, registered_at: 'once' }],
    ['users', 'bad-value', { user_id: 7, updated_at: 'later' }],
    ['codes', 'missing-column', { definition: 'x' }],
  ] as const)('of %s are refused as %s: %j', (format, reject, record) => {
    expect(decodeLine(format, JSON.stringify(record), at)).toMatchObject({ reject });
  });
});

/** What is easy to get wrong about click tables, and where the systems that they come from do. */
import { describe, expect, it } from '@jest/globals';
import { Counted, T0, user } from './counted.js';

const S = 1_000;
const at = (seconds: number) => T0 + seconds * S;
const ANN = user(1, { username: 'ann', city: 'London', level: 'Platinum' });

describe('windows', () => {
  it('hop: a page is in twelve windows of a minute, aligned to the epoch', async () => {
    const site = new Counted();
    await site.clicks({ time_ms: at(7) });
    const starts = (await site.table('pages_per_min', 'window_start_ms', 'window_end_ms', 'pages')) as number[][];
    expect(starts).toHaveLength(12);
    expect(starts[0]).toEqual([at(-50), at(10), 1]);
    expect(starts.at(-1)).toEqual([at(5), at(65), 1]);
  });

  it('are half-open: the last millisecond of a minute is in it, the next minute’s first is not', async () => {
    const site = new Counted();
    await site.clicks({ time_ms: at(60) - 1 }, { time_ms: at(60) });
    expect(await site.table('events_per_min', 'window_start_ms', 'events')).toEqual([
      [T0, 1],
      [at(60), 1],
    ]);
  });

  it('of sessions: exactly the gap apart is one session, a millisecond more is two', async () => {
    const site = new Counted();
    await site.references(ANN);
    await site.clicks({ time_ms: T0 }, { time_ms: at(30) }, { time_ms: at(60) + 1 });
    expect(await site.table('click_user_sessions', 'username', 'window_start_ms', 'window_end_ms', 'events')).toEqual([
      ['ann', T0, at(30), 2],
      ['ann', at(60) + 1, at(60) + 1, 1],
    ]);
  });

  it('of version 4.1: a user session’s gap is five minutes', async () => {
    const site = new Counted('4.1');
    await site.references(ANN);
    await site.clicks({ time_ms: T0 }, { time_ms: at(300) });
    expect(await site.table('click_user_sessions', 'events')).toEqual([[2]]);
  });

  it('of version 5.5: the error alert looks at half a minute', async () => {
    const site = new Counted('5.5');
    await site.clicks(...Array.from({ length: 6 }, () => ({ time_ms: at(15), status: 404 })));
    expect(await site.table('errors_per_min_alert', 'window_start_ms', 'window_end_ms', 'errors')).toEqual([[T0, at(30), 6]]);
  });
});

describe('a session that a later click joins to another', () => {
  it('is not shown any more, unlike in the original, whose sink keeps it', async () => {
    const site = new Counted();
    await site.references(ANN);
    await site.clicks({ time_ms: T0 }, { time_ms: at(50) });
    expect(await site.table('click_user_sessions', 'events')).toEqual([[1], [1]]);
    site.restart();
    await site.clicks({ time_ms: at(25) });
    expect(await site.table('click_user_sessions', 'window_start_ms', 'window_end_ms', 'events')).toEqual([[T0, at(50), 3]]);
  });
});

describe('HAVING', () => {
  it('counts towards a row before it shows, also over a restart', async () => {
    const site = new Counted();
    for (let i = 0; i < 5; i++) await site.clicks({ status: 404 });
    expect(await site.table('errors_per_min_alert', 'errors')).toEqual([]);
    site.restart();
    await site.clicks({ status: 404 });
    expect(await site.table('errors_per_min_alert', 'errors')).toEqual([[6], [6], [6]]);
  });

  it('is strict: a status of 400 is no error, 50 kbytes are no high bandwidth', async () => {
    const site = new Counted();
    await site.references(ANN);
    await site.clicks({ status: 400, bytes: 50 * 1024 });
    expect(await site.table('errors_per_min', 'errors')).toEqual([]);
    expect(await site.table('malicious_user_sessions', 'kbytes')).toEqual([]);
    await site.clicks({ bytes: 1 });
    expect(await site.table('malicious_user_sessions', 'username', 'kbytes')).toEqual([['ann', 50 + 1 / 1024]]);
  });
});

describe('a user', () => {
  it('who is unknown (−1) is in the tables by user id, and in none by name', async () => {
    const site = new Counted();
    await site.references(ANN);
    await site.clicks({ user_id: -1 }, { user_id: -1 });
    expect(await site.table('events_per_min', 'userid', 'events')).toEqual([[-1, 2]]);
    for (const name of ['click_user_sessions', 'user_ip_activity', 'per_user_kbytes'])
      expect(await site.table(name, 'username')).toEqual([]);
    expect(await site.table('user_clickstream', 'userid', 'username')).toEqual([
      [-1, null],
      [-1, null],
    ]);
  });

  it('shares a session with another of the same name: names are not unique', async () => {
    const site = new Counted();
    await site.references(ANN, user(2, { username: 'ann', city: 'London', level: 'Gold' }));
    await site.clicks({ user_id: 1 }, { user_id: 2, time_ms: at(10) });
    expect(await site.table('click_user_sessions', 'username', 'events')).toEqual([['ann', 2]]);
  });

  it('is joined as of the click: whoever moves later was in the old city then', async () => {
    const site = new Counted();
    await site.references(ANN, user(1, { username: 'ann', city: 'Frankfurt', level: 'Gold' }, at(60)));
    await site.clicks({ time_ms: at(-1000) }, { time_ms: at(59) }, { time_ms: at(60) });
    expect(await site.table('user_clickstream', 'time_ms', 'city')).toEqual([
      [at(-1000), 'London'],
      [at(59), 'London'],
      [at(60), 'Frankfurt'],
    ]);
  });

  it('who is Platinum is looked after: errors on pages, and no others', async () => {
    const site = new Counted();
    await site.references(ANN, user(2, { username: 'ben', city: 'London', level: 'Gold' }));
    const track = 'GET /images/track.png HTTP/1.1';
    await site.clicks({ status: 404 }, { status: 404, user_id: 2 }, { status: 404, request: track }, { status: 302 });
    expect(await site.table('platinum_errors_per_5_min', 'userid', 'errors')).toEqual([[1, 1]]);
    expect(await site.table('platinum_customers_with_errors', 'userid', 'status')).toEqual([[1, 404]]);
  });
});

describe('visitors', () => {
  it('are counted once a minute each, whatever they clicked, also over a restart', async () => {
    const site = new Counted();
    await site.clicks({ ip: '203.0.113.1' }, { ip: '203.0.113.1' });
    site.restart();
    await site.clicks({ ip: '203.0.113.1' }, { ip: '203.0.113.2' }, { ip: null, user_id: 7 });
    expect(await site.table('visitors_per_min', 'window_start_ms', 'hits', 'visitors', 'kbytes')).toEqual([
      [T0, 5, 3, (5 * 278) / 1024],
    ]);
  });
});

describe('the event counter', () => {
  it('goes on where it was after a restart, and counts a name that nobody told it of: the original does neither', async () => {
    const site = new Counted();
    await site.events('productview', 'purchase');
    site.restart();
    await site.events('productview', 'wishlist');
    expect(await site.table('event_counts', 'event_name', 'count')).toEqual([
      ['productview', 2],
      ['purchase', 1],
      ['wishlist', 1],
    ]);
  });
});

describe('time', () => {
  it('is the record’s own: a click more than a day behind is left out of the windows, kept as a click, and counted as late', async () => {
    const site = new Counted();
    await site.clicks({ time_ms: T0 });
    const { late } = await site.clicks({ time_ms: T0 - 86_400_000 - 60 * S });
    expect(late).toMatchObject({ 'late events_per_min': 1, 'late visitors_per_min': 1 });
    expect(await site.table('events_per_min', 'window_start_ms')).toEqual([[T0]]);
    expect(await site.table('user_clickstream', 'time_ms')).toHaveLength(2);
  });

  it('of a live click more than a day ahead of the machine is refused, and nobody’s window closes for it', async () => {
    const site = new Counted();
    const wild = { kind: 'click' as const, id: 'http#line 7', click: { ...(await blank()), time_ms: Date.UTC(2099, 0, 1) } };
    expect(await site.process([wild], true)).toMatchObject({ clicks: 0 });
    expect(await site.store.rejected({ limit: 10 })).toEqual([
      expect.objectContaining({ source: 'http', position: 'line 7', reason: 'future' }),
    ]);
    await site.clicks({ time_ms: T0 });
    expect(await site.table('events_per_min', 'window_start_ms')).toEqual([[T0]]);
  });

  it('of one wild recorded click moves no clock: those after it are not late', async () => {
    const site = new Counted();
    await site.clicks({ time_ms: T0 }, { time_ms: Date.UTC(2099, 0, 1) }, { time_ms: at(1) });
    expect(await site.table('events_per_min', 'events')).toEqual([[2], [1]]);
  });
});

describe('a click that its sender names', () => {
  it('counts once, however often it comes', async () => {
    const site = new Counted();
    await site.clicks({ id: 'a' }, { id: 'a' }, { id: 'b' });
    site.restart();
    expect(await site.clicks({ id: 'b' }, { id: 'c' })).toMatchObject({ clicks: 1, repeated: 1 });
    expect(await site.table('events_per_min', 'events')).toEqual([[3]]);
  });
});

async function blank() {
  const site = new Counted();
  await site.clicks({});
  const [click] = await site.store.clicks({}, { limit: 1 });
  const { user_id, ip, request, status, bytes } = click!;
  return {
    id: null,
    user_id,
    ip,
    request,
    status,
    bytes,
    referrer: null,
    agent: null,
    session_id: null,
    city: null,
    country: null,
    extra: {},
  };
}

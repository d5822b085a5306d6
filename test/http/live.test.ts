/** Those who watch: figures are computed once a turn, whoever looks, and nobody can hold the service by reading slowly. */
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { LIVE_TURN_MS, Live } from '../../src/http/live.js';
import { MINUTES_DEFAULT } from '../../src/reading/panels.js';
import { FakePanels } from './fakes.js';
import { Service } from './service.js';

/** Who may always watch. */
const watching = (viewer: (event: string) => boolean, dropped: () => void = () => undefined) => ({
  viewer,
  holds: async () => true,
  dropped,
});

describe('figures for those who watch', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('are computed once a turn for all who watch the same, and not at all when nobody does', async () => {
    jest.useFakeTimers();
    const panels = new FakePanels();
    const live = new Live((name, minutes) => panels.look(name, minutes), 1_000);
    const heard: string[] = [];
    const watch = (who: string, minutes = 15) =>
      live.watch(
        'predictive',
        minutes,
        watching((event) => heard.push(`${who} ${event.includes('event: panels')}`) > 0),
      );
    const leave = [watch('a'), watch('b')];
    await jest.advanceTimersByTimeAsync(3_000);
    expect(panels.asked).toBe(4);
    expect(heard.filter((each) => each === 'a true').length).toBe(4);
    expect(heard.filter((each) => each === 'b true').length).toBe(4);
    leave.push(watch('c'));
    expect(heard.at(-1)).toBe('c true');
    expect(panels.asked).toBe(4);
    for (const each of leave) each();
    await jest.advanceTimersByTimeAsync(5_000);
    expect([panels.asked, live.viewers]).toEqual([4, 0]);
    watch('d', 60)();
  });

  it('let a reader go that is too far behind', async () => {
    jest.useFakeTimers();
    const panels = new FakePanels();
    const live = new Live((name, minutes) => panels.look(name, minutes), 1_000);
    let dropped = 0;
    live.watch(
      'clicks',
      15,
      watching(
        () => false,
        () => dropped++,
      ),
    );
    await jest.advanceTimersByTimeAsync(2_000);
    expect([dropped, live.viewers]).toEqual([1, 0]);
    live.close();
  });

  it('say that they failed, and come back', async () => {
    jest.useFakeTimers();
    const panels = new FakePanels();
    let broken = true;
    const live = new Live((name, minutes) => (broken ? Promise.reject(new Error('x')) : panels.look(name, minutes)), 1_000);
    const heard: string[] = [];
    live.watch(
      'clicks',
      15,
      watching((event) => heard.push(event.slice(0, 13)) > 0),
    );
    await jest.advanceTimersByTimeAsync(10);
    broken = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(heard).toEqual(['event: failed', 'event: panels']);
    live.close();
  });

  it('are looked at once at a time: a slow look piles up nothing, and older figures never come last', async () => {
    jest.useFakeTimers();
    const panels = new FakePanels();
    const looks = { begun: 0, under_way: 0, most: 0 };
    const live = new Live(async (name, minutes) => {
      looks.most = Math.max(looks.most, ++looks.under_way);
      const slow_ms = looks.begun++ === 0 ? 3_500 : 100;
      await new Promise((done) => setTimeout(done, slow_ms));
      looks.under_way--;
      return { ...(await panels.look(name, minutes)), bucket_ms: looks.begun };
    }, 1_000);
    const heard: number[] = [];
    live.watch(
      'clicks',
      15,
      watching((event) => heard.push(JSON.parse(/data: (.*)/.exec(event)![1]!).bucket_ms) > 0),
    );
    await jest.advanceTimersByTimeAsync(6_000);
    expect(looks.most).toBe(1);
    expect(heard).toEqual([1, 2, 3]);
    live.close();
  });

  it('come no more to whose key was revoked or whose session ended meanwhile', async () => {
    jest.useFakeTimers();
    const panels = new FakePanels();
    const live = new Live((name, minutes) => panels.look(name, minutes), 1_000);
    const heard = { ann: 0, bob: 0 };
    let may = true;
    let dropped = 0;
    const ann = { viewer: () => ++heard.ann > 0, holds: async () => may, dropped: () => dropped++ };
    live.watch('clicks', 15, ann);
    live.watch(
      'clicks',
      15,
      watching(() => ++heard.bob > 0),
    );
    await jest.advanceTimersByTimeAsync(1_500);
    may = false;
    await jest.advanceTimersByTimeAsync(2_000);
    expect([heard, dropped, live.viewers]).toEqual([{ ann: 2, bob: 4 }, 1, 1]);
    live.close();
  });

  it('are of the last 15 minutes where nothing is said, and new every 5 seconds', () => {
    expect([MINUTES_DEFAULT, LIVE_TURN_MS]).toEqual([15, 5_000]);
  });
});

describe('GET live', () => {
  let service: Service;
  let address: string;
  beforeAll(async () => {
    service = await Service.start();
    address = await service.http.listen('127.0.0.1', 0);
  });
  afterAll(() => service.close());

  it('answers once as JSON, and goes on to who accepts a stream', async () => {
    expect((await service.get('/api/v1/live?panels=clicks')).json).toMatchObject({
      panels: 'clicks',
      until_ms: expect.any(Number),
    });
    expect((await service.get('/api/v1/live?minutes=0')).status).toBe(400);
    const away = new AbortController();
    const response = await fetch(`${address}/api/v1/live?minutes=60`, {
      headers: { accept: 'text/event-stream' },
      signal: away.signal,
    });
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    let text = '';
    for await (const part of response.body!) {
      text += Buffer.from(part as Uint8Array).toString();
      if (text.includes('event: panels')) break;
    }
    away.abort();
    expect(JSON.parse(/data: (.*)/.exec(text)![1]!)).toMatchObject({ panels: 'predictive', bucket_ms: 120_000 });
  });
});

/** `holdfast top`: what somebody reads who watches a running service. The service is a real server with the real metrics. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Metrics } from '../../src/app/metrics.js';
import { LiveDisplay, PlainDisplay, textOf } from '../../src/app/top/display.js';
import { Screen } from '../../src/app/top/screen.js';
import { ServiceAddress } from '../../src/app/top/service-address.js';
import type { Snapshot } from '../../src/app/top/snapshot.js';
import { lookOnce, watch } from '../../src/app/top/watch.js';
import { widthOf } from '../../src/app/top/wording.js';
import { Running, SOURCE } from './running.js';
import { Terminal } from './terminal.js';

const ESC = '\u001b';

let running: Running;
let service: ServiceAddress;
beforeEach(async () => {
  running = new Running();
  await running.start();
  service = new ServiceAddress(running.url);
});
afterEach(() => running.stop());

const INTERVAL_MS = 100;
const never = new AbortController().signal;
/** Of the row that begins with these words. */
const rowOf = (text: string, name: string) => text.split('\n').find((line) => line.startsWith(`${name} `)) ?? '';
const cells = (text: string, name: string) => rowOf(text, name).slice(name.length).trim().split(/ {2,}/);

describe('a snapshot', () => {
  it('tells how fast everything happened between its two readings, and how much there was in all', async () => {
    running.busy();
    running.work = running.busy;
    const snapshot = await lookOnce(service, INTERVAL_MS, never);
    const seconds = snapshot.rates_of_s!;
    expect(seconds).toBeGreaterThanOrEqual(INTERVAL_MS / 1000 - 0.01);
    const [source] = snapshot.sources;
    expect(source).toMatchObject({ source: SOURCE, behind_s: 75, read: { total: 1000 }, rejected: { total: 6 } });
    expect(source!.read.per_s! * seconds).toBeCloseTo(500, 6);
    const { clicks } = snapshot;
    const clicked = clicks.records.find(({ kind }) => kind === 'click')!.records;
    expect(clicked.total).toBe(1800);
    expect(clicked.per_s! * seconds).toBeCloseTo(900, 6);
    expect(clicks.late).toMatchObject([{ table: 'pages_per_min', clicks: { total: 6 } }]);
    expect(clicks.udp.outcomes.map(({ outcome, datagrams }) => [outcome, datagrams.total])).toEqual([
      ['taken', 40],
      ['refused', 12],
      ['dropped', 8],
    ]);
    expect(clicks.kafka).toEqual([{ topic: 'clickstream', partition: '1', behind: 4321 }]);
    expect(snapshot.memory.resident_bytes).toBeGreaterThan(10e6);
  });

  it('has commit times of what happened in between alone, not of all that ever was', async () => {
    for (let i = 0; i < 1000; i++) running.metrics.committed(9);
    running.work = () => {
      for (let i = 0; i < 98; i++) running.metrics.committed(0.01);
      for (let i = 0; i < 2; i++) running.metrics.committed(0.8);
    };
    const { commits } = await lookOnce(service, INTERVAL_MS, never);
    expect(commits).toHaveLength(1);
    expect(commits[0]!.p50_s).toBeLessThan(0.02);
    expect(commits[0]!.p99_s).toBeGreaterThan(0.5);
    expect(commits[0]!.p99_s).toBeLessThanOrEqual(1);
    expect(commits[0]!.commits.total).toBe(1100);
  });

  it('has no commit times, rather than old ones, when nothing was committed', async () => {
    running.metrics.committed(9);
    const { commits } = await lookOnce(service, INTERVAL_MS, never);
    expect(commits[0]).toMatchObject({ p50_s: null, p99_s: null, commits: { per_s: 0 } });
  });

  it('counts a label that is new since the first reading from nothing', async () => {
    running.work = () =>
      running.clicks.counted({
        clicks: 0,
        events: 0,
        references: 0,
        repeated: 0,
        rejected: 5,
        rejected_by: { 'bad-value': 5 },
        late: {},
        commit_ms: 1,
      });
    const { clicks, rates_of_s } = await lookOnce(service, INTERVAL_MS, never);
    expect(clicks.rejected[0]!.records.per_s! * rates_of_s!).toBeCloseTo(5, 6);
  });

  it('as text has every figure under its name', async () => {
    running.busy();
    running.work = running.busy;
    const text = textOf(await lookOnce(service, INTERVAL_MS, never), service.name);
    expect(text).toContain(running.url);
    expect(text).toMatch(/Memory [\d.]+ [MG]B \(heap [\d.]+ [MG]B\)/);
    expect(cells(text, SOURCE)).toEqual([expect.stringMatching(/^[\d,]+$/), '75 s', '1,000', expect.stringMatching(/^\d+/), '6']);
    expect(cells(text, 'guest')[1]).toBe('18');
    expect(cells(text, 'site').at(-1)).toBe('1,234');
    expect(cells(text, 'clicks')).toHaveLength(5);
    expect(cells(text, 'elasticsearch').slice(0, 2)).toEqual(['11', 'up']);
    expect(cells(text, 'cassandra (clicks)').slice(0, 2)).toEqual(['17', 'AWAY']);
    expect(cells(text, 'late: pages_per_min')[1]).toBe('6');
    expect(cells(text, 'rejected: bad-value')[1]).toBe('16');
    expect(cells(text, 'datagrams dropped')[1]).toBe('8');
    expect(cells(text, 'waiting to be committed')).toEqual(['6']);
    expect(cells(text, 'clickstream/1')).toEqual(['4,321']);
  });

  it('leaves out what this process has nothing of', async () => {
    running.metrics.committed(0.1);
    const text = textOf(await lookOnce(service, INTERVAL_MS, never), service.name);
    expect(text).toContain('Commits');
    expect(text).not.toMatch(/Clicks|Publishing|Topics|NaN|undefined|null/);
  });

  it('shows the partitions that are furthest behind, and how many there are besides', async () => {
    for (let i = 0; i < 40; i++) running.metrics.lag(`moodle.mdl_user/${i}`, i);
    const text = textOf(await lookOnce(service, INTERVAL_MS, never), service.name);
    expect(cells(text, 'moodle.mdl_user/39')[1]).toBe('39 s');
    expect(text).not.toContain('mdl_user/28');
    expect(text).toContain('and 29 more');
  });

  it('cannot be steered by a name that came with the data', async () => {
    running.metrics.batch({
      source: `evil${ESC}[2J\r\nname`,
      changes: 1,
      counted: 0,
      repeated: 0,
      rejected: 0,
      not_counted: {},
      now_ms: null,
    });
    const text = textOf(await lookOnce(service, INTERVAL_MS, never), service.name);
    expect(text).not.toContain(ESC);
    expect(text).not.toContain('\r');
    expect(text).toContain('evil?[2J??name');
  });
});

/** Watches until `done` says so. */
async function watched(display: Parameters<typeof watch>[1], done: () => boolean): Promise<void> {
  const abort = new AbortController();
  const watching = watch(service, display, 20, abort.signal);
  while (!done()) await new Promise(setImmediate);
  abort.abort();
  await watching;
}

describe('the live view', () => {
  const WIDTHS = [20, 40, 60, 80, 132];

  it.each(WIDTHS)('fits a terminal of %d columns, and draws over itself without clearing it first', async (columns) => {
    running.busy();
    const terminal = new Terminal(columns, 60);
    const screen = new Screen(terminal);
    screen.open();
    await watched(new LiveDisplay(screen, service.name), () => terminal.draws > 2);
    const lines = terminal.lines();
    expect(Math.max(...lines.map(widthOf))).toBeLessThan(columns);
    expect(lines[0]).toMatch(/^Holdfast http/);
    expect(lines.filter((line) => line.startsWith('Commits'))).toHaveLength(1);
    expect(terminal.clears).toBe(1);
    screen.close();
  });

  it('leaves nothing behind of a picture that was longer', async () => {
    const terminal = new Terminal(80, 60);
    const screen = new Screen(terminal);
    screen.open();
    screen.draw([{ text: 'a long first line' }, { text: 'second' }, { text: 'third' }]);
    screen.draw([{ text: 'short' }, { text: '2' }]);
    expect(terminal.lines().join('\n').trimEnd()).toBe('short\n2');
  });

  it('says on a low terminal how much there is below', async () => {
    running.busy();
    const terminal = new Terminal(80, 10);
    const screen = new Screen(terminal);
    screen.open();
    await watched(new LiveDisplay(screen, service.name), () => terminal.draws > 0);
    expect(terminal.lines()[0]).toMatch(/^Holdfast/);
    expect(terminal.lines()[9]).toMatch(/^… \d+ more lines$/);
    expect(terminal.scrolled).toBe(0);
  });

  it('says that the service is away, keeps what was known, and goes on when it is back', async () => {
    running.busy();
    const terminal = new Terminal(60, 60);
    const screen = new Screen(terminal);
    screen.open();
    const abort = new AbortController();
    const watching = watch(service, new LiveDisplay(screen, service.name), 20, abort.signal);
    const until = async (pattern: RegExp, there = true) => {
      while (pattern.test(terminal.lines().join('\n')) !== there) await new Promise(setImmediate);
    };
    await until(/Commits/);
    await running.stop();
    await until(/does not answer/);
    expect(terminal.lines().join('\n')).toMatch(/does not answer \(\w+\).*--url.*Asking\s+again\..*Commits/s);
    await running.start();
    await until(/does not answer/, false);
    expect(terminal.lines()[0]).toMatch(/^Holdfast/);
    abort.abort();
    await watching;
  });

  it('begins its rates again after a restart of the service, whose counters begin again', async () => {
    running.busy();
    const seen: Snapshot[] = [];
    const display = { show: (snapshot: Snapshot) => void seen.push(snapshot), away: () => undefined };
    running.work = () => {
      if (seen.length !== 1) return;
      running.metrics = new Metrics();
      running.metrics.batch({ source: SOURCE, changes: 3, counted: 3, repeated: 0, rejected: 0, not_counted: {}, now_ms: null });
      running.started_s += 60;
    };
    await watched(display, () => seen.length > 5);
    const read = seen.map(({ sources }) => sources[0]!.read);
    const again = read.findIndex(({ total }) => total === 3);
    expect(read[0]).toEqual({ total: 500, per_s: null });
    expect(read[again]).toEqual({ total: 3, per_s: null });
    expect(read.at(-1)).toEqual({ total: 3, per_s: 0 });
  });

  it('gives the terminal back as it was: what stood there before, and the cursor', () => {
    const terminal = new Terminal(80, 10);
    terminal.write('$ holdfast top\r\n');
    const screen = new Screen(terminal);
    screen.open();
    screen.draw([{ text: 'figures' }]);
    expect([terminal.lines()[0], terminal.cursor_shown]).toEqual(['figures', false]);
    screen.close();
    screen.draw([{ text: 'too late' }]);
    expect([terminal.lines()[0], terminal.cursor_shown]).toEqual(['$ holdfast top', true]);
  });
});

describe('where there is no terminal', () => {
  it('snapshots come one below the other, without codes, and a service that is away is said once', async () => {
    running.busy();
    const out: string[] = [];
    const err: string[] = [];
    const display = new PlainDisplay({ write: (t) => out.push(t) }, { write: (t) => err.push(t) }, (s) =>
      textOf(s, service.name),
    );
    await watched(display, () => out.length > 1);
    await running.stop();
    let tries = 0;
    const away = (message: string) => {
      display.away(message);
      tries++;
    };
    const counting = { show: () => undefined, away };
    await watched(counting, () => tries > 2);
    expect(out.every((text) => /^Holdfast.*Commits/s.test(text))).toBe(true);
    expect(out.join('')).not.toContain(ESC);
    expect(err).toHaveLength(1);
    expect(err[0]).toMatch(/does not answer/);
  });
});

/** What the contract of `ClickStore` is tried with. */
import type { ClickCommit, ClickKey, ClickReference, ClickUser, JoinedClick } from '../../src/click-ports.js';
import type { Rejected, WindowChanges, WindowTable } from '../../src/domain.js';

export const T0 = Date.UTC(2026, 10, 23);
export const ALL = { limit: 1_000_000 };

export const THINGS: WindowTable = { name: 'things', key: ['a', 'b'], start: 'start', end: 'end', values: ['n', 'sum'] };
/** Without key columns, and without an end. */
export const TOTALS: WindowTable = { name: 'totals', key: [], start: 'start', end: null, values: ['n', 'sum'] };

/** In the order that readers see: numbers by value, then texts by their UTF-8 bytes. */
export const KEYS: ClickKey[][] = [
  [null, 'x'],
  [-Number.MAX_VALUE, 'x'],
  [-7.5, 'x'],
  [-1, 'x'],
  [0, 'x'],
  [Number.MIN_VALUE, 'x'],
  [7, null],
  [7, 7],
  [7, '7'],
  [9_007_199_254_740_991, 'x'],
  ['', 'x'],
  ['7', 'x'],
  ['Ann', ''],
  ['Ann', 'x'],
  ['Ann\0', 'x'],
  ['Ann ', 'x'],
  ['Ann  ', 'x'],
  ['ann', 'a%_'],
  ['ann', `a'"\\\`;--`],
  ['ann\0', 'x'],
  ['ann\u0001', 'x'],
  ['ann\u0001\u0002', 'x'],
  ['ann\u0002', 'x'],
  ['ann\t\n', 'x'],
  ['ann'.padEnd(1_000, 'n'), 'x'],
  ['strasse', 'x'],
  ['straß e', 'x'],
  ['straße', 'x'],
  ['änn', 'x'],
  ['語', 'x'],
  ['\ufffd', 'x'],
  ['😀', 'x'],
  ['😀'.repeat(500), 'x'],
];

export function click(time_ms: number, id: string, more: Partial<JoinedClick> = {}): JoinedClick {
  return {
    time_ms,
    id,
    user_id: 7,
    username: 'ann',
    first_name: null,
    last_name: null,
    level: null,
    city: 'London',
    country: null,
    ip: '203.0.113.1',
    request: 'GET / HTTP/1.1',
    status: 200,
    definition: null,
    bytes: 0,
    referrer: null,
    agent: null,
    browser: null,
    os: null,
    bot: false,
    session_id: null,
    extra: {},
    ...more,
  };
}

/** A click with something in every column. */
export function fullClick(time_ms: number, id: string): JoinedClick {
  return click(time_ms, id, {
    user_id: '7',
    first_name: 'Ann ',
    last_name: `O'Neill\\"%_`,
    level: 'Platinum',
    country: 'ÅL',
    definition: 'OK',
    bytes: 2 ** 53 - 1,
    referrer: 'https://example.org/?q=a b&c=😀',
    agent: 'Mozilla/5.0 (X11; Linux x86_64)',
    browser: 'Firefox',
    os: 'Linux',
    bot: true,
    session_id: 's'.repeat(255),
    extra: { none: null, yes: true, no: false, fraction: 0.1 + 0.2, empty: '', text: '语\n', __proto: 1 },
  });
}

export type SampleWindow = [key: readonly ClickKey[], start: number, end: number, ...values: number[]];

export function changes(table: WindowTable, ...rows: SampleWindow[]): WindowChanges<ClickKey> {
  return { table, deletes: [], upserts: rows.map(([key, start, end, ...values]) => ({ key, start, end, values })) };
}

export function position(from: string | null, to: string, source = 'file'): ClickCommit {
  return { position: { source, from, to } };
}

export function user(key: ClickUser, valid_from_ms: number, city: string): ClickReference {
  return { table: 'users', key, valid_from_ms, row: { city, level: null, registered_at: valid_from_ms } };
}

export function rejected(place: string, more: Partial<Rejected> = {}): Rejected {
  return { source: 'http', position: place, reason: 'not-json', detail: 'no JSON', ...more };
}

/** Something in every part, known by `n`, so that a part that is lost or done twice shows. */
export function fullCommit(n: number): ClickCommit {
  return {
    ...position(n === 1 ? null : String(n - 1), String(n)),
    clock: { now_ms: T0 + n, ahead: [{ user_id: 1, time_ms: T0 + n }] },
    windows: [changes(THINGS, [['ann', 'x'], T0, T0 + n, n, n / 3]), changes(TOTALS, [[], 0, 0, n, n])],
    clicks: [fullClick(T0 + n, `click ${n}`)],
    seen: [{ id: `id ${n}`, time_ms: T0 + n }],
    references: [user(7, T0 + n, `city ${n}`)],
    rejected: [rejected(`line ${n}`)],
    counts: { late: 1 },
    sinks: ['kafka'],
  };
}

/** A joined click for tests of what becomes of clicks: a page of a known user, unless said otherwise. */
import type { JoinedClick } from '../../src/click-ports.js';

export function clickAt(time_ms: number, changes: Partial<JoinedClick> = {}): JoinedClick {
  return {
    time_ms,
    id: `click ${time_ms}`,
    user_id: 7,
    username: 'ann',
    first_name: 'Ann',
    last_name: 'Lee',
    level: 'Gold',
    city: 'London',
    country: 'GB',
    ip: '203.0.113.7',
    request: 'GET /index.html HTTP/1.1',
    status: 200,
    definition: 'Successful',
    bytes: 2048,
    referrer: null,
    agent: null,
    browser: null,
    os: null,
    bot: false,
    session_id: null,
    extra: {},
    ...changes,
  };
}

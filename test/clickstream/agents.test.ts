import { describe, expect, it } from '@jest/globals';
import { Agents } from '../../src/clickstream/agents.js';
import { AGENT_CHARS_MAX } from '../../src/clickstream/columns.js';

describe('an agent', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
      'Chrome',
      'Windows',
      false,
    ],
    ['Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0', 'Firefox', 'Linux', false],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', 'Googlebot', null, true],
    ['curl/8.4.0', null, null, true],
    ['', null, null, false],
  ])('%j is %s on %s, bot: %s', (agent, browser, os, bot) => {
    expect(new Agents().describe(agent)).toEqual({ browser, os, bot });
  });

  it('is remembered while it is one of the latest, and forgotten beyond the bound', () => {
    const agents = new Agents(2);
    const first = agents.describe('curl/1');
    agents.describe('curl/2');
    expect(agents.describe('curl/1')).toBe(first);
    agents.describe('curl/3');
    expect(agents.size).toBe(2);
    expect(agents.describe('curl/1')).toBe(first);
  });

  it('made to be hard is read all the same: one that took exponential time would not end', () => {
    const agents = new Agents();
    const parts = ['(', ' ', 'a', '1.', 'android ', 'version/ ', 'Mozilla/5.0 (', 'iphone os ', 'bot'];
    for (const part of parts) agents.describe(part.repeat(AGENT_CHARS_MAX).slice(0, AGENT_CHARS_MAX));
    expect(agents.size).toBe(parts.length);
  });
});

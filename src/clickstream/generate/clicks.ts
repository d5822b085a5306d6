/** Clicks as the generator of the public clickstream demo makes them: every column at random, independent of the others. */
import { type Generated, type PaceOptions, paced } from './pace.js';
import { Random } from './random.js';

export const STATUSES = ['200', '302', '404', '405', '406', '407'] as const;
export const BYTES = ['278', '1289', '2048', '4096', '4006', '4196', '14096'] as const;
/** −1 is nobody: a user that no table of users has. */
export const USER_LEAST = -1;
export const USER_MOST = 40;
/** The page of the user's status stands twice, so that it is asked for twice as often. */
export const REQUESTS = [
  'GET /index.html HTTP/1.1',
  'GET /site/user_status.html HTTP/1.1',
  'GET /site/login.html HTTP/1.1',
  'GET /site/user_status.html HTTP/1.1',
  'GET /images/track.png HTTP/1.1',
  'GET /images/logo-small.png HTTP/1.1',
] as const;
export const AGENTS = [
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/59.0.3071.115 Safari/537.36',
] as const;

const NETWORKS = [111, 122, 133, 222];
const HOSTS = '152.45.45 203.236.146 168.57.122 249.79.93 90.225.227 173.165.103 145.8.144 245.174.248 61.12.9 34.200.71'.split(
  ' ',
);
/** Forty addresses that a public network could have. */
export const IPS: readonly string[] = NETWORKS.flatMap((network) => HOSTS.map((host) => `${network}.${host}`));

/** The demo's sender waits up to 30 ms before each, 15 in the mean. */
export const CLICKS_PER_S = 1000 / 15;

export function* generateClicks(seed: number, options: PaceOptions): Generator<Generated> {
  const random = new Random(seed);
  for (const time_ms of paced(options)) {
    const click = {
      ip: random.one(IPS),
      userid: random.whole(USER_LEAST, USER_MOST),
      remote_user: '-',
      time: loggedTime(time_ms),
      _time: time_ms,
      request: random.one(REQUESTS),
      status: random.one(STATUSES),
      bytes: random.one(BYTES),
      referrer: '-',
      agent: random.one(AGENTS),
    };
    yield { time_ms, text: JSON.stringify(click) };
  }
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `loggedTime(1584669952042)` = `'20/Mar/2020:02:05:52 +0000'`. */
function loggedTime(time_ms: number): string {
  const iso = new Date(time_ms).toISOString();
  return `${iso.slice(8, 10)}/${MONTHS[Number(iso.slice(5, 7)) - 1]}/${iso.slice(0, 4)}:${iso.slice(11, 19)} +0000`;
}

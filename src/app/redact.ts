/**
 * What must not get into a log: who somebody is, where they connect from, and secrets. Fields are known by their names; in free
 * text only what has a shape can be found (addresses, passwords in URLs, `user 7`), so a message never holds a person's name.
 *
 *     { user_id: 7, course_id: 3, err: 'no route to 10.1.2.3' } → { user_id: '[redacted]', course_id: 3, err: 'no route to [ip]' }
 */
import { isIP } from 'node:net';

const REDACTED = '[redacted]';

/** Compared with the last part of a field's name, in lower case without separators: `user.id` and `userId` are `userid`. */
const PERSONAL =
  /^(user|userid|student|studentid|relateduserid|realuserid|username|firstname|lastname|fullname|displayname|email|mail|phone|ip|lastip|ipaddress|remoteaddress|xforwardedfor|assignee|actor|owner)$/;
/** Private as a list or text; as a number it is a count. */
const CONTENT = /^(users|userids|students|studentids|ips|row|rows|headers|body|note)$/;
const SECRET = /(password|passwd|pwd|secret|token|authorization|cookie|apikey|accesskey|credential|pseudonymkey)/;

/** Begins where a word begins, or a long word would be tried from each of its letters. */
const EMAIL = /(?<![^\s@<>"'(),;:=])[^\s@<>"'(),;:=]+@[^\s@<>"'(),;:=]+\.[a-z]{2,}/gi;

/** Deeper or longer values are data, not something to be told about. */
const DEPTH_MAX = 5;
const ITEMS_MAX = 50;

/** A copy fit for a log. */
export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return scrubbed(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= DEPTH_MAX) return '[deep]';
  if (value instanceof Error) return { type: value.name, message: scrubbed(value.message) };
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.slice(0, ITEMS_MAX).map((item) => redacted(item, depth + 1));
  const fields = Object.entries(value).slice(0, ITEMS_MAX);
  return Object.fromEntries(
    fields.map(([name, field]) => [name, isPrivate(name, field) ? REDACTED : redacted(field, depth + 1)]),
  );
}

/** `client.ip`, `userId`, `db_password`; but not `host.name`, `user_agent` or `users_scored`, which say nothing about a person. */
function isPrivate(name: string, value: unknown): boolean {
  const whole = name.toLowerCase().replace(/[^a-z0-9]/g, '');
  const last = name
    .toLowerCase()
    .split('.')
    .at(-1)!
    .replace(/[^a-z0-9]/g, '');
  if (CONTENT.test(last)) return typeof value !== 'number';
  return PERSONAL.test(whole) || PERSONAL.test(last) || SECRET.test(whole);
}

/** Replaces what has the shape of an address, a login or a user's number. Loopback stays: it is this machine. */
export function scrubbed(text: string): string {
  return text
    .replace(/:\/\/[^\s/]*@/g, `://${REDACTED}@`)
    .replace(EMAIL, (found) => (found.startsWith(REDACTED) ? found : '[email]'))
    .replace(/\b(users?|students?|(?:real|related)?user_?id|student_?id)("?\s{0,9}[ =:#]\s{0,9})-?\d+/gi, '$1$2[id]')
    .replace(/(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]*\d)/g, (found) =>
      isIP(found) && !found.startsWith('127.') ? '[ip]' : found,
    )
    .replace(/(?<![0-9a-z:.])[0-9a-f:]*:[0-9a-f:.]*/gi, withoutIpv6);
}

/** The end of a sentence may stand right behind an address. */
function withoutIpv6(found: string): string {
  const bare = isIP(found) || !/[:.]$/.test(found) ? found : found.slice(0, -1);
  return isIP(bare) && bare !== '::1' ? `[ip]${found.slice(bare.length)}` : found;
}

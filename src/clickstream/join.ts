/** A click with what is known of its user, its status code, its address and its agent. */
import type { Click, ClickReference, JoinedClick } from '../click-ports.js';

/** Where an address is; null = nobody knows. */
export type Locate = (ip: string) => { country: string | null; city: string | null } | null;
export type DescribeAgent = (agent: string) => { browser: string | null; os: string | null; bot: boolean };

export interface Joins {
  user: ClickReference['row'] | null;
  code: ClickReference['row'] | null;
  locate: Locate;
  describe: DescribeAgent;
}

const NO_AGENT = { browser: null, os: null, bot: false };

/**
 * Left joins: a click of an unknown user or code stays, with null there. The city is the record's own, else the user's, else the
 * address's. A user who is known by a text has it as name until the table of users says otherwise: web servers log the name.
 */
export function join(click: Click, id: string, { user, code, locate, describe }: Joins): JoinedClick {
  const { time_ms, user_id, ip, request, status, bytes, referrer, agent, session_id, extra } = click;
  const place = ip === null ? null : locate(ip);
  const { browser, os, bot } = agent === null ? NO_AGENT : describe(agent);
  return {
    time_ms,
    id,
    user_id,
    username: textOf(user?.username) ?? (typeof user_id === 'string' ? user_id : null),
    first_name: textOf(user?.first_name),
    last_name: textOf(user?.last_name),
    level: textOf(user?.level),
    city: click.city ?? textOf(user?.city) ?? place?.city ?? null,
    country: click.country ?? place?.country ?? null,
    ip,
    request,
    status,
    definition: textOf(code?.definition),
    bytes,
    referrer,
    agent,
    browser,
    os,
    bot,
    session_id,
    extra,
  };
}

function textOf(value: string | number | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

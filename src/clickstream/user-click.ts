/** A click as it is kept by user: the columns of a public demo's record, and what a web server adds to them. */
import type { JoinedClick } from '../click-ports.js';
import { requestParts } from './request-line.js';

export interface UserClick {
  user_id: string;
  date: Date;
  /** Tells clicks of one moment apart. */
  event_id: string;
  session_id: string | null;
  partner_name: string | null;
  page_type: string | null;
  init_session: string | null;
  user_agent: string | null;
  city: string | null;
  current_url: string | null;
  referrer: string | null;
  language: string | null;
  ip: string | null;
  status: number | null;
  bytes: number | null;
}

/** null = nobody's click: there is no user to keep it under. */
export function userClick({ user_id, time_ms, id, session_id, agent, extra, ...click }: JoinedClick): UserClick | null {
  if (user_id === null) return null;
  const { city, request, referrer, ip, status, bytes } = click;
  return {
    user_id: String(user_id),
    date: new Date(time_ms),
    event_id: id,
    session_id,
    partner_name: textOf(extra.partner_name),
    page_type: textOf(extra.page_type),
    init_session: textOf(extra.init_session),
    user_agent: agent,
    city,
    current_url: requestParts(request).address,
    referrer,
    language: textOf(extra.language),
    ip,
    status,
    bytes,
  };
}

function textOf(value: string | number | boolean | null | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

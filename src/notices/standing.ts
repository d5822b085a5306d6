/**
 * What there is to tell somebody, and whether it is time. A digest says how things stand, so none that was missed is missed; news are the
 * alerts that opened since the last one that this person was told.
 */
import { createHash } from 'node:crypto';

export type NoticeForm = 'digest' | 'immediate' | 'original';

export interface OpenAlert {
  alert_id: string;
  user_id: number;
  name: string | null;
  course: string;
  score: number;
  opened_ms: number;
}

/** Of whoever they may see. */
export interface Standing {
  /** Students on this week's list. */
  listed: number;
  /** Alerts that nobody has taken yet. */
  open: readonly OpenAlert[];
  /** Students who wrote something that nobody has read yet. */
  unread: number;
}

/** What somebody has been told, as it is kept. */
export interface Told {
  /** By the machine's clock. */
  sent_ms: number;
  /** The latest alert that they know of: when it opened, and all that opened at that instant. */
  opened_ms: number;
  alert_ids: string[];
}

/** A list that does not change is brought up again after this. */
const REMINDED_MS = 7 * 86_400_000 - 3_600_000;

export function newsIn({ open }: Standing, told: Told | null): OpenAlert[] {
  if (told === null) return [...open];
  const known = new Set(told.alert_ids);
  return open.filter(
    ({ alert_id, opened_ms }) => opened_ms > told.opened_ms || (opened_ms === told.opened_ms && !known.has(alert_id)),
  );
}

/** Nothing is sent where there is nothing to say. */
export function isDue(form: NoticeForm, standing: Standing, told: Told | null, now_ms: number): boolean {
  if (newsIn(standing, told).length > 0) return true;
  const quiet = told !== null && now_ms - told.sent_ms < REMINDED_MS;
  // Who asks for help is brought up each time until somebody has read it.
  return form === 'digest' && (standing.unread > 0 || (!quiet && standing.listed > 0));
}

export function toldAfter({ open }: Standing, told: Told | null, sent_ms: number): Told {
  const opened_ms = open.reduce((latest, alert) => Math.max(latest, alert.opened_ms), told?.opened_ms ?? 0);
  const latest = open.filter((alert) => alert.opened_ms === opened_ms).map(({ alert_id }) => alert_id);
  const before = told !== null && told.opened_ms === opened_ms ? told.alert_ids : [];
  return { sent_ms, opened_ms, alert_ids: [...new Set([...before, ...latest])].sort() };
}

/** Of what was said to whom by which way, and of nothing that a crash would change. */
export function noticeId(channel: string, user_id: number, about: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify([channel, user_id, about]))
    .digest('hex')
    .slice(0, 32);
}

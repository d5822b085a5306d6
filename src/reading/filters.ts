/** What lists are narrowed to, and how they are ordered. */
import type { Alert } from '../domain.js';
import type { Belonging } from './assignments.js';

export interface EarlyFilter extends Belonging {
  course_id?: number;
  /** As of predictions. */
  contacted?: boolean;
  /** One row a student, the likeliest to fall silent first. */
  one_each?: boolean;
}

/** What the figures of a summary are about; the whole that is seen where nothing is asked for. */
export type SummaryFilter = Omit<EarlyFilter, 'one_each'>;

export const ALERTS_AT_HAND = ['none', 'open', 'acknowledged', 'muted'] as const;

export type AlertAtHand = (typeof ALERTS_AT_HAND)[number];

export interface PredictionFilter extends Belonging {
  course_id?: number;
  user_id?: number;
  /** Only scores strictly above. */
  above?: number;
  band?: string;
  /** Only with, or only without a score. */
  scored?: boolean;
  /** Only where the alert that is not resolved is in one of these states or muted now, or where there is none. */
  alert?: AlertAtHand[];
  /** Only alerts of this person; letters of any case. */
  assignee?: string;
  /** Only where there is an alert and somebody has it, or nobody. */
  assigned?: boolean;
  /** Only students whom somebody reached, or tried to, in the last 14 days; false: only the others. */
  contacted?: boolean;
  /** In the name, or the whole number of the student; letters of any case. */
  text?: string;
  order?: PredictionOrder;
  /** With the scheduled scores of the last 28 days of each. */
  trend?: boolean;
}

/** score: the highest first. last-active: the longest silence first. name: by name. Unscored, and those without, last. */
export const PREDICTION_ORDERS = ['score', 'last-active', 'name'] as const;

export type PredictionOrder = (typeof PREDICTION_ORDERS)[number];

/** By when they began. */
export const SESSION_ORDERS = ['oldest', 'newest'] as const;

export type SessionOrder = (typeof SESSION_ORDERS)[number];

/** `from_ms` inclusive, `to_ms` exclusive: when they were resolved. */
export interface ContactFilter extends Belonging {
  course_id?: number;
  from_ms?: number;
  to_ms?: number;
}

/** `from_ms` inclusive, `to_ms` exclusive: when they opened. */
export interface AlertFilter extends Belonging {
  state?: Alert['state'][];
  course_id?: number;
  user_id?: number;
  /** Letters of any case. */
  assignee?: string;
  from_ms?: number;
  to_ms?: number;
  /** As of predictions. */
  contacted?: boolean;
}

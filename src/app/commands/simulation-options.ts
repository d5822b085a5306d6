/** What the commands that replay a term have in common: their numbers. Each throws `UsageError`. */
import { parseInteger, UsageError } from './context.js';

/** A term that is scored less often than that shows little. */
const EVERY_DAYS_MAX = 28;

/** Both ends exclusive. */
export function between0and1(text: string): number {
  const value = /^[01]?\.\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (value > 0 && value < 1) return value;
  throw new UsageError(`"${text}" is no number between 0 and 1`);
}

export function atLeast1(text: string): number {
  const value = parseInteger(text);
  if (value >= 1) return value;
  throw new UsageError('The number of students must be 1 or more');
}

export function wholeDays(text: string): number {
  const value = parseInteger(text);
  if (value >= 0) return value;
  throw new UsageError('Days cannot be negative');
}

/** Between scorings. */
export function days(text: string): number {
  const value = parseInteger(text);
  if (value >= 1 && value <= EVERY_DAYS_MAX) return value;
  throw new UsageError(`Days between scorings must be 1 to ${EVERY_DAYS_MAX}`);
}

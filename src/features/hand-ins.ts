/** What was due, what was handed in and how it was marked, cut at the cut-off. */
import type { HandIn } from '../domain.js';

export interface HandIns {
  /** Due before the cut-off. */
  due_all: number;
  due_28: number;
  /** Complete days since the latest due day; NaN before the first. */
  days_since_due: number;
  /** Due before the cut-off and handed in before it. */
  handed_in_of_due: number;
  not_handed_in_all: number;
  not_handed_in_28: number;
  /** Of those due so far, the latest ones in a row that were not handed in. */
  missed_in_a_row: number;
  late_all: number;
  late_28: number;
  handed_in_28: number;
  /** Handed in although not yet due. */
  handed_in_ahead: number;
  /** Complete days since the latest hand-in; NaN before the first. */
  days_since: number;
  /** Days from the cut-off to the next due day, 0 = due on the cut-off day; NaN where nothing is due any more. */
  days_to_next_due: number;
  due_next_28: number;
  /** Mean of (due − handed in) over what was handed in and has a due day; NaN where there is none. */
  margin_days: number;
  /** The same of the one with the latest due day. */
  latest_margin_days: number;
  /** Percents that were known before the cut-off, in the order of their due days (those without one first). */
  marks: number[];
}

/** A mark under this is a fail in most schemes, and in the data that the bundled model comes from. */
export const PASS_PERCENT = 40;

const byDueDay = (a: HandIn, b: HandIn): number => (a.due_day ?? -Infinity) - (b.due_day ?? -Infinity) || 0;

/** A due day is known in advance, so it may lie ahead; a hand-in or mark on the cut-off day or later has not happened yet. */
export function handInsBefore(asked: readonly HandIn[], cutoff_day: number): HandIns {
  const sum: HandIns = {
    due_all: 0,
    due_28: 0,
    days_since_due: NaN,
    handed_in_of_due: 0,
    not_handed_in_all: 0,
    not_handed_in_28: 0,
    missed_in_a_row: 0,
    late_all: 0,
    late_28: 0,
    handed_in_28: 0,
    handed_in_ahead: 0,
    days_since: NaN,
    days_to_next_due: NaN,
    due_next_28: 0,
    margin_days: NaN,
    latest_margin_days: NaN,
    marks: [],
  };
  let margins = 0;
  let margin_sum_days = 0;
  let latest = -Infinity;
  for (const { due_day, submitted_day, mark } of [...asked].sort(byDueDay)) {
    const handed_in = submitted_day !== null && submitted_day < cutoff_day ? submitted_day : null;
    if (mark && mark.day < cutoff_day) sum.marks.push(mark.percent);
    if (handed_in !== null) {
      latest = Math.max(latest, handed_in);
      if (cutoff_day - handed_in <= 28) sum.handed_in_28++;
    }
    if (due_day === null) continue;
    if (handed_in !== null) {
      margins++;
      margin_sum_days += due_day - handed_in;
      sum.latest_margin_days = due_day - handed_in;
    }
    if (due_day < cutoff_day) addDue(sum, due_day, handed_in, cutoff_day);
    else addAhead(sum, due_day - cutoff_day, handed_in !== null);
  }
  if (latest > -Infinity) sum.days_since = cutoff_day - 1 - latest;
  if (margins > 0) sum.margin_days = margin_sum_days / margins;
  return sum;
}

/** In the order of due days, so that the last one seen is the latest. */
function addDue(sum: HandIns, due_day: number, handed_in: number | null, cutoff_day: number): void {
  const recent = cutoff_day - due_day <= 28 ? 1 : 0;
  const late = handed_in !== null && handed_in > due_day ? 1 : 0;
  const missing = handed_in === null ? 1 : 0;
  sum.due_all++;
  sum.due_28 += recent;
  sum.days_since_due = cutoff_day - 1 - due_day;
  sum.handed_in_of_due += 1 - missing;
  sum.not_handed_in_all += missing;
  sum.not_handed_in_28 += missing * recent;
  sum.missed_in_a_row = missing * (sum.missed_in_a_row + 1);
  sum.late_all += late;
  sum.late_28 += late * recent;
}

function addAhead(sum: HandIns, ahead_days: number, handed_in: boolean): void {
  if (handed_in) {
    sum.handed_in_ahead++;
    return;
  }
  if (ahead_days < 28) sum.due_next_28++;
  if (!(sum.days_to_next_due <= ahead_days)) sum.days_to_next_due = ahead_days;
}

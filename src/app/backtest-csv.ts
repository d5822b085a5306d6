/** A replayed term as CSV: its weeks, or, where that is asked for, its students. */
import type { Backtest, WeekRow } from '../training/backtest.js';
import type { StudentReview } from '../training/student-review.js';

const WEEK_COLUMNS: (keyof WeekRow)[] = [
  'week',
  'scored',
  'still_active',
  'early',
  'early_new',
  'early_never_before',
  'alerts',
  'alerts_new',
  'went_silent',
];
const STUDENT_COLUMNS: (keyof StudentReview)[] = [
  'user_id',
  'course',
  'outcome',
  'last_active_day',
  'left_day',
  'first_early_day',
  'first_alert_day',
  'early_lists',
  'alerts',
  'lead_days',
  'verdict',
  'why',
];

const cell = (value: string | number | null): string => {
  const text = String(value ?? '');
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
const csv = (rows: readonly (readonly (string | number | null)[])[]): string =>
  rows.map((row) => `${row.map(cell).join(',')}\n`).join('');

export function weeksCsv({ courses }: Backtest): string {
  const rows = courses.flatMap(({ name, weeks }) => weeks.map((week) => [name, ...WEEK_COLUMNS.map((column) => week[column])]));
  return csv([['course', ...WEEK_COLUMNS], ...rows]);
}

export function studentsCsv({ courses }: Backtest): string {
  const rows = courses.flatMap(({ students }) => students.map((student) => STUDENT_COLUMNS.map((column) => student[column])));
  return csv([STUDENT_COLUMNS, ...rows]);
}

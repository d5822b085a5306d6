/** Features of what was due, what was handed in, when, and how it was marked. */
import { enrolmentFeatures } from './definition.js';
import type { Facts } from './facts.js';
import { type HandIns, PASS_PERCENT } from './hand-ins.js';
import { mean } from './rhythm-features.js';

/** Missing, not zero, where the source knows of no assessments. */
const of =
  (compute: (hand_ins: HandIns) => number) =>
  ({ hand_ins }: Facts): number =>
    hand_ins === null ? NaN : compute(hand_ins);

/** Two courses in three have fewer assessments than this in all; a course of daily quizzes is clamped. */
const ASSESSMENTS_MAX = 50;

const counted = (
  name: Exclude<keyof HandIns, 'marks'>,
  meaning: string,
  idea: 'hand-ins' | 'calendar' | 'timing' | 'ahead',
  ranked = false,
) => ({
  name,
  unit: 'assessments' as const,
  low: 0,
  high: ASSESSMENTS_MAX,
  meaning,
  scale: 'log' as const,
  idea,
  ranked,
  compute: of((sum) => sum[name]),
});

export const HAND_IN_FEATURES = enrolmentFeatures([
  counted('due_28', 'assessments due in the last 28 days', 'calendar'),
  counted('handed_in_28', 'hand-ins in the last 28 days', 'hand-ins', true),
  counted('not_handed_in_28', 'due in the last 28 days and not handed in', 'hand-ins', true),
  counted('late_28', 'due in the last 28 days and handed in after the due day', 'timing'),
  counted('due_all', 'assessments due so far', 'calendar'),
  counted('missed_in_a_row', 'the latest due ones in a row that were not handed in', 'hand-ins'),
  counted('handed_in_ahead', 'handed in although not yet due', 'ahead'),
  counted('not_handed_in_all', 'due so far and not handed in', 'hand-ins', true),
  counted('late_all', 'due so far and handed in after the due day', 'timing'),
  {
    name: 'handed_in_share',
    unit: 'share',
    low: 0,
    high: 1,
    meaning: 'share of what was due so far that was handed in',
    idea: 'hand-ins',
    ranked: true,
    compute: of((sum) => (sum.due_all === 0 ? NaN : sum.handed_in_of_due / sum.due_all)),
  },
  {
    name: 'days_since_hand_in',
    unit: 'days',
    low: 0,
    high: 365,
    meaning: 'complete days since the latest hand-in',
    scale: 'log',
    idea: 'hand-ins',
    ranked: true,
    compute: of((sum) => sum.days_since),
  },
  {
    name: 'days_to_next_due',
    unit: 'days',
    low: 0,
    high: 120,
    meaning: 'days to the next due day of something not yet handed in',
    scale: 'log',
    idea: 'ahead',
    compute: of((sum) => sum.days_to_next_due),
  },
  counted('due_next_28', 'due in the next 28 days and not yet handed in', 'ahead'),
  {
    name: 'hand_in_margin_days',
    unit: 'days',
    low: -60,
    high: 60,
    meaning: 'mean days between hand-in and due day; negative when late',
    scale: 'log',
    idea: 'timing',
    ranked: true,
    compute: of((sum) => sum.margin_days),
  },
  {
    name: 'latest_margin_days',
    unit: 'days',
    low: -60,
    high: 60,
    meaning: 'days between the hand-in with the latest due day and that day; negative when late',
    scale: 'log',
    idea: 'timing',
    compute: of((sum) => sum.latest_margin_days),
  },
  {
    name: 'days_since_due',
    unit: 'days',
    low: 0,
    high: 365,
    meaning: 'complete days since the latest due day',
    scale: 'log',
    idea: 'calendar',
    compute: of((sum) => sum.days_since_due),
  },
]);

/** Missing until something is marked. */
const ofMarks = (compute: (marks: readonly number[], sum: HandIns) => number) =>
  of((sum) => (sum.marks.length === 0 ? NaN : compute(sum.marks, sum)));

const percent = (name: string, meaning: string, compute: (marks: readonly number[], sum: HandIns) => number) => ({
  name,
  unit: 'percent' as const,
  low: -100,
  high: 100,
  meaning,
  idea: 'marks' as const,
  ranked: name === 'mean_mark',
  compute: ofMarks(compute),
});

export const MARK_FEATURES = enrolmentFeatures([
  percent('mean_mark', 'mean of the marks so far', (marks) => mean(marks)),
  percent('latest_mark', 'mark of the one with the latest due day', (marks) => marks.at(-1)!),
  percent('lowest_mark', 'lowest mark so far', (marks) => Math.min(...marks)),
  percent('mark_trend', 'latest mark less the mean of all', (marks) => marks.at(-1)! - mean(marks)),
  percent('mark_points', 'sum of the marks over what was due so far; what was not handed in counts 0', (marks, sum) =>
    Math.min(100, mean(marks) * (marks.length / Math.max(1, sum.due_all))),
  ),
  {
    name: 'failed_marks',
    unit: 'assessments',
    low: 0,
    high: ASSESSMENTS_MAX,
    meaning: `marks under ${PASS_PERCENT} percent`,
    scale: 'log',
    idea: 'marks',
    compute: ofMarks((marks) => marks.filter((mark) => mark < PASS_PERCENT).length),
  },
]);

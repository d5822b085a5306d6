/** A replayed term as one page for the head of a programme. Names students only where `students` says so. */
import type { Target } from '../domain.js';
import { type Backtest, type CourseBacktest, LEAD_BANDS, type ListReview, type LostReview, type WeekRow } from './backtest.js';
import type { ListFigures } from './list-figures.js';
import { captioned, figure, page, paragraph, percent, section, table, warning } from './page.js';
import { linePlot } from './plot.js';
import type { StudentReview, Why } from './student-review.js';

export interface BacktestAbout {
  /** Version, or what stands for the models that did not know the courses. */
  model: string;
  target: Target;
  data: string;
  threshold: number;
  early_places: number | null;
  every_days: number;
  contact_after_days: number | null;
  /** Courses of the data that the model has learnt from. */
  learnt_from: readonly string[];
  /** Each course was scored by a model made without it. */
  left_out: boolean;
  /** Ids and days of single students. */
  students: boolean;
}

const TARGETS_IN_WORDS: Record<Target, string> = {
  'effective-withdrawal': 'no activity for 28 days, or withdrawn',
  'silent-28': 'no activity for 28 days',
  disengagement: 'no activity for 28 days, while still active',
  'formal-withdrawal': 'withdrawn within 28 days',
  'eventual-withdrawal': 'withdrawn in the end',
  'fail-or-withdraw': 'failed or withdrawn in the end',
};

const WHY_IN_WORDS: Record<Why, string> = {
  'no data': 'never scored: left before the first scoring, or on a day that the data does not tell',
  'silent from the start': 'did nothing in the course at all',
  'joined late': 'joined after the start, and stopped before the first scoring',
  'stopped before the first scoring': 'enrolled by the start, and stopped before the first scoring',
  'rose too late': 'came on a list, but only after the last activity',
  'never above': 'was scored, and never came on a list',
};

const share = (value: number | null): string => (value === null ? '–' : percent(value));

function inShort({ early, alerts, lost }: Backtest): string {
  const { figures } = early;
  return (
    paragraph(
      `${lost.lost} students were lost to the course. ${lost.in_time} of them (${of(lost.in_time, lost.lost)}) were on a list by the day of their last activity, ` +
        `while a call could still reach them in the course. ${lost.late} came on one only after it, and ${lost.missed} never did.`,
    ) +
    paragraph(
      `The early list would have brought ${figure(figures.calls_a_week, 1)} new names a week, at most ${figures.busiest_week} in one week; alerts ${figure(alerts.figures.calls_a_week, 1)} a week. ` +
        `Of the names on the early list ${share(figures.precision)} stopped for 28 days or more from then on; of the alerts ${share(alerts.figures.precision)} were right.`,
    ) +
    paragraph(
      `${lost.false_alarms} students were on a list at some time and took part until the end. ` +
        `${lost.finished_early} stopped early and passed all the same: they are not counted as lost.`,
    )
  );
}

const of = (part: number, whole: number): string => (whole === 0 ? '–' : percent(part / whole));

function whenWarned(lost: LostReview): string {
  const rows = LEAD_BANDS.map((band) => [band, String(lost.lead[band]), of(lost.lead[band], lost.lost)]);
  return table(['first on a list, against the last activity', 'students', 'of the lost'], rows);
}

function whyMissed({ why, late, missed }: LostReview): string {
  const rows = (Object.keys(WHY_IN_WORDS) as Why[]).map((name) => [WHY_IN_WORDS[name], String(why[name])]);
  return paragraph(`The ${late + missed} lost students whom no list had in time.`) + table(['why', 'students'], rows);
}

function against({ early, alerts }: Backtest): string {
  const row = (name: string, f: ListFigures) => [
    name,
    figure(f.calls_a_week, 1),
    figure(f.listed_a_week, 1),
    share(f.precision),
    share(f.precision_first),
    share(f.recall),
    share(f.recall_in_time),
    f.lead_days === null ? '–' : figure(f.lead_days.median, 0),
  ];
  const pair = (name: string, { figures, silence }: ListReview) => [
    row(name, figures),
    row('the same places, by silence', silence),
  ];
  const headings = ['list', 'new a week', 'on it', 'right', 'right at first', 'of the lost', 'in time', 'lead, days'];
  return (
    paragraph(
      'The same number of places on the same days, given to those who have been silent longest. For the early list these are still active students, as there.',
    ) +
    table(headings, [...pair('early list', early), ...pair('alerts', alerts)]) +
    paragraph(
      'right: new names of whom it came true; at first: counting each student once. of the lost: on the list at any time; in time: by the day of the last activity. ' +
        'lead: the middle one, negative where the first call came after the last activity.',
    )
  );
}

function staying({ early, alerts }: Backtest): string {
  const quartiles = ({ days_on_it: d }: ListReview) =>
    d === null
      ? 'nobody was on it'
      : `half of its students for ${figure(d.median, 0)} days or less, a quarter for more than ${figure(d.high, 0)}`;
  return paragraph(`How long a student stays: on the early list ${quartiles(early)}; with an open alert ${quartiles(alerts)}.`);
}

function work(weeks: readonly WeekRow[]): string {
  const y_max = Math.max(4, ...weeks.flatMap(({ early_new, alerts_new }) => [early_new, alerts_new]));
  const plot = linePlot({
    title: 'New names by week of the course',
    x: 'week of the course',
    y: 'new names',
    y_range: [0, y_max],
    points: weeks.map(({ week, early_new }) => [week, early_new]),
    reference: weeks.map(({ week, alerts_new }) => [week, alerts_new] as const),
  });
  return captioned(plot, 'Line with dots: new names on the early list. Dashed: new alerts.');
}

function courseSection(course: CourseBacktest): string {
  const rows = course.weeks.map((w) =>
    [w.week, w.scored, w.still_active, w.early, w.early_new, w.early_never_before, w.alerts, w.alerts_new, w.went_silent].map(
      String,
    ),
  );
  const headings = ['week', 'scored', 'active', 'early list', 'new', 'first time', 'alerts', 'new', 'stopped'];
  const { lost } = course;
  return (
    paragraph(
      `${course.enrolments} enrolments, ${course.scored} of them scored. ${lost.lost} were lost: ${lost.in_time} on a list in time, ${lost.late} too late, ${lost.missed} never.`,
    ) +
    work(course.weeks) +
    table(headings, rows) +
    paragraph('stopped: lost students whose last activity was in that week. active: with activity in the last 14 days.')
  );
}

const STUDENT_HEADINGS = [
  'student',
  'became',
  'verdict',
  'last active',
  'left',
  'first early',
  'first alert',
  'lead',
  'why not in time',
];

function studentRows(students: readonly StudentReview[]): string[][] {
  const day = (value: number | null) => (value === null ? '–' : String(value));
  return students
    .filter(({ verdict }) => verdict !== 'quiet')
    .map((s) => [
      String(s.user_id),
      s.outcome,
      s.verdict,
      day(s.last_active_day),
      day(s.left_day),
      day(s.first_early_day),
      day(s.first_alert_day),
      day(s.lead_days),
      s.why ?? '',
    ]);
}

function warnings({ learnt_from, left_out }: BacktestAbout): string {
  if (left_out)
    return paragraph(
      'Each course was scored by a model that was made without it and without its students: the figures are honest.',
    );
  if (learnt_from.length === 0) return '';
  return warning(
    `The model has learnt from ${learnt_from.join(' and ')}, so it knew how these courses end: the figures flatter it. ` +
      'Run backtest with --leave-out for figures by models that did not.',
  );
}

function basis(about: BacktestAbout): string {
  const { model, target, threshold, early_places, every_days, contact_after_days, data } = about;
  const places = early_places === null ? '15 % of the students still active' : `${early_places} students`;
  const staff =
    contact_after_days === null
      ? 'Nobody touches an alert here: it ends where the student comes back or leaves, or after 28 days.'
      : `Staff talks with a student ${contact_after_days} days after an alert opened; then there is none about them for 14 days.`;
  return [
    `Data: ${data}. Model: ${model}. Scored every ${every_days === 1 ? 'day' : `${every_days} days`}, from what was known before that day only; a live site scores every day.`,
    `An alert opens above ${threshold} (${TARGETS_IN_WORDS[target]}). ${staff}`,
    `The early list holds each week ${places} of each course, by the chance of 28 silent days.`,
    'Lost: what the alert is about came true in the end, and the student did not pass. Outcomes of the last 28 days are unknown and count as neither right nor wrong.',
    'Nobody called these students because of a list. What a call would have changed, no replay can tell.',
  ]
    .map(paragraph)
    .join('');
}

export function backtestPage(backtest: Backtest, about: BacktestAbout): string {
  const names = backtest.courses.map(({ name }) => name).join(', ');
  const parts = [
    warnings(about),
    section('In short', inShort(backtest)),
    section('When the lost were first on a list', whenWarned(backtest.lost)),
    section('Whom it missed, and why', whyMissed(backtest.lost)),
    section('Against a list by silence alone', against(backtest) + staying(backtest)),
    ...backtest.courses.map((course) => section(course.name, courseSection(course))),
    section('What this rests on', basis(about)),
    ...(about.students
      ? backtest.courses.map((course) =>
          section(
            `${course.name}: students`,
            paragraph('Days count from the start of the course. Students that were on no list and not lost are left out.') +
              table(STUDENT_HEADINGS, studentRows(course.students)),
          ),
        )
      : []),
  ];
  return page(`A term replayed: ${names}`, parts);
}

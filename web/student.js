/** The panel of one student: score with all reasons, activity by day, what can be done. */
import { h, svg } from './dom.js';
import { dayOf, daysUntil, dayText, number } from './format.js';
import { alertState, nameOf, scoreCell, sentence } from './parts.js';
import { TEXTS } from './texts.en.js';

const DAYS_SHOWN = 70;
const CHART = { width: 560, height: 120, left: 32, bottom: 18, top: 16 };

/** `row` is a prediction with person, course and alert; `acts`: close(), acknowledge(row), resolve(row, outcome). */
export function studentPanel(row, timeline, { threshold, now_ms }, acts) {
  const { score } = row;
  return [
    h(
      'div',
      { class: 'panel-head' },
      h('h2', { id: 'student-name', tabindex: '-1' }, nameOf(row.person)),
      h('div', { class: 'actions' }, h('button', { type: 'button', onclick: acts.close }, TEXTS.close)),
    ),
    h(
      'div',
      { class: 'panel-body' },
      h('p', { class: 'quiet' }, TEXTS.student_score(`${row.course.shortname} · ${row.course.fullname}`)),
      score ? scoreCell(score.score, score.band, threshold) : h('p', {}, whyNot(row)),
      row.alert && h('div', { class: 'alert-line' }, h('div', {}, alertState(row.alert, now_ms)), actions(row, acts)),
      score && reasons(score),
      chart(timeline, now_ms),
    ),
  ];
}

function whyNot(row) {
  const why = TEXTS.not_scored_why[row.not_scored] ?? row.not_scored;
  return row.not_scored === 'not-active' ? TEXTS.enrolment_state(row.enrolment.state) : TEXTS.not_scored(1, number(1), why);
}

function reasons(score) {
  const line = (reason) =>
    h(
      'li',
      { class: reason.contribution > 0 ? 'raises' : 'lowers' },
      h('span', { class: 'arrow', 'aria-hidden': 'true' }, reason.contribution > 0 ? '↑' : '↓'),
      h(
        'span',
        {},
        sentence(reason.text),
        h('span', { class: 'unseen' }, ` (${reason.contribution > 0 ? TEXTS.raises : TEXTS.lowers})`),
      ),
    );
  return [
    h('h3', {}, TEXTS.student_reasons),
    h('ul', { class: 'reasons all' }, score.reasons.map(line)),
    h('p', { class: 'note' }, TEXTS.student_limits),
  ];
}

function actions(row, acts) {
  const is_done = row.alert.state === 'resolved' || row.alert.state === 'expired';
  if (is_done) return null;
  const choice = h(
    'select',
    { id: 'outcome', 'aria-label': TEXTS.outcome },
    h('option', { value: '' }, TEXTS.choose_outcome),
    Object.entries(TEXTS.outcomes).map(([value, text]) => h('option', { value }, text)),
  );
  const resolve = h('button', { type: 'button', disabled: true, onclick: () => acts.resolve(row, choice.value) }, TEXTS.resolve);
  choice.addEventListener('change', () => {
    resolve.disabled = choice.value === '';
  });
  const acknowledge = h('button', { type: 'button', onclick: () => acts.acknowledge(row) }, TEXTS.acknowledge);
  return h('div', { class: 'actions' }, row.alert.state === 'open' && acknowledge, choice, resolve);
}

/** Bars from 0, days of the site's calendar; an alert stands above its day. */
function chart(timeline, now_ms) {
  const shown = daysUntil(dayOf(now_ms ?? Date.now()), DAYS_SHOWN);
  const per_day = new Map();
  for (const { day, activities } of timeline.days) per_day.set(day, (per_day.get(day) ?? 0) + activities);
  const active = shown.filter((day) => per_day.get(day) > 0);
  const label = active.length
    ? TEXTS.student_activity_label(number(active.length), number(DAYS_SHOWN), dayText(active.at(-1)))
    : TEXTS.student_activity_none(number(DAYS_SHOWN));
  const opened = new Set(timeline.alerts.map((alert) => dayOf(alert.opened_ms)));
  const rows = active.map((day) =>
    h('tr', {}, h('th', { scope: 'row' }, dayText(day)), h('td', { class: 'number' }, number(per_day.get(day)))),
  );
  const head = h('tr', {}, h('th', { scope: 'col' }, TEXTS.day), h('th', { scope: 'col', class: 'number' }, TEXTS.activities));
  return [
    h('h3', {}, TEXTS.student_activity),
    h('p', { class: 'note' }, TEXTS.student_activity_unit),
    plot(shown, per_day, opened, label),
    h('p', {}, label),
    h(
      'details',
      {},
      h('summary', {}, TEXTS.as_table),
      rows.length
        ? h('table', { class: 'small' }, h('thead', {}, head), h('tbody', {}, rows))
        : h('p', {}, TEXTS.no_activity_rows),
    ),
  ];
}

function plot(days, per_day, opened, label) {
  const { width, height, left, bottom, top } = CHART;
  const most = Math.max(1, ...days.map((day) => per_day.get(day) ?? 0));
  const scale = niceCeiling(most);
  const floor = height - bottom;
  const step = (width - left) / days.length;
  const y = (value) => floor - ((floor - top) * value) / scale;
  const x = (i) => left + i * step;
  const bars = days.map((day, i) => {
    const value = per_day.get(day) ?? 0;
    return value > 0 && svg('rect', { class: 'day', x: x(i) + 0.75, y: y(value), width: step - 1.5, height: floor - y(value) });
  });
  const weeks = days.map((day, i) => {
    return i % 14 === 0 && svg('text', { class: 'tick', x: x(i), y: height - 4 }, dayText(day));
  });
  const alerts = days.map((day, i) => {
    const middle = x(i) + step / 2;
    if (!opened.has(day)) return null;
    return svg(
      'g',
      { class: 'event' },
      svg('line', { x1: middle, x2: middle, y1: 12, y2: floor }),
      svg('path', { d: `M${middle} 3l5 8h-10z` }),
      svg('title', {}, TEXTS.alert_opened),
    );
  });
  return svg(
    'svg',
    { class: 'plot', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label },
    [0, scale].map((value) => [
      svg('line', { class: 'grid', x1: left, x2: width, y1: y(value), y2: y(value) }),
      svg('text', { class: 'tick end', x: left - 6, y: y(value) + 4 }, number(value)),
    ]),
    bars,
    weeks,
    alerts,
  );
}

/** 13 → 20, 4 → 5, 1 → 1: a whole tick at the top. */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((m) => m * power).find((tick) => tick >= value);
}

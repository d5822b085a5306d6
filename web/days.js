/** A student's days as bars from 0, on the site's calendar, before the middle half of the course; what happened stands above its day. */
import { dayOf, daysUntil, dayText, number } from './format.js';
import { SIGNS } from './hand-ins.js';
import { TEXTS } from './texts.js';
import { html } from './ui.js';

const DAYS_SHOWN = 70;
const SIZE = { width: 720, height: 148, left: 32, bottom: 18, top: 34 };
const CONTACTS = new Set(['contacted', 'no-answer', 'support-arranged']);
/** Several of one day stand above each other; more than this would reach into the bars. */
const EVENTS_A_DAY = 2;
const EVENT_STEP = 13;

/** What happened on which day: kind, and what it is in words. */
function eventsOf({ alerts, hand_ins }, mine) {
  const handed = (each) => ({
    day: dayOf(each.state === 'missing' ? each.due_ms : each.submitted_ms),
    kind: each.state,
    words: [TEXTS.hand_in_states[each.state], each.name].filter(Boolean).join(': '),
  });
  return [
    ...alerts.filter(mine).map((alert) => ({ day: dayOf(alert.opened_ms), kind: 'alert', words: TEXTS.alert_opened })),
    ...alerts
      .filter((alert) => mine(alert) && alert.closed_ms !== null && CONTACTS.has(alert.outcome))
      .map(({ outcome, closed_ms }) => ({ day: dayOf(closed_ms), kind: 'contact', words: TEXTS.outcomes[outcome] })),
    ...hand_ins.filter((each) => mine(each) && each.state !== 'due').map(handed),
  ];
}

/** `course_days`: the course day by day; empty while it is not known. */
export function Days({ timeline, course_id, now_ms, course_days }) {
  const shown = daysUntil(dayOf(now_ms ?? Date.now()), DAYS_SHOWN);
  const mine = ({ course_id: of }) => of === course_id;
  const per_day = new Map(timeline.days.filter(mine).map(({ day, activities }) => [day, activities]));
  const course = new Map(course_days.filter(({ students }) => students > 0).map((each) => [each.day, each]));
  const active = shown.filter((day) => per_day.get(day) > 0);
  const label = active.length
    ? TEXTS.student_activity_label(number(active.length), number(DAYS_SHOWN), dayText(active.at(-1)))
    : TEXTS.student_activity_none(number(DAYS_SHOWN));
  const words = TEXTS.hand_in_states;
  const events = eventsOf(timeline, mine).filter(({ day }) => shown.includes(day));
  const seen = new Set(events.map(({ kind }) => kind));
  const signs = [
    ['alert', `▲ ${TEXTS.alert_opened}`],
    ['contact', `● ${TEXTS.contact}`],
    ['submitted', `${SIGNS.submitted} ${words.submitted}`],
    ['late', `${SIGNS.late} ${words.late}`],
    ['missing', `${SIGNS.missing} ${words.missing}`],
  ].filter(([kind]) => seen.has(kind));
  return html`<p class="note">${TEXTS.student_activity_unit}</p>
    <p class="legend">
      <span class="key bars">${TEXTS.activities}</span>
      ${course.size > 0 && html`<span class="key half">${TEXTS.middle_half}</span><span class="key dashed">${TEXTS.course_median}</span>`}
      ${signs.map(([kind, text]) => html`<span class=${`sign-${kind}`}>${text}</span>`)}
    </p>
    <${Plot} days=${shown} per_day=${per_day} course=${course} events=${events} label=${label} />
    <p>${label}</p>
    <details>
      <summary>${TEXTS.as_table}</summary>
      <${Table} days=${shown} per_day=${per_day} course=${course} events=${events} />
    </details>`;
}

/** The days on which the student did something, or something happened. */
function Table({ days, per_day, course, events }) {
  const on = (day) => events.filter((event) => event.day === day).map(({ words }) => words);
  const told = days.filter((day) => per_day.get(day) > 0 || on(day).length > 0);
  if (told.length === 0) return html`<p>${TEXTS.no_activity_rows}</p>`;
  const median = (day) => (course.has(day) ? number(course.get(day).median) : '–');
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${TEXTS.student_activity}><table class="small">
    <thead><tr><th scope="col">${TEXTS.day}</th><th scope="col" class="number">${TEXTS.activities}</th><th scope="col" class="number">${TEXTS.course_median}</th><th scope="col">${TEXTS.happened}</th></tr></thead>
    <tbody>${told.map((day) => html`<tr><th scope="row">${dayText(day)}</th><td class="number">${number(per_day.get(day) ?? 0)}</td><td class="number">${median(day)}</td><td>${on(day).join('; ')}</td></tr>`)}</tbody>
  </table></div>`;
}

function Plot({ days, per_day, course, events, label }) {
  const { width, height, left, bottom, top } = SIZE;
  const scale = niceCeiling(Math.max(1, ...days.map((day) => Math.max(per_day.get(day) ?? 0, course.get(day)?.q3 ?? 0))));
  const floor = height - bottom;
  const step = (width - left) / days.length;
  const y = (value) => floor - ((floor - top) * value) / scale;
  const x = (i) => left + i * step;
  const bar = (value, i) =>
    html`<rect class="day" x=${x(i) + 0.75} y=${y(value)} width=${step - 1.5} height=${floor - y(value)} />`;
  const half = ({ q1, q3 }, i) => html`<rect class="half" x=${x(i)} y=${y(q3)} width=${step} height=${y(q1) - y(q3)} />`;
  const median = ({ median: value }, i) =>
    html`<line class="median" x1=${x(i) + 1} x2=${x(i) + step - 1} y1=${y(value)} y2=${y(value)} />`;
  const before = new Map();
  const event = ({ day, kind, words }) => {
    const nth = before.get(day) ?? 0;
    before.set(day, nth + 1);
    if (nth >= EVENTS_A_DAY) return null;
    const middle = x(days.indexOf(day)) + step / 2;
    return html`<g class=${`event ${kind}`}>
      ${nth === 0 && html`<line x1=${middle} x2=${middle} y1="13" y2=${floor} />`}
      <g transform=${`translate(${middle} ${8 + nth * EVENT_STEP})`}><${Sign} kind=${kind} /></g>
      <title>${words}</title>
    </g>`;
  };
  const of_course = (draw) => days.map((day, i) => course.has(day) && draw(course.get(day), i));
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label=${label}>
    ${of_course(half)}
    ${[0, scale].map((value) => html`<line class="grid" x1=${left} x2=${width} y1=${y(value)} y2=${y(value)} /><text class="tick end" x=${left - 6} y=${y(value) + 4}>${number(value)}</text>`)}
    ${days.map((day, i) => per_day.get(day) > 0 && bar(per_day.get(day), i))}
    ${of_course(median)}
    ${days.map((day, i) => i % 14 === 0 && html`<text class="tick" x=${x(i)} y=${height - 4}>${dayText(day)}</text>`)}
    ${events.map(event)}
  </svg>`;
}

/** Around its own middle, each kind of its own shape. */
function Sign({ kind }) {
  if (kind === 'alert') return html`<path d="M0 -5l5 9h-10z" />`;
  if (kind === 'contact') return html`<circle r="4.5" />`;
  return html`<path d="M0 -5.5l5 5.5l-5 5.5l-5 -5.5z" />`;
}

/** 13 → 20, 4 → 5, 1 → 1: a whole tick at the top. */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((m) => m * power).find((tick) => tick >= value);
}

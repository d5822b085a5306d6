/** A student's days as bars from 0, on the site's calendar, before the middle half of the course; what happened stands above its day. */
import { dayOf, daysUntil, dayText, number } from './format.js';
import { SIGNS } from './hand-ins.js';
import { TEXTS } from './texts.js';
import { html, useState } from './ui.js';

/** Ticks stand this many days apart, or a multiple of it. */
const TICK_DAYS = 14;
const TICKS_MAX = 6;
const SIZE = { width: 720, height: 148, left: 32, bottom: 18, top: 34 };
const LOWER = { ...SIZE, height: 84, top: 8 };
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

/** `days`: how many. `course_days`: the course day by day; empty while it is not known. One cursor goes through both plots. */
export function Days({ timeline, course_id, now_ms, days, course_days }) {
  const [at, setAt] = useState(null);
  const shown = daysUntil(dayOf(now_ms ?? Date.now()), days);
  const mine = ({ course_id: of }) => of === course_id;
  const rows = new Map(timeline.days.filter(mine).map((row) => [row.day, row]));
  const per_day = new Map([...rows].map(([day, { activities }]) => [day, activities]));
  const minutes = new Map([...rows].map(([day, { duration_s }]) => [day, Math.round(duration_s / 60)]));
  const course = new Map(course_days.filter(({ students }) => students > 0).map((each) => [each.day, each]));
  const active = shown.filter((day) => per_day.get(day) > 0);
  const label = active.length
    ? TEXTS.student_activity_label(number(active.length), number(days), dayText(active.at(-1)))
    : TEXTS.student_activity_none(number(days));
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
  const visited = shown.filter((day) => rows.get(day)?.sessions > 0);
  const sum = (value) => visited.reduce((all, day) => all + value(day), 0);
  const sessions = sum((day) => rows.get(day).sessions);
  const sat = TEXTS.session_days_label(
    sessions,
    number(sessions),
    TEXTS.on_days(visited.length, number(visited.length)),
    number(sum((day) => minutes.get(day))),
  );
  const cursor = { at: at !== null && at < shown.length ? at : null, setAt };
  return html`<p class="note">${TEXTS.student_activity_unit}</p>
    <p class="legend">
      <span class="key bars">${TEXTS.activities}</span>
      ${course.size > 0 && html`<span class="key half">${TEXTS.middle_half}</span><span class="key dashed">${TEXTS.course_median}</span>`}
      ${signs.map(([kind, text]) => html`<span class=${`sign-${kind}`}>${text}</span>`)}
    </p>
    <${Plot} days=${shown} per_day=${per_day} course=${course} events=${events} label=${label} cursor=${cursor} />
    <p>${label}</p>
    <p class="note">${TEXTS.session_days_unit}</p>
    <${Minutes} days=${shown} minutes=${minutes} events=${events} label=${sat} cursor=${cursor} />
    <p>${sat}</p>
    <p class="note day-at">${cursor.at === null ? TEXTS.point_at : dayWords(shown[cursor.at], rows, minutes, course)}</p>
    <details>
      <summary>${TEXTS.as_table}</summary>
      <${Table} days=${shown} rows=${rows} minutes=${minutes} course=${course} events=${events} />
    </details>`;
}

function dayWords(day, rows, minutes, course) {
  const { activities = 0, sessions = 0 } = rows.get(day) ?? {};
  const median = course.has(day) ? number(course.get(day).median) : '–';
  return TEXTS.day_at(dayText(day), number(activities), median, number(sessions), number(minutes.get(day) ?? 0));
}

/** The days on which the student did something, or something happened. */
function Table({ days, rows, minutes, course, events }) {
  const on = (day) => events.filter((event) => event.day === day).map(({ words }) => words);
  const told = days.filter((day) => rows.get(day)?.activities > 0 || on(day).length > 0);
  if (told.length === 0) return html`<p>${TEXTS.no_activity_rows}</p>`;
  const median = (day) => (course.has(day) ? number(course.get(day).median) : '–');
  const heads = [TEXTS.activities, TEXTS.course_median, TEXTS.sessions, TEXTS.minutes];
  const figures = (day) => {
    const { activities = 0, sessions = 0 } = rows.get(day) ?? {};
    return [number(activities), median(day), number(sessions), number(minutes.get(day) ?? 0)];
  };
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${TEXTS.student_activity}><table class="small">
    <thead><tr><th scope="col">${TEXTS.day}</th>${heads.map((head) => html`<th scope="col" class="number">${head}</th>`)}<th scope="col">${TEXTS.happened}</th></tr></thead>
    <tbody>${told.map((day) => html`<tr><th scope="row">${dayText(day)}</th>${figures(day).map((text) => html`<td class="number">${text}</td>`)}<td>${on(day).join('; ')}</td></tr>`)}</tbody>
  </table></div>`;
}

/** Minutes in sessions on each day, below the activities: the same days, the same places. */
function Minutes({ days, minutes, events, label, cursor }) {
  const { width, height, left, bottom, top } = LOWER;
  const scale = niceCeiling(Math.max(1, ...days.map((day) => minutes.get(day) ?? 0)));
  const floor = height - bottom;
  const step = (width - left) / days.length;
  const y = (value) => floor - ((floor - top) * value) / scale;
  const bar = (value, i) =>
    html`<rect class="minutes" x=${left + (i + 0.1) * step} y=${y(value)} width=${0.8 * step} height=${floor - y(value)} />`;
  const happened = new Set(events.map(({ day }) => day));
  const middle = (i) => left + (i + 0.5) * step;
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label=${label} ...${following(cursor, days.length)}>
    <${Grid} size=${LOWER} scale=${scale} days=${days} />
    ${days.map((day, i) => happened.has(day) && html`<line class="happened" x1=${middle(i)} x2=${middle(i)} y1="0" y2=${floor} />`)}
    ${days.map((day, i) => minutes.get(day) > 0 && bar(minutes.get(day), i))}
    <${Cursor} size=${LOWER} cursor=${cursor} step=${step} />
  </svg>`;
}

/** The day under the pointer, for both plots. */
function following({ setAt }, how_many) {
  const onPointerMove = (event) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * SIZE.width - SIZE.left;
    setAt(x < 0 ? null : Math.min(how_many - 1, Math.floor((x / (SIZE.width - SIZE.left)) * how_many)));
  };
  return { onPointerMove, onPointerLeave: () => setAt(null) };
}

function Cursor({ size, cursor, step }) {
  if (cursor.at === null) return null;
  const x = size.left + (cursor.at + 0.5) * step;
  return html`<line class="cursor" x1=${x} x2=${x} y1=${size.top} y2=${size.height - size.bottom} />`;
}

/** The floor and the top with their values, and some of the days. */
function Grid({ size, scale, days }) {
  const { width, height, left, bottom, top } = size;
  const step = (width - left) / days.length;
  const every = TICK_DAYS * Math.ceil(days.length / (TICK_DAYS * TICKS_MAX));
  const floor = height - bottom;
  const ends = [
    [0, floor],
    [scale, top],
  ];
  return html`<g>
    ${ends.map(([value, y]) => html`<line class="grid" x1=${left} x2=${width} y1=${y} y2=${y} /><text class="tick end" x=${left - 6} y=${y + 4}>${number(value)}</text>`)}
    ${days.map((day, i) => i % every === 0 && html`<text class="tick" x=${left + i * step} y=${height - 4}>${dayText(day)}</text>`)}
  </g>`;
}

function Plot({ days, per_day, course, events, label, cursor }) {
  const { width, height, left, bottom, top } = SIZE;
  const scale = niceCeiling(Math.max(1, ...days.map((day) => Math.max(per_day.get(day) ?? 0, course.get(day)?.q3 ?? 0))));
  const floor = height - bottom;
  const step = (width - left) / days.length;
  const y = (value) => floor - ((floor - top) * value) / scale;
  const x = (i) => left + i * step;
  const bar = (value, i) =>
    html`<rect class="day" x=${x(i) + 0.1 * step} y=${y(value)} width=${0.8 * step} height=${floor - y(value)} />`;
  const half = ({ q1, q3 }, i) => html`<rect class="half" x=${x(i)} y=${y(q3)} width=${step} height=${y(q1) - y(q3)} />`;
  const median = ({ median: value }, i) =>
    html`<line class="median" x1=${x(i) + 0.1 * step} x2=${x(i) + 0.9 * step} y1=${y(value)} y2=${y(value)} />`;
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
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label=${label} ...${following(cursor, days.length)}>
    ${of_course(half)}
    <${Grid} size=${SIZE} scale=${scale} days=${days} />
    ${days.map((day, i) => per_day.get(day) > 0 && bar(per_day.get(day), i))}
    ${of_course(median)}
    ${events.map(event)}
    <${Cursor} size=${SIZE} cursor=${cursor} step=${step} />
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

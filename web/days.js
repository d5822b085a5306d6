/** A student's days as bars from 0, on the site's calendar; alerts and contacts stand above theirs. */
import { dayOf, daysUntil, dayText, number } from './format.js';
import { TEXTS } from './texts.js';
import { html } from './ui.js';

const DAYS_SHOWN = 70;
const SIZE = { width: 720, height: 132, left: 32, bottom: 18, top: 18 };
const CONTACTS = new Set(['contacted', 'no-answer', 'support-arranged']);

/** `course_id` null = all courses together. */
export function Days({ timeline, course_id, now_ms }) {
  const shown = daysUntil(dayOf(now_ms ?? Date.now()), DAYS_SHOWN);
  const mine = ({ course_id: of }) => course_id === null || of === course_id;
  const per_day = new Map();
  for (const { day, activities } of timeline.days.filter(mine)) per_day.set(day, (per_day.get(day) ?? 0) + activities);
  const active = shown.filter((day) => per_day.get(day) > 0);
  const label = active.length
    ? TEXTS.student_activity_label(number(active.length), number(DAYS_SHOWN), dayText(active.at(-1)))
    : TEXTS.student_activity_none(number(DAYS_SHOWN));
  const alerts = timeline.alerts.filter(mine);
  const events = [
    ...alerts.map((alert) => ({ day: dayOf(alert.opened_ms), kind: 'alert', words: TEXTS.alert_opened })),
    ...alerts
      .filter(({ outcome, closed_ms }) => closed_ms !== null && CONTACTS.has(outcome))
      .map(({ outcome, closed_ms }) => ({ day: dayOf(closed_ms), kind: 'contact', words: TEXTS.outcomes[outcome] })),
  ];
  return html`<p class="note">${TEXTS.student_activity_unit}</p>
    <p class="legend"><span class="key bars">${TEXTS.activities}</span><span>▲ ${TEXTS.alert_opened}</span><span>● ${TEXTS.contact}</span></p>
    <${Plot} days=${shown} per_day=${per_day} events=${events} label=${label} />
    <p>${label}</p>
    <details>
      <summary>${TEXTS.as_table}</summary>
      ${
        active.length === 0
          ? html`<p>${TEXTS.no_activity_rows}</p>`
          : html`<table class="small">
            <thead><tr><th scope="col">${TEXTS.day}</th><th scope="col" class="number">${TEXTS.activities}</th></tr></thead>
            <tbody>${active.map((day) => html`<tr><th scope="row">${dayText(day)}</th><td class="number">${number(per_day.get(day))}</td></tr>`)}</tbody>
          </table>`
      }
    </details>`;
}

function Plot({ days, per_day, events, label }) {
  const { width, height, left, bottom, top } = SIZE;
  const scale = niceCeiling(Math.max(1, ...days.map((day) => per_day.get(day) ?? 0)));
  const floor = height - bottom;
  const step = (width - left) / days.length;
  const y = (value) => floor - ((floor - top) * value) / scale;
  const x = (i) => left + i * step;
  const bar = (value, i) =>
    html`<rect class="day" x=${x(i) + 0.75} y=${y(value)} width=${step - 1.5} height=${floor - y(value)} />`;
  const event = ({ kind, words }, i) => {
    const middle = x(i) + step / 2;
    return html`<g class=${`event ${kind}`}>
      <line x1=${middle} x2=${middle} y1="13" y2=${floor} />
      ${kind === 'alert' ? html`<path d=${`M${middle} 3l5 9h-10z`} />` : html`<circle cx=${middle} cy="8" r="4.5" />`}
      <title>${words}</title>
    </g>`;
  };
  return html`<svg class="plot" viewBox="0 0 ${width} ${height}" role="img" aria-label=${label}>
    ${[0, scale].map((value) => html`<line class="grid" x1=${left} x2=${width} y1=${y(value)} y2=${y(value)} /><text class="tick end" x=${left - 6} y=${y(value) + 4}>${number(value)}</text>`)}
    ${days.map((day, i) => per_day.get(day) > 0 && bar(per_day.get(day), i))}
    ${days.map((day, i) => i % 14 === 0 && html`<text class="tick" x=${x(i)} y=${height - 4}>${dayText(day)}</text>`)}
    ${events.map((each) => days.includes(each.day) && event(each, days.indexOf(each.day)))}
  </svg>`;
}

/** 13 → 20, 4 → 5, 1 → 1: a whole tick at the top. */
function niceCeiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((m) => m * power).find((tick) => tick >= value);
}

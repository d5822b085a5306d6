/** What each threshold, or number of calls, would have meant: shares above, days below, on the same x; today's value beside the chosen one. */
import { Chart } from './chart.js';
import { number, percent } from './format.js';
import { TEXTS } from './texts.js';
import { html, useEffect, useState } from './ui.js';

/** With fewer who stopped, every share is chance. */
const LOST_MIN = 20;
/** A sentence that changes with every step of a slider would never be read out to its end. */
const SETTLED_MS = 400;

const tenth = (value) => number(Math.round(value * 10) / 10);

export function Curves({ answer, threshold }) {
  const words = TEXTS.what_if_curve;
  const { thresholds, capacities } = answer;
  const now = nearest(thresholds, threshold);
  const [by, setBy] = useState('threshold');
  const [chosen, setChosen] = useState({ threshold: thresholds.indexOf(now), calls: 0 });
  const views = {
    threshold: {
      points: thresholds,
      x: (point) => point.threshold,
      shown: percent,
      name: words.threshold,
      each: words.each_threshold,
      at: words.at_threshold,
    },
    calls: {
      points: rising(capacities),
      x: (point) => point.calls_a_week,
      shown: tenth,
      name: words.calls,
      each: words.each_calls,
      at: words.at_calls,
    },
  };
  const view = views[by];
  const point = view.points[Math.min(chosen[by], view.points.length - 1)];
  const few = now.lost < LOST_MIN;
  const choice = (name) =>
    html`<label><input type="radio" name="by" checked=${by === name} onChange=${() => setBy(name)} /> ${views[name].name}</label>`;
  return html`<p>${TEXTS.what_if_on(answer.courses.join(', '), answer.model)}</p>
    ${answer.learnt_from.length > 0 && html`<p class="notice">${words.learnt_from(answer.learnt_from.join(', '))}</p>`}
    ${
      few
        ? html`<p>${words.few(now.lost, number(now.lost), number(LOST_MIN))}</p>`
        : html`<div class="choice">${choice('threshold')} ${choice('calls')}</div>
          <div class="choice">
            <label for="chosen">${view.name}</label>
            <input id="chosen" type="range" min="0" max=${view.points.length - 1} value=${view.points.indexOf(point)} aria-valuetext=${view.shown(view.x(point))}
              onInput=${(event) => setChosen({ ...chosen, [by]: Number(event.target.value) })} />
            <output for="chosen">${view.shown(view.x(point))}</output>
          </div>
          <p><strong>${words.now(percent(threshold), threshold === now.threshold ? null : percent(now.threshold))}</strong> ${said(now)}</p>
          <${Then} text=${`${view.at(view.shown(view.x(point)))} ${said(point)}`} />
          <${Pair} view=${view} point=${point} now=${by === 'threshold' ? now.threshold : now.calls_a_week} />`
    }
    <p class="note">${TEXTS.what_if_limits}</p>`;
}

const nearest = (points, threshold) =>
  points.reduce((best, each) => (Math.abs(each.threshold - threshold) < Math.abs(best.threshold - threshold) ? each : best));

/** By calls, each number of them once. */
function rising(capacities) {
  const sorted = [...capacities].sort((a, b) => a.calls_a_week - b.calls_a_week);
  return sorted.filter((each, i) => i === 0 || each.calls_a_week > sorted[i - 1].calls_a_week);
}

function said({ calls_a_week, precision, right, wasted, recall, lost, lost_listed, recall_in_time, lead_days }) {
  const words = TEXTS.what_if_curve;
  return [
    words.calls_made(calls_a_week, tenth(calls_a_week)),
    precision !== null && words.precision_is(percent(precision), number(right), number(right + wasted)),
    words.recall_is(percent(recall), number(lost_listed), number(lost), percent(recall_in_time)),
    lead_days !== null && words.lead_is(lead_days.median, tenth(Math.abs(lead_days.median))),
  ]
    .filter(Boolean)
    .join(' ');
}

function Then({ text }) {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), SETTLED_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<p id="then" aria-live="polite"><strong>${TEXTS.what_if_curve.chosen}</strong> ${settled}</p>`;
}

function Pair({ view, point, now }) {
  const words = TEXTS.what_if_curve;
  const { points, shown } = view;
  const x = points.map(view.x);
  const inside = now >= x[0] && now <= x.at(-1) ? [{ at: now, dashed: true }] : [];
  const marks = [...inside, { at: view.x(point), dashed: false }];
  const common = { x, time: false, x_name: view.name, x_shown: shown, x_ticks: shown, marks };
  const share = (name) => points.map((each) => each[name]);
  const shares = [
    { label: words.precision, values: share('precision'), shown: percent, look: 'line' },
    { label: words.recall, values: share('recall'), shown: percent, look: 'dashed' },
    { label: words.in_time, values: share('recall_in_time'), shown: percent, look: 'dotted' },
  ];
  const days = (name) => points.map(({ lead_days }) => lead_days?.[name] ?? null);
  const lead = [
    { label: TEXTS.lower_quarter, values: days('low'), shown: tenth, look: 'hidden' },
    { label: TEXTS.upper_quarter, values: days('high'), shown: tenth, look: 'hidden' },
    { label: words.median, values: days('median'), shown: tenth, look: 'line' },
  ];
  const known = lead.flatMap(({ values }) => values.filter((value) => value !== null));
  /** From the first known value to the last, each with its place. */
  const ends = ({ values, shown: value_shown }) => {
    const told = values.flatMap((value, i) => (value === null ? [] : [words.end(value_shown(value), shown(x[i]))]));
    return told.length === 0 ? '–' : TEXTS.from_to(told[0], told.at(-1));
  };
  const reach = [Math.min(0, ...known), Math.max(2, ...known)];
  return html`<h3>${words.shares}</h3>
    <${Chart} label=${words.shares_label(ends(shares[0]), ends(shares[1]))} unit=${words.shares_unit(view.each)} series=${shares} y=${[0, 1]} ...${common} />
    <h3>${words.lead}</h3>
    <${Chart} label=${words.lead_label(ends(lead[2]))} unit=${words.lead_unit(view.each)} series=${lead} band=${[1, 0]} band_name=${words.half} y=${reach} ...${common} />`;
}

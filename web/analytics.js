/** The two live pages: sessions and students at risk; clicks. The same panels as in Kibana. */
import { Chart } from './chart.js';
import { clock, clockSeconds, dateTime, number } from './format.js';
import { useLive } from './live.js';
import { TEXTS } from './texts.js';
import { Choice, Failure, Figure, html, Message, Panel, Title, useState, Waiting } from './ui.js';

const MINUTES = [15, 60, 1440, 10_080, 40_320];
const DAY_MS = 86_400_000;

export const PredictiveAnalytics = ({ url, go, changed }) =>
  html`<${Live} panels="predictive" title=${TEXTS.nav.predictive} subtitle=${TEXTS.predictive_subtitle} path="/analytics" url=${url} go=${go} changed=${changed} />`;
export const ClickStreamAnalysis = ({ url, go, changed }) =>
  html`<${Live} panels="clicks" title=${TEXTS.nav.clicks} subtitle=${TEXTS.clicks_subtitle} path="/clicks" url=${url} go=${go} changed=${changed} />`;

function Live({ panels, title, subtitle, path, url, go, changed }) {
  const minutes = MINUTES.find((each) => String(each) === url.searchParams.get('minutes')) ?? MINUTES[0];
  const [paused, setPaused] = useState(false);
  const { answer, state, error, retry } = useLive(panels, minutes, paused, changed);
  const shown = answer?.panels === panels ? answer : null;
  if (error?.status === 403)
    return html`<${Title} title=${title} subtitle=${subtitle} /><div class="panel"><${Message} text=${TEXTS.live_not_yours} /></div>`;
  const ranges = MINUTES.map((each) => [String(each), TEXTS.ranges[each]]);
  return html`<${Title} title=${title} subtitle=${subtitle}>
      <div class="live">
        <${Choice} id="range" label=${TEXTS.range} value=${String(minutes)} options=${ranges} onPick=${(value) => go(`${path}?minutes=${value}`)} />
        <button type="button" aria-pressed=${paused ? 'true' : 'false'} onClick=${() => setPaused(!paused)}>${paused ? TEXTS.go_on : TEXTS.pause}</button>
        <p class="note" id="live-state">${shown ? TEXTS.live[state](clockSeconds(shown.heard_ms)) : ''}</p>
      </div>
    <//>
    ${error && (!shown || error.kind === 'answered') && html`<${Failure} error=${error} retry=${retry} />`}
    ${!shown && state === 'waiting' && html`<${Waiting} />`}
    ${!shown && ['failed', 'paused'].includes(state) && html`<div class="panel"><${Message} text=${TEXTS.live_none[state]} /></div>`}
    ${shown && html`<${Panels} answer=${shown} minutes=${minutes} />`}`;
}

function Panels({ answer, minutes }) {
  const { until_ms, figures, charts, tables, cut } = answer;
  if (until_ms === null) return html`<div class="panel"><${Message} text=${TEXTS.live_empty[answer.panels]} /></div>`;
  const is_empty = figures.every(({ name, value }) => name === 'students_in_risk' || !value);
  return html`<p class="note">${TEXTS.up_to(dateTime(until_ms))}</p>
    ${is_empty && html`<p class="notice">${TEXTS.live_quiet}</p>`}
    ${cut && html`<p class="notice">${TEXTS.live_cut}</p>`}
    <dl class="panel figures">${figures.map((each) => html`<${Figure} value=${figureText(each)} label=${TEXTS.panels[each.name][0]} note=${TEXTS.panels[each.name][1]} />`)}</dl>
    <div class="columns even">
      ${charts.map((chart) => html`<${Panel} key=${chart.name} title=${TEXTS.panels[chart.name][0]}><div class="panel-body"><${Drawn} chart=${chart} minutes=${minutes} /></div><//>`)}
      ${tables.map((table) => html`<${Panel} key=${table.name} title=${TEXTS.panels[table.name][0]} note=${TEXTS.panels[table.name][1]}><${Rows} table=${table} /><//>`)}
    </div>`;
}

const figureText = ({ value }) => (value === null ? '–' : number(Math.round(value * 10) / 10));

function Drawn({ chart, minutes }) {
  const { name, look, times_ms, series } = chart;
  const unit = TEXTS.panels[name][1];
  if (series.length === 0) return html`<p class="note">${unit}</p><p>${TEXTS.nothing_in_range}</p>`;
  const values = series.flatMap((each) => each.values.filter((value) => value !== null));
  const most = Math.max(1, ...values);
  const looks = ['line', 'dashed', 'dotted', 'broken'];
  const drawn = series.map((each, i) => ({
    label: TEXTS.series[each.name] ?? each.name,
    values: each.values,
    shown: number,
    look: look === 'bars' && series.length === 1 ? 'bars' : look === 'points' ? `points-${i + 1}` : looks[i],
  }));
  const label = TEXTS.chart_label(TEXTS.panels[name][0], number(Math.max(0, ...values)));
  const x_shown = minutes * 60_000 > 2 * DAY_MS ? (at) => dateTime(at * 1000) : (at) => clock(at * 1000);
  return html`<${Chart} label=${label} unit=${unit} x=${times_ms.map((ms) => ms / 1000)} x_shown=${x_shown} x_ticks=${x_shown} series=${drawn} y=${[0, most * 1.05]} />`;
}

function Rows({ table }) {
  const { columns, rows } = table;
  if (rows.length === 0) return html`<div class="panel-body"><p>${TEXTS.nothing_in_range}</p></div>`;
  const is_number = (i) => i === columns.length - 1;
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${TEXTS.panels[table.name][0]}><table class="small wide">
    <thead><tr>${columns.map((column, i) => html`<th scope="col" class=${is_number(i) ? 'number' : ''}>${TEXTS.click_columns[column] ?? column}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr>${row.map((cell, i) => html`<td class=${is_number(i) ? 'number' : ''}>${cell === null ? '–' : is_number(i) ? number(cell) : String(cell)}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

/** What another threshold, or a number of calls a week, would have meant on this site's own courses. */
import { send } from './api.js';
import { number, percent } from './format.js';
import { mayRule } from './person.js';
import { TEXTS } from './texts.js';
import { Trial } from './trial.js';
import { html, Message, Panel, reasonOf, Title, useState } from './ui.js';

export function WhatIf({ summary }) {
  const [by, setBy] = useState('threshold');
  const [value, setValue] = useState({ threshold: String(Math.round(summary.threshold * 100)), calls: '5' });
  const [state, setState] = useState({ asked: null, answer: null, error: null });
  const ask = async (event) => {
    event.preventDefault();
    const body = by === 'threshold' ? { threshold: Number(value.threshold) / 100 } : { calls: Number(value.calls) };
    setState({ asked: body, answer: null, error: null });
    try {
      const answer = await send('thresholds/simulate', body);
      setState({ asked: null, answer, error: null });
    } catch (error) {
      setState({ asked: null, answer: null, error: error.body?.detail ?? reasonOf(error) });
    }
  };
  const field = (name, label, least, most, unit) => html`<div class="choice">
    <label><input type="radio" name="by" checked=${by === name} onChange=${() => setBy(name)} /> ${label}</label>
    <input type="number" min=${least} max=${most} required aria-label=${label} value=${value[name]} disabled=${by !== name}
      onInput=${(event) => setValue({ ...value, [name]: event.target.value })} /> ${unit}
  </div>`;
  return html`<${Title} title=${TEXTS.nav.what_if} subtitle=${TEXTS.what_if_subtitle} />
    ${
      mayRule()
        ? html`<${Panel} title=${TEXTS.what_if_question}>
      <form class="panel-body what-if" onSubmit=${ask}>
        ${field('threshold', TEXTS.what_if_threshold, 5, 95, '%')}
        ${field('calls', TEXTS.what_if_calls, 1, 500, '')}
        <button type="submit" class="main" disabled=${state.asked !== null}>${TEXTS.what_if_ask}</button>
      </form>
      <div class="panel-body" aria-live="polite">
        ${state.asked && html`<p>${TEXTS.what_if_working}</p>`}
        ${state.error && html`<p class="notice">${state.error}</p>`}
        ${state.answer && html`<${Answer} answer=${state.answer} />`}
      </div>
    <//>`
        : html`<div class="panel"><${Message} text=${TEXTS.what_if_not_yours} /></div>`
    }
    <${Trial} />`;
}

function Answer({ answer }) {
  const figures = answer.thresholds[0] ?? answer.capacities[0];
  const words = TEXTS.what_if_rows;
  const share = (value) => (value === null ? '–' : percent(value));
  const lead = figures.lead_days === null ? '–' : words.days(number(figures.lead_days.median), figures.lead_days.median);
  const rows = [
    [words.calls, number(Math.round(figures.calls_a_week * 10) / 10)],
    [words.precision, `${share(figures.precision)} (${number(figures.right)} / ${number(figures.right + figures.wasted)})`],
    [words.recall, `${share(figures.recall)} (${number(figures.lost_listed)} / ${number(figures.lost)})`],
    [words.in_time, `${share(figures.recall_in_time)} (${number(figures.lost_in_time)} / ${number(figures.lost)})`],
    [words.lead, lead],
  ];
  return html`<p>${TEXTS.what_if_on(answer.courses.join(', '), answer.model)}</p>
    <table class="small"><tbody>${rows.map(([name, text]) => html`<tr><th scope="row">${name}</th><td class="number">${text}</td></tr>`)}</tbody></table>
    <p class="note">${TEXTS.what_if_limits}</p>`;
}

/** What the scores come from, how good it is, for whom, and how foreign today's data is to it. */
import { number, percent } from './format.js';
import { Drift, Fairness, Reliability } from './model-tests.js';
import { TEXTS } from './texts.js';
import { Failure, html, Message, Panel, Title, useRead, Waiting } from './ui.js';

const MODELS_MAX = 1000;

export function ModelPage({ summary }) {
  const { data, error, reload } = useRead([['models', { limit: MODELS_MAX }], ['drift']]);
  if (error) return html`<${Title} title=${TEXTS.nav.model} /><${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Waiting} />`;
  const [{ items: models }, { checks }] = data;
  const champion = models.find(({ version }) => version === summary.model.version);
  return html`<${Title} title=${TEXTS.nav.model} subtitle=${TEXTS.model_subtitle} />
    ${champion ? html`<${Card} model=${champion} />` : html`<div class="panel"><${Message} text=${TEXTS.heuristic_long} /></div>`}
    ${champion?.tested && html`<${Reliability} tested=${champion.tested} />`}
    ${champion?.tested?.fairness && html`<${Fairness} tested=${champion.tested} />`}
    <${Drift} checks=${checks} />
    <${Versions} models=${models} />
    ${champion && html`<${Written} version=${champion.version} />`}`;
}

/** Champion and challenger side by side with the others, each by its own test. */
function Versions({ models }) {
  const does = ({ champion, challenger }) => (champion ? TEXTS.champion : challenger ? TEXTS.challenger : '');
  const heads = [TEXTS.version, TEXTS.does, TEXTS.made, TEXTS.learnt_from];
  const own = (model) => model.metrics[model.target];
  const line = (model) => html`<tr>
    <th scope="row">${model.version}</th><td>${does(model)}</td><td>${model.created.slice(0, 10)}</td><td>${model.data.name}</td>
    <td class="number">${fixed(own(model)?.auc)}</td><td class="number">${fixed(own(model)?.ece)}</td>
  </tr>`;
  const challenged = models.some(({ challenger }) => challenger);
  return html`<${Panel} title=${TEXTS.versions} note=${TEXTS.versions_note}><div class="panel-body">
    <div class="scroll" tabindex="0" role="group" aria-label=${TEXTS.versions}><table class="small wide">
      <thead><tr>${heads.map((text) => html`<th scope="col">${text}</th>`)}<th scope="col" class="number">AUC</th><th scope="col" class="number">${TEXTS.metric_columns.ece}</th></tr></thead>
      <tbody>${models.map(line)}</tbody>
    </table></div>
    <p class="note">${challenged ? TEXTS.challenged : TEXTS.no_challenger}</p>
  </div><//>`;
}

export const fixed = (value) => (value === null || value === undefined ? '–' : value.toFixed(3));

function Card({ model }) {
  const own = model.metrics[model.target] ?? {};
  const names = Object.keys(model.metrics).filter((name) => name.startsWith(`${model.target} @ `));
  const words = TEXTS.metric_columns;
  const interval = own.auc_low === undefined ? '' : ` (${fixed(own.auc_low)}–${fixed(own.auc_high)})`;
  const line = (name, m) =>
    html`<tr><th scope="row">${name}</th><td class="number">${number(m.rows)}</td><td class="number">${percent(m.base_rate)}</td><td class="number">${fixed(m.auc)}${name === TEXTS.all_together ? interval : ''}</td><td class="number">${fixed(m.average_precision)}</td><td class="number">${fixed(m.ece)}</td><td class="number">${m.precision_top15 === null ? '–' : percent(m.precision_top15)}</td><td class="number">${m.recall_top15 === null ? '–' : percent(m.recall_top15)}</td></tr>`;
  return html`<${Panel} title=${model.version} note=${TEXTS.targets[model.target] ?? model.target}>
      <div class="panel-body">
        <p>${TEXTS.tested_how}</p>
        <div class="scroll" tabindex="0" role="group" aria-label=${TEXTS.how_good}><table class="small wide">
          <thead><tr><th scope="col">${TEXTS.tested_on}</th>${[words.rows, words.base, 'AUC', words.ap, words.ece, words.precision, words.recall].map((text) => html`<th scope="col" class="number">${text}</th>`)}</tr></thead>
          <tbody>${line(TEXTS.all_together, own)}${names.map((name) => line(name.slice(name.indexOf('@') + 2), model.metrics[name]))}</tbody>
        </table></div>
        <h3>${TEXTS.limits}</h3>
        <ul>${model.limits.map((limit) => html`<li>${limit}</li>`)}</ul>
        <p class="note">${model.attribution}</p>
      </div>
    <//>`;
}

/** The card as it was written, for those who want it all. */
function Written({ version }) {
  const { data } = useRead([[`models/${encodeURIComponent(version)}`]]);
  if (!data) return null;
  return html`<${Panel} title=${TEXTS.card}><div class="panel-body"><details><summary>${TEXTS.show_card}</summary><pre class="card" tabindex="0">${data[0].card}</pre></details></div><//>`;
}

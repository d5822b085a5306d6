/** What the scores come from, how good it is, for whom, and how foreign today's data is to it. */
import { decimal, number, percent, shortDay } from './format.js';
import { Drift, Fairness, Reliability } from './model-tests.js';
import { TEXTS } from './texts.js';
import { Failure, html, Panel, Title, useRead, Waiting } from './ui.js';

const MODELS_MAX = 1000;
/** How the sentences of a manifest begin that every model of its kind has. */
const LIMITS = {
  distance: 'Learnt from distance courses',
  days: 'The data knows days, not times',
  weeks: 'What is usual in which week',
  clicks: 'It knows clicks and hand-ins',
  silent: 'A student who is silent already',
  site: 'Learnt from what this site keeps',
  passed: 'Passed means completed in Moodle',
};

export function ModelPage({ summary }) {
  const { data, error, reload } = useRead([['models', { limit: MODELS_MAX }], ['drift']]);
  if (error) return html`<${Title} title=${TEXTS.nav.model} /><${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Waiting} />`;
  const [{ items: models }, { checks }] = data;
  const champion = models.find(({ version }) => version === summary.model.version);
  return html`<${Title} title=${TEXTS.nav.model} subtitle=${TEXTS.model_subtitle} />
    ${champion ? html`<${Card} model=${champion} />` : html`<${NoModel} summary=${summary} />`}
    ${champion?.tested && html`<${Reliability} tested=${champion.tested} />`}
    ${champion?.tested?.fairness && html`<${Fairness} tested=${champion.tested} />`}
    <${Drift} checks=${checks} />
    <${Versions} models=${models} />
    ${champion && html`<${Written} version=${champion.version} />`}`;
}

/** So many a training takes. */
const FINISHED_MIN = 200;

/** Who sees a part of the site is not told why: the counts would be those of the part. */
function NoModel({ summary: { model, enrolments } }) {
  const { withdrawn, completed, ended } = enrolments;
  const finished = withdrawn + completed + ended;
  return html`<div id="no-model" class="panel"><div class="message">
    ${model.why_not && html`<p>${TEXTS.no_model(finished, number(finished), number(FINISHED_MIN), finished >= FINISHED_MIN)}</p>`}
    <p>${TEXTS.heuristic_long}</p>
    ${model.why_not && html`<p class="note" lang="en">${model.why_not}</p>`}
  </div></div>`;
}

/** How much better the challenger is than the champion, on the same rows. */
function Compared({ compared }) {
  const words = TEXTS.compared;
  if (!compared) return words.never;
  const { verdict, difference, students } = compared;
  const signed = (value) => `${value < 0 ? '−' : '+'}${decimal(Math.abs(value), 3)}`;
  return [
    difference && words.difference(signed(difference.auc), signed(difference.low), signed(difference.high), number(students)),
    words.verdicts[verdict] ?? verdict,
  ]
    .filter(Boolean)
    .join(' ');
}

/** Champion and challenger side by side with the others, each by its own test. */
function Versions({ models }) {
  const does = ({ champion, challenger }) => (champion ? TEXTS.champion : challenger ? TEXTS.challenger : '');
  const heads = [TEXTS.version, TEXTS.does, TEXTS.made, TEXTS.learnt_from];
  const own = (model) => model.metrics[model.target];
  const line = (model) => html`<tr>
    <th scope="row">${model.version}</th><td>${does(model)}</td><td>${shortDay(model.created)}</td><td>${model.data.name}</td>
    <td class="number">${fixed(own(model)?.auc)}</td><td class="number">${fixed(own(model)?.ece)}</td>
  </tr>`;
  const challenger = models.find((model) => model.challenger);
  return html`<${Panel} title=${TEXTS.versions} note=${TEXTS.versions_note}><div class="panel-body">
    <div class="scroll" tabindex="0" role="group" aria-label=${TEXTS.versions}><table class="small wide">
      <thead><tr>${heads.map((text) => html`<th scope="col">${text}</th>`)}<th scope="col" class="number">AUC</th><th scope="col" class="number">${TEXTS.metric_columns.ece}</th></tr></thead>
      <tbody>${models.map(line)}</tbody>
    </table></div>
    ${challenger && html`<p id="compared"><strong>${TEXTS.compared.title(challenger.version)}</strong> <${Compared} compared=${challenger.compared} /></p>`}
    <p class="note">${challenger ? TEXTS.challenged : TEXTS.no_challenger}</p>
  </div><//>`;
}

export const fixed = (value) => (value === null || value === undefined ? '–' : decimal(value, 3));

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
        <ul>${model.limits.map((limit) => html`<li>${limitOf(limit)}</li>`)}</ul>
        <p class="note">${model.attribution}</p>
      </div>
    <//>`;
}

/** Known ones in the reader's language; what a site added of its own stays as it was written. */
function limitOf(text) {
  const id = Object.keys(LIMITS).find((each) => text.startsWith(LIMITS[each]));
  return id ? TEXTS.model_limits[id] : html`<span lang="en">${text}</span>`;
}

/** The card as it was written, in English, for those who want it all. */
function Written({ version }) {
  const { data } = useRead([[`models/${encodeURIComponent(version)}`]]);
  if (!data) return null;
  return html`<${Panel} title=${TEXTS.card}><div class="panel-body"><details><summary>${TEXTS.show_card}</summary><pre class="card" tabindex="0" lang="en">${data[0].card}</pre></details></div><//>`;
}

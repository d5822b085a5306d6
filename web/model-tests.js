/** How scores came true, for whom they did less, and how foreign today's data is to the model: counts and shares, each with what it comes from. */
import { featureName } from './feature-names.js';
import { dateTime, decimal, number, percent } from './format.js';
import { TEXTS } from './texts.js';
import { Bar, html, Message, Panel } from './ui.js';

/** Fewer rows tell nothing. */
const ROWS_MIN = 20;
const CHECKS_SHOWN = 14;
/** Enrolments in one scoring: with fewer, chance alone would look like a shift. */
const DRIFT_ROWS_MIN = 50;
/** A clear shift, as textbooks have it. */
const SHIFT = 0.25;

function Table({ label, heads, rows }) {
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${label}><table class="small wide">
    <thead><tr>${heads.map((text, i) => html`<th scope="col" class=${i > 0 ? 'number' : null}>${text}</th>`)}</tr></thead>
    <tbody>${rows.map(([first, ...others]) => html`<tr><th scope="row">${first}</th>${others.map((value) => html`<td class="number">${value}</td>`)}</tr>`)}</tbody>
  </table></div>`;
}

/** What was predicted and what came, row by row. `rows`: name, rows, positives, mean_predicted; `head`: what a row is. */
export function CameTrue({ label, head, rows }) {
  const words = TEXTS.reliability_columns;
  const line = ({ name, rows: all, positives, mean_predicted }) => {
    const few = all < ROWS_MIN;
    const share = positives / all;
    const told = TEXTS.reliability_label(percent(share), percent(mean_predicted));
    return html`<tr>
      <th scope="row">${name}</th>
      <td class="number">${TEXTS.n_of(number(positives), number(all))}</td>
      <td class="number">${percent(mean_predicted)}</td>
      <td class="number">${few ? '–' : percent(share)}</td>
      <td>${few ? html`<span class="note">${TEXTS.too_few}</span>` : html`<${Bar} score=${share} threshold=${mean_predicted} label=${told} />`}</td>
    </tr>`;
  };
  return html`<div class="scroll" tabindex="0" role="group" aria-label=${label}><table class="small wide">
    <thead><tr><th scope="col">${head}</th>${[words.came, words.predicted, words.share].map((text) => html`<th scope="col" class="number">${text}</th>`)}<th scope="col">${words.bar}</th></tr></thead>
    <tbody>${rows.map(line)}</tbody>
  </table></div>`;
}

/** Bins of scores as rows of `CameTrue`. */
export const binRows = (bins) => bins.map((bin) => ({ ...bin, name: TEXTS.from_to(percent(bin.from), percent(bin.to)) }));

export function Reliability({ tested }) {
  return html`<${Panel} title=${TEXTS.reliability} note=${TEXTS.reliability_note}><div class="panel-body">
    <p class="note">${TEXTS.tested_data(tested.data)}</p>
    <${CameTrue} label=${TEXTS.reliability} head=${TEXTS.reliability_columns.score} rows=${binRows(tested.reliability)} />
  </div><//>`;
}

/** A group with fewer positives gets words: its figures would be chance. */
const POSITIVES_MIN = 20;

function figuresOf({ base_rate, rows, auc, auc_low, auc_high, ece }) {
  if (Math.round(base_rate * rows) < POSITIVES_MIN) return [html`<span class="note">${TEXTS.too_few}</span>`, '–'];
  const interval = auc_low === undefined ? '' : ` (${decimal(auc_low, 2)}–${decimal(auc_high, 2)})`;
  return [`${decimal(auc, 2)}${interval}`, decimal(ece, 2)];
}

export function Fairness({ tested }) {
  const { groups, left_out } = tested.fairness;
  const words = TEXTS.fairness_columns;
  const name = (attribute, value) =>
    `${TEXTS.attributes[attribute] ?? attribute}: ${TEXTS.attribute_values[`${attribute} ${value}`] ?? value}`;
  const rows = groups.map((each) => [
    name(each.attribute, each.value),
    number(each.enrolments),
    percent(each.base_rate),
    percent(each.mean_predicted),
    ...figuresOf(each),
  ]);
  const apart = left_out.map((text) => name(...text.split(/ (.*)/s)));
  return html`<${Panel} title=${TEXTS.fairness} note=${TEXTS.fairness_note}><div class="panel-body">
    <p class="note">${TEXTS.tested_data(tested.data)}</p>
    <${Table} label=${TEXTS.fairness} rows=${rows} heads=${[words.group, words.enrolments, words.base, words.predicted, 'AUC', TEXTS.metric_columns.ece]} />
    ${apart.length > 0 && html`<p class="note">${TEXTS.fairness_left_out(apart.join(', '))}</p>`}
  </div><//>`;
}

/** How far the days of late are from a week before, and from what the model learnt from. */
export function Drift({ checks }) {
  const words = TEXTS.drift_columns;
  if (checks.length === 0) return html`<${Panel} title=${TEXTS.drift}><${Message} text=${TEXTS.no_drift} /><//>`;
  const latest = checks.slice(-CHECKS_SHOWN).reverse();
  const shown = (value) => (value === undefined || value === null ? '–' : decimal(value, 2));
  const rows = latest.map(({ as_of_ms, suspect, held, psi, training }) => [
    dateTime(as_of_ms),
    shown(psi?.active_days),
    shown(psi?.per_active_day),
    shown(psi?.scores),
    shown(training?.inputs),
    shown(training?.scores),
    suspect === null ? TEXTS.believed_yes : held ? TEXTS.believed_held : TEXTS.believed_no,
  ]);
  const unknown = latest.every(({ psi, training: told }) => psi === null && told === null);
  if (unknown && latest.every(({ suspect }) => suspect === null)) {
    const why = TEXTS.drift_unknown(number(latest.length), number(DRIFT_ROWS_MIN));
    return html`<${Panel} title=${TEXTS.drift}><${Message} text=${why} /><//>`;
  }
  const { training } = latest[0];
  const far = training?.furthest.filter(({ psi }) => psi > SHIFT).slice(0, 3) ?? [];
  const named = far.map(({ name, psi }) => `${featureName(name, TEXTS.features)} (${decimal(psi, 2)})`).join(', ');
  return html`<${Panel} title=${TEXTS.drift} note=${TEXTS.drift_note}><div class="panel-body">
    <p class="note">${TEXTS.drift_how}</p>
    <${Table} label=${TEXTS.drift} rows=${rows} heads=${[words.when, words.active_days, words.per_day, words.scores, words.inputs_then, words.scores_then, words.believed]} />
    ${named && html`<p class="note">${TEXTS.drift_furthest(named)}</p>`}
  </div><//>`;
}

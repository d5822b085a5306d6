/** What a score has meant: how often past ones like it came before a student stopped, as the model's own test counted. */
import { number, percent } from './format.js';
import { TEXTS } from './texts.js';
import { html, useRead } from './ui.js';

const MODELS_MAX = 1000;
/** Fewer tell nothing. */
const ROWS_MIN = 20;
const OF = 20;

export function HowOften({ score }) {
  const { data } = useRead([['models', { limit: MODELS_MAX }]]);
  const tested = data?.[0].items.find(({ version }) => version === score.model_version)?.tested;
  if (!tested) return null;
  const bins = tested.reliability;
  const bin = bins.find(({ from, to }) => score.score >= from && (score.score < to || to === 1));
  if (!bin || bin.rows < ROWS_MIN) return html`<p class="note">${TEXTS.how_often_unknown(tested.data)}</p>`;
  const { from, to, rows, positives } = bin;
  const about = Math.round((positives / rows) * OF);
  return html`<p>${TEXTS.how_often(number(OF), number(about), number(OF - about))}</p>
    <p class="note">${TEXTS.how_often_from(percent(from), percent(to), number(positives), number(rows), tested.data)}</p>`;
}

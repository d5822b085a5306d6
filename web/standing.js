/** How far the scores of a course have proved themselves: the words for it, and what was predicted against what came. */
import { dayText, number, percent } from './format.js';
import { binRows, CameTrue } from './model-tests.js';
import { TEXTS } from './texts.js';
import { html, Panel } from './ui.js';

const hundredths = (value) => number(Math.round(value * 100) / 100);

/** Standings from before the codes have the service's own sentence only. */
function Why({ standing }) {
  const { faults, why, students, stopped, auc_low, calibration_error } = standing;
  if (!faults) return html`<span lang="en">${why}</span>`;
  const words = TEXTS.standing_faults;
  const given = {
    few: [number(students), number(stopped)],
    ranking: [auc_low === null ? '' : hundredths(auc_low)],
    calibration: [calibration_error === null ? '' : percent(calibration_error)],
  };
  return faults.map((code) => (typeof words[code] === 'function' ? words[code](...given[code]) : words[code])).join(' ');
}

export function Believed({ standing }) {
  if (!standing) return html`<${Panel} title=${TEXTS.believed}><div class="panel-body"><p>${TEXTS.nobody_looked}</p></div><//>`;
  const { students, stopped, auc, calibration_error } = standing;
  return html`<${Panel} title=${TEXTS.believed}><div class="panel-body">
    <p><strong>${TEXTS.standings[standing.standing] ?? TEXTS.checked}.</strong> <${Why} standing=${standing} /></p>
    ${auc !== null && html`<p class="note">${TEXTS.standing_figures(number(students), number(stopped), hundredths(auc), percent(calibration_error))}</p>`}
  </div><//>`;
}

/** By score, and by week of scoring. */
export function CameTrueHere({ standing }) {
  if (!standing?.weeks?.length) return null;
  const weeks = standing.weeks.map((week) => ({ ...week, name: dayText(week.from) }));
  return html`<${Panel} id="came-true" title=${TEXTS.reliability} note=${TEXTS.reliability_note}><div class="panel-body">
    <p class="note">${TEXTS.came_true_here}</p>
    <h3>${TEXTS.by_score}</h3>
    <${CameTrue} label=${TEXTS.by_score} head=${TEXTS.reliability_columns.score} rows=${binRows(standing.reliability)} />
    <h3>${TEXTS.by_scoring_week}</h3>
    <${CameTrue} label=${TEXTS.by_scoring_week} head=${TEXTS.week_from} rows=${weeks} />
  </div><//>`;
}

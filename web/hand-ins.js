/** What a student was asked to hand in, and what became of it. */
import { shortDate } from './format.js';
import { TEXTS } from './texts.js';
import { html, Panel } from './ui.js';

/** As drawn above the days: a filled sign for what is there, an empty one for what is not. */
export const SIGNS = { submitted: '◆', late: '◆', missing: '◇', due: '◇' };

export function HandIns({ hand_ins }) {
  if (hand_ins.length === 0) return null;
  const words = TEXTS.hand_in_columns;
  const title = ({ kind, id, name }) => name ?? TEXTS.hand_in_kinds[kind](id);
  const date = (time_ms) => (time_ms === null ? '–' : shortDate(time_ms));
  return html`<${Panel} title=${TEXTS.hand_ins}><div class="panel-body">
    <div class="scroll" tabindex="0" role="group" aria-label=${TEXTS.hand_ins}><table class="small wide">
      <thead><tr>${[words.name, words.due, words.submitted, words.state].map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
      <tbody>${hand_ins.map(
        (each) => html`<tr key=${`${each.kind} ${each.id}`}>
          <th scope="row">${title(each)}</th><td class="date">${date(each.due_ms)}</td><td class="date">${date(each.submitted_ms)}</td>
          <td>${SIGNS[each.state]} ${TEXTS.hand_in_states[each.state]}</td>
        </tr>`,
      )}</tbody>
    </table></div>
  </div><//>`;
}

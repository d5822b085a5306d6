/** Who was contacted, with what outcome, and who was active again: what was seen, not what a call caused. */
import { number, shortDate } from './format.js';
import { TEXTS } from './texts.js';
import { Choice, Failure, html, Message, Panel, StudentLink, Title, useRead, Waiting } from './ui.js';

const ROWS = 1000;
const REACHED = new Set(['contacted', 'support-arranged']);

export function Contacts({ url, go }) {
  const course = url.searchParams.get('course') ?? '';
  const { data, error, reload } = useRead([
    ['contacts', { course, limit: ROWS }],
    ['courses', { limit: ROWS }],
  ]);
  const pick = (value) => go(value ? `/contacts?course=${value}` : '/contacts');
  return html`<${Title} title=${TEXTS.nav.contacts} subtitle=${TEXTS.contacts_subtitle} />
    ${error && html`<${Failure} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Waiting} />`}
    ${
      data &&
      html`<div class="filters">
          <${Choice} id="course" label=${TEXTS.filter_course} value=${course} onPick=${pick}
            options=${[['', TEXTS.all_courses], ...data[1].items.map((each) => [String(each.course_id), `${each.shortname} · ${each.fullname}`])]} />
        </div>
        <${List} items=${data[0].items} total=${data[0].total} />`
    }`;
}

function List({ items, total }) {
  if (items.length === 0) return html`<div class="panel"><${Message} text=${TEXTS.no_contacts} /></div>`;
  const reached = items.filter(({ outcome, active_again }) => REACHED.has(outcome) && active_again !== null);
  const again = reached.filter(({ active_again }) => active_again).length;
  const words = TEXTS.contact_columns;
  const heads = [TEXTS.columns.student, TEXTS.filter_course, words.when, words.after, words.outcome, words.by, words.again];
  const days = ({ opened_ms, closed_ms }) => Math.round((closed_ms - opened_ms) / 86_400_000);
  const answer = ({ active_again }) => (active_again === null ? TEXTS.not_known_yet : active_again ? TEXTS.yes : TEXTS.no);
  return html`<p>${reached.length === 0 ? TEXTS.again_unknown : TEXTS.again(number(again), number(reached.length))}</p>
    <${Panel} title=${TEXTS.contact_count(total, number(total))} note=${total > items.length ? TEXTS.first_of(number(items.length)) : TEXTS.latest_first}>
      <div class="scroll" tabindex="0" role="group" aria-label=${TEXTS.nav.contacts}><table class="small wide">
        <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
        <tbody>${items.map(
          (each) => html`<tr key=${each.alert_id}>
            <th scope="row"><${StudentLink} person=${each.person} course_id=${each.course.course_id} /></th>
            <td>${each.course.shortname}</td><td>${shortDate(each.closed_ms)}</td><td>${TEXTS.on_days(days(each), number(days(each)))}</td>
            <td>${TEXTS.outcomes[each.outcome]}</td><td>${each.assignee ?? '–'}</td><td>${answer(each)}</td>
          </tr>`,
        )}</tbody>
      </table></div>
    <//>`;
}

/** Who was contacted, with what outcome, and who was active again: what was seen, not what a call caused. */
import { Download } from './download.js';
import { number, shortDate, startOfDay } from './format.js';
import { TEXTS } from './texts.js';
import { Choice, Failure, html, Message, Panel, StudentLink, Title, useRead, Waiting } from './ui.js';

const ROWS = 1000;
const FILTERS = ['course', 'group', 'tutor', 'from', 'to'];

export function Contacts({ url, go, said }) {
  const value = (name) => url.searchParams.get(name) ?? '';
  const [course, group, tutor, from, to] = FILTERS.map(value);
  const query = { course, group, tutor, from: midnight(from, 0), to: midnight(to, 1) };
  const { data, error, reload } = useRead([
    ['contacts', { ...query, limit: ROWS }],
    ['courses', { limit: ROWS }],
    ['assignments', {}],
  ]);
  const pick = (name) => (chosen) => {
    const next = new URLSearchParams(
      Object.entries({ course, group, tutor, from, to, [name]: chosen }).filter(([, each]) => each !== ''),
    );
    go(`/contacts${next.size ? `?${next}` : ''}`);
  };
  return html`<${Title} title=${TEXTS.nav.contacts} subtitle=${TEXTS.contacts_subtitle} />
    ${error && html`<${Failure} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Waiting} />`}
    ${
      data &&
      html`<div class="filters">
          <${Choice} id="course" label=${TEXTS.filter_course} value=${course} onPick=${pick('course')}
            options=${[['', TEXTS.all_courses], ...data[1].items.map((each) => [String(each.course_id), `${each.shortname} · ${each.fullname}`])]} />
          ${data[2].groups.length > 0 && html`<${Choice} id="group" label=${TEXTS.filter_group} value=${group} onPick=${pick('group')} options=${[['', TEXTS.all_groups], ...data[2].groups.map((name) => [name, name])]} />`}
          ${data[2].tutors.length > 0 && html`<${Choice} id="tutor" label=${TEXTS.filter_tutor} value=${tutor} onPick=${pick('tutor')} options=${[['', TEXTS.all_tutors], ...data[2].tutors.map((each) => [String(each.user_id), each.name ?? TEXTS.tutor_number(each.user_id)])]} />`}
          <${Day} id="from" label=${TEXTS.filter_from} value=${from} max=${to} onPick=${pick('from')} />
          <${Day} id="to" label=${TEXTS.filter_to} value=${to} min=${from} onPick=${pick('to')} />
        </div>
        <${List} items=${data[0].items} total=${data[0].total} query=${query} said=${said} filtered=${FILTERS.some((each) => value(each) !== '')} />`
    }`;
}

/** When that day begins on the site's calendar, or the one `later` after it; '' for what is no day. */
function midnight(day, later) {
  const at_ms = startOfDay(day, later);
  return at_ms === null ? '' : new Date(at_ms).toISOString();
}

function Day({ id, label, value, min, max, onPick }) {
  return html`<div>
    <label for=${id}>${label}</label>
    <input id=${id} type="date" value=${value} min=${min} max=${max} onChange=${(event) => onPick(event.target.value)} />
  </div>`;
}

/** Of all that match, not of those listed; it takes longer than the list, which does not wait. */
function Again({ query }) {
  const { data } = useRead([['contacts/figures', query]]);
  if (!data) return null;
  const { reached, active_again } = data[0];
  return html`<p>${reached === 0 ? TEXTS.again_unknown : TEXTS.again(number(active_again), number(reached))}</p>`;
}

function List({ items, total, query, said, filtered }) {
  if (items.length === 0)
    return html`<div class="panel"><${Message} text=${filtered ? TEXTS.no_contacts_here : TEXTS.no_contacts} /></div>`;
  const words = TEXTS.contact_columns;
  const heads = [TEXTS.columns.student, TEXTS.filter_course, words.when, words.after, words.outcome, words.by, words.again];
  const days = ({ opened_ms, closed_ms }) => Math.round((closed_ms - opened_ms) / 86_400_000);
  const answer = ({ active_again }) => (active_again === null ? TEXTS.not_known_yet : active_again ? TEXTS.yes : TEXTS.no);
  return html`<${Again} query=${query} />
    <${Panel} title=${TEXTS.contact_count(total, number(total))} note=${total > items.length ? TEXTS.first_of(number(items.length)) : TEXTS.latest_first}
      actions=${html`<${Download} path="contacts" file="contacts.csv" query=${query} said=${said} />`}>
      <div class="scroll" tabindex="0" role="group" aria-label=${TEXTS.nav.contacts}><table class="small wide">
        <thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
        <tbody>${items.map(
          (each) => html`<tr key=${each.alert_id}>
            <th scope="row"><${StudentLink} person=${each.person} course_id=${each.course.course_id} /></th>
            <td>${each.course.shortname}</td><td>${shortDate(each.closed_ms)}</td><td>${TEXTS.on_days(days(each), number(days(each)))}</td>
            <td>${TEXTS.outcomes[each.outcome]}</td><td>${each.by ?? '–'}</td><td>${answer(each)}</td>
          </tr>`,
        )}</tbody>
      </table></div>
    <//>`;
}

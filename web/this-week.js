/** Whom to call this week: one case a student, whatever the number of courses, within what the staff can do. */
import { takeStudent } from './acts.js';
import { Asks, Unread } from './asks.js';
import { Download } from './download.js';
import { number, percent } from './format.js';
import { mayAct } from './person.js';
import { TEXTS } from './texts.js';
import {
  Chance,
  Choice,
  Failure,
  Figure,
  html,
  LastActive,
  LastContact,
  Message,
  nameOf,
  Panel,
  Reasons,
  Standing,
  StudentLink,
  seesNobody,
  Title,
  useRead,
  Waiting,
} from './ui.js';

const ROWS_A_PAGE = 25;
const COURSES = 1000;
const REASONS_IN_A_ROW = 2;
const FILTERS = ['course', 'group', 'tutor', 'contacted'];

export function ThisWeek({ url, go, summary, said, changed, freshness }) {
  const params = url.searchParams;
  const query = Object.fromEntries(FILTERS.map((name) => [name, params.get(name) ?? '']));
  const cursor = params.get('cursor');
  const { data, error, loading, reload } = useRead([
    ['early', { ...query, cursor, one_each: true, limit: ROWS_A_PAGE }],
    ['summary', query],
    ['courses', { limit: COURSES }],
    ['assignments'],
  ]);
  const set = (wanted) => {
    const given = Object.entries({ ...query, ...wanted }).filter(([, value]) => value !== '');
    go(given.length > 0 ? `/?${new URLSearchParams(given)}` : '/');
  };
  const renew = () => {
    reload();
    changed();
  };
  const body = () => {
    if (error) return html`<${Failure} error=${error} retry=${reload} />`;
    if (!data) return html`<${Waiting} />`;
    const [page, figures, courses, known] = data;
    return html`<${Figures} summary=${figures} query=${query} />
      <${Filters} query=${query} courses=${courses.items} known=${known} set=${set} />
      <${List} page=${page} query=${query} busy=${loading} summary=${summary} set=${set} said=${said} renew=${renew} />
      <${WithoutScore} not_scored=${figures.not_scored} />`;
  };
  return html`<${Title} title=${TEXTS.nav.week} subtitle=${TEXTS.week_subtitle}>${freshness}<//>
    <${Unread} />
    ${body()}`;
}

function Filters({ query, courses, known, set }) {
  const pick = (name) => (chosen) => set({ [name]: chosen });
  const course_options = courses.map((each) => [String(each.course_id), `${each.shortname} · ${each.fullname}`]);
  return html`<div class="filters">
    <${Choice} id="course" label=${TEXTS.filter_course} value=${query.course} options=${[['', TEXTS.all_courses], ...course_options]} onPick=${pick('course')} />
    ${known.groups.length > 0 && html`<${Choice} id="group" label=${TEXTS.filter_group} value=${query.group} options=${[['', TEXTS.all_groups], ...known.groups.map((name) => [name, name])]} onPick=${pick('group')} />`}
    ${known.tutors.length > 0 && html`<${Choice} id="tutor" label=${TEXTS.filter_tutor} value=${query.tutor} options=${[['', TEXTS.all_tutors], ...known.tutors.map((tutor) => [String(tutor.user_id), tutor.name ?? TEXTS.tutor_number(tutor.user_id)])]} onPick=${pick('tutor')} />`}
    <${Choice} id="contacted" label=${TEXTS.contacted_lately} value=${query.contacted} options=${[['', TEXTS.any_contact], ...Object.entries(TEXTS.contacted)]} onPick=${pick('contacted')} />
  </div>`;
}

/** Of what the filters leave, as the list is. */
function Figures({ summary, query }) {
  const { alerts, at_risk, early_students, scored, enrolments, not_scored, threshold } = summary;
  const words = TEXTS.figures;
  const without = Object.values(not_scored).reduce((sum, n) => sum + n, 0);
  const at_risk_of = (more) => {
    const given = Object.entries({ ...query, ...more }).filter(([, value]) => value !== '');
    return given.length > 0 ? `/at-risk?${new URLSearchParams(given)}` : '/at-risk';
  };
  return html`<dl id="figures" class="panel figures">
    <${Figure} value=${number(early_students)} label=${words.early} note=${words.early_note} />
    <${Figure} value=${number(at_risk)} label=${html`<a href=${at_risk_of({})}>${words.above}</a>`} note=${words.above_note(percent(threshold))} />
    <${Figure} value=${number(alerts.open)} label=${html`<a href=${at_risk_of({ alert: 'open' })}>${words.open}</a>`}
      note=${words.open_note(number(alerts.acknowledged))} />
    <${Figure} value=${number(scored)} label=${words.scored} note=${words.scored_note(number(without))}
      aside=${words.of(number(enrolments.active))} />
  </dl>`;
}

function whyEmpty(query, summary) {
  if (seesNobody(summary)) return TEXTS.sees_nothing;
  if (summary.scored === 0) return TEXTS.empty_unscored;
  const is_narrowed = Object.values(query).some((value) => value !== '');
  return is_narrowed ? TEXTS.week_filtered : TEXTS.week_empty;
}

function List({ page, query, busy, summary, set, said, renew }) {
  const { items, total, next_cursor } = page;
  if (items.length === 0) {
    const text = whyEmpty(query, summary);
    return html`<${Panel} id="early" title=${TEXTS.week_title}><${Message} text=${text} /><//>`;
  }
  const now_ms = summary.clock.now_ms ?? Date.now();
  const take = (row) => {
    // The button goes with what it offered; the row stays.
    const home = () => document.querySelector(`#early tbody a[href^="/students/${row.user_id}?"]`)?.focus();
    home();
    return takeStudent(row, { ...said, now_ms, again: renew, home });
  };
  const { student, early_score, reasons, last_active, owner, action } = TEXTS.columns;
  const heads = [student, early_score, reasons, last_active, owner];
  const tools = html`<${Download} path="early" query=${{ ...query, one_each: true }} file="this-week.csv" said=${said} />`;
  return html`<${Panel} id="early" busy=${busy} title=${TEXTS.week_count(total, number(total))} note=${TEXTS.week_order} actions=${tools}>
    <table>
      <thead><tr>${heads.map((text) => html`<th scope="col">${text}</th>`)}<th scope="col"><span class="unseen">${action}</span></th></tr></thead>
      <tbody>${items.map((row) => html`<${Row} key=${row.user_id} row=${row} now_ms=${summary.clock.now_ms} take=${take} />`)}</tbody>
    </table>
    ${next_cursor && html`<p class="more"><button type="button" onClick=${() => set({ cursor: next_cursor })}>${TEXTS.next_page}</button></p>`}
  <//>`;
}

function Row({ row, now_ms, take }) {
  const { person, course, call, also_in, owner, last_contact, dealt_with } = row;
  const may_take = owner === null && !dealt_with && mayAct();
  return html`<tr role="row">
    <th scope="row" role="rowheader" class="who">
      <${StudentLink} person=${person} course_id=${row.course_id} />
      <${Asks} unread=${row.unread} />
      <div class="note">${course.shortname} <${Standing} course=${course} /></div>
      ${call && html`<div class=${call === 'later' ? 'note later' : 'note'}>${TEXTS.trial.call[call]}</div>`}
      ${also_in.length > 0 && html`<div class="note">${TEXTS.also_in(also_in.map((each) => each.shortname).join(', '))}</div>`}
    </th>
    <td role="cell" class="chance"><${Chance} chance=${row.early_score} /></td>
    <td role="cell" class="why"><${Reasons} reasons=${row.reasons} most=${REASONS_IN_A_ROW} /></td>
    <td role="cell" class="when"><${LastActive} last_active_ms=${row.last_active_ms} now_ms=${now_ms} /></td>
    <td role="cell" class="status">${owner ?? (!dealt_with && html`<span class="quiet">${TEXTS.nobody_yet}</span>`)}
      ${last_contact && html`<${LastContact} contact=${last_contact} now_ms=${now_ms} />`}</td>
    <td role="cell" class="act">${may_take && html`<button type="button" aria-label=${TEXTS.take_student(nameOf(person))} onClick=${() => take(row)}>${TEXTS.take}</button>`}</td>
  </tr>`;
}

function WithoutScore({ not_scored }) {
  const lines = Object.entries(not_scored).filter(([, n]) => n > 0);
  if (lines.length === 0) return null;
  const words = (why) => TEXTS.not_scored_why[why] ?? why;
  return html`<${Panel} id="not-scored" title=${TEXTS.not_scored_title}>
    <ul class="plain">${lines.map(([why, n]) => html`<li>${TEXTS.not_scored(n, number(n), words(why))}</li>`)}</ul>
  <//>`;
}

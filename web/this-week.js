/** Whom to call this week: one case a student, whatever the number of courses, within what the staff can do. */
import { Asks, Unread } from './asks.js';
import { number, percent } from './format.js';
import { TEXTS } from './texts.js';
import {
  Chance,
  Choice,
  Failure,
  Figure,
  html,
  LastActive,
  Message,
  Panel,
  Reasons,
  Standing,
  StudentLink,
  Title,
  useRead,
  Waiting,
} from './ui.js';

const ROWS = 1000;
const REASONS_IN_A_ROW = 2;

/** The early list's places, by student: the most likely course first. */
function casesOf(items) {
  const cases = new Map();
  for (const item of items) cases.set(item.user_id, [...(cases.get(item.user_id) ?? []), item]);
  return [...cases.values()]
    .map((places) => places.sort((a, b) => b.early_score - a.early_score))
    .sort((a, b) => b[0].early_score - a[0].early_score);
}

export function ThisWeek({ url, go, summary, freshness }) {
  const course = url.searchParams.get('course') ?? '';
  const { data, error, reload } = useRead([
    ['early', { course, limit: ROWS }],
    ['courses', { limit: ROWS }],
    ['cases', { limit: ROWS }],
  ]);
  const body = () => {
    if (error) return html`<${Failure} error=${error} retry=${reload} />`;
    if (!data) return html`<${Waiting} />`;
    const [early, courses, open] = data;
    const owners = new Map(open.items.map((each) => [each.person.user_id, each.owner]));
    const options = courses.items.map((each) => [String(each.course_id), `${each.shortname} · ${each.fullname}`]);
    const pick = (value) => go(value ? `/?course=${value}` : '/');
    return html`<div class="filters">
        <${Choice} id="course" label=${TEXTS.filter_course} value=${course} options=${[['', TEXTS.all_courses], ...options]} onPick=${pick} />
      </div>
      <${Cases} cases=${casesOf(early.items)} owners=${owners} summary=${summary} />
      <${WithoutScore} not_scored=${summary.not_scored} />`;
  };
  return html`<${Title} title=${TEXTS.nav.week} subtitle=${TEXTS.week_subtitle}>${freshness}<//>
    <${Unread} />
    <${Figures} summary=${summary} />
    ${body()}`;
}

function Figures({ summary }) {
  const { alerts, at_risk, early, scored, enrolments, not_scored, threshold } = summary;
  const words = TEXTS.figures;
  const without = Object.values(not_scored).reduce((sum, n) => sum + n, 0);
  return html`<dl id="figures" class="panel figures">
    <${Figure} value=${number(early)} label=${words.early} note=${words.early_note} />
    <${Figure} value=${number(at_risk)} label=${html`<a href="/at-risk">${words.above}</a>`} note=${words.above_note(percent(threshold))} />
    <${Figure} value=${number(alerts.open)} label=${html`<a href="/at-risk?alert=open">${words.open}</a>`}
      note=${words.open_note(number(alerts.acknowledged))} />
    <${Figure} value=${number(scored)} label=${words.scored} note=${words.scored_note(number(without))}
      aside=${words.of(number(enrolments.active))} />
  </dl>`;
}

function Cases({ cases, owners, summary }) {
  if (cases.length === 0) {
    const text = summary.scored === 0 ? TEXTS.empty_unscored : TEXTS.week_empty;
    return html`<${Panel} id="early" title=${TEXTS.week_title}><${Message} text=${text} /><//>`;
  }
  const { student, early_score, reasons, last_active, owner } = TEXTS.columns;
  return html`<${Panel} id="early" title=${TEXTS.week_count(cases.length, number(cases.length))} note=${TEXTS.week_order}>
    <table>
      <thead><tr>${[student, early_score, reasons, last_active, owner].map((text) => html`<th scope="col">${text}</th>`)}</tr></thead>
      <tbody>
        ${cases.map(([first, ...others]) => {
          const also = others.map((each) => each.course.shortname);
          return html`<tr role="row" key=${first.user_id}>
            <th scope="row" role="rowheader" class="who">
              <${StudentLink} person=${first.person} course_id=${first.course_id} />
              <${Asks} unread=${[first, ...others].find((each) => each.unread)?.unread} />
              <div class="note">${first.course.shortname} <${Standing} course=${first.course} /></div>
              ${first.call && html`<div class=${first.call === 'later' ? 'note later' : 'note'}>${TEXTS.trial.call[first.call]}</div>`}
              ${also.length > 0 && html`<div class="note">${TEXTS.also_in(also.join(', '))}</div>`}
            </th>
            <td role="cell" class="chance"><${Chance} chance=${first.early_score} /></td>
            <td role="cell" class="why"><${Reasons} reasons=${first.reasons} most=${REASONS_IN_A_ROW} /></td>
            <td role="cell" class="when"><${LastActive} last_active_ms=${first.last_active_ms} now_ms=${summary.clock.now_ms} /></td>
            <td role="cell" class="status">${owners.get(first.user_id) ?? html`<span class="quiet">${TEXTS.nobody_yet}</span>`}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  <//>`;
}

function WithoutScore({ not_scored }) {
  const lines = Object.entries(not_scored).filter(([, n]) => n > 0);
  if (lines.length === 0) return null;
  const words = (why) => TEXTS.not_scored_why[why] ?? why;
  return html`<${Panel} id="not-scored" title=${TEXTS.not_scored_title}>
    <ul class="plain">${lines.map(([why, n]) => html`<li>${TEXTS.not_scored(n, number(n), words(why))}</li>`)}</ul>
  <//>`;
}

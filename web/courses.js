/** The courses with their figures, and one course week by week. */
import { Chart } from './chart.js';
import { dayText, number, percent, shortDate } from './format.js';
import { Believed, CameTrueHere } from './standing.js';
import { TEXTS } from './texts.js';
import { Failure, Figure, html, Message, Panel, Standing, Title, useRead, Waiting } from './ui.js';

const COURSES_MAX = 1000;

export function Courses({ freshness }) {
  const { data, error, reload } = useRead([['courses', { limit: COURSES_MAX }]]);
  const words = TEXTS.course_columns;
  const heads = [words.active, words.scored, words.at_risk, words.early];
  return html`<${Title} title=${TEXTS.nav.courses}>${freshness}<//>
    ${error && html`<${Failure} error=${error} retry=${reload} />`}
    ${!data && !error && html`<${Waiting} />`}
    ${data && data[0].items.length === 0 && html`<div class="panel"><${Message} text=${TEXTS.no_courses} /></div>`}
    ${
      data &&
      data[0].items.length > 0 &&
      html`<${Panel} title=${TEXTS.course_count(data[0].items.length, number(data[0].items.length))}>
        <div class="scroll" tabindex="0" role="group" aria-label=${TEXTS.nav.courses}><table class="small wide">
          <thead><tr><th scope="col">${TEXTS.filter_course}</th>${heads.map((head) => html`<th scope="col" class="number">${head}</th>`)}<th scope="col">${words.last}</th><th scope="col">${words.standing}</th></tr></thead>
          <tbody>${data[0].items.map(
            (course) => html`<tr key=${course.course_id}>
              <th scope="row"><a class="name" href=${`/courses/${course.course_id}`}>${course.shortname}</a><div class="note">${course.fullname}</div></th>
              ${[course.enrolments.active, course.scored, course.at_risk, course.early].map((n) => html`<td class="number">${number(n)}</td>`)}
              <td>${course.last_activity_ms === null ? '–' : shortDate(course.last_activity_ms)}</td>
              <td>${course.standing === 'checked' ? TEXTS.checked : html`<${Standing} course=${course} />`}</td>
            </tr>`,
          )}</tbody>
        </table></div>
      <//>`
    }`;
}

export function CoursePage({ id, summary, freshness }) {
  const { data, error, reload } = useRead([[`courses/${id}`], [`courses/${id}/weeks`]]);
  if (error) return html`<${Title} title=${TEXTS.nav.courses} /><${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Waiting} />`;
  const [course, { weeks, bands, expected, standing }] = data;
  const words = TEXTS.course_columns;
  const lists = html`<a href=${`/at-risk?course=${id}`}>${words.at_risk}</a>`;
  return html`<nav class="crumbs" aria-label=${TEXTS.where}><a href="/courses">${TEXTS.nav.courses}</a> / ${course.shortname}</nav>
    <${Title} title=${course.shortname} subtitle=${course.fullname}>${freshness}<//>
    <dl id="figures" class="panel figures">
      <${Figure} value=${number(course.enrolments.active)} label=${words.active} note=${TEXTS.left_course(number(course.enrolments.withdrawn))} />
      <${Figure} value=${number(course.at_risk)} label=${lists} note=${TEXTS.figures.above_note(percent(summary.threshold))} />
      <${Figure} value=${number(course.early)} label=${html`<a href=${`/?course=${id}`}>${words.early}</a>`} note=${TEXTS.figures.early_note} />
      <${Figure} value=${course.scored === 0 ? '–' : number(Math.round(expected))} label=${TEXTS.expected} note=${TEXTS.expected_note(number(course.scored))} />
    </dl>
    <div class="columns">
      <div>
        <${Panel} title=${TEXTS.by_week}><div class="panel-body"><${Weeks} weeks=${weeks} /></div><//>
        <${CameTrueHere} standing=${standing} />
      </div>
      <div>
        <${Panel} title=${TEXTS.distribution}><div class="panel-body"><${Bands} bands=${bands} /></div><//>
        <${Believed} standing=${standing} />
      </div>
    </div>`;
}

function Weeks({ weeks }) {
  if (weeks.length < 2) return html`<p>${TEXTS.too_early}</p>`;
  const share = weeks.map(({ students, active }) => (students === 0 ? null : active / students));
  const series = [{ label: TEXTS.share_active, values: share, shown: percent, look: 'bars' }];
  const last = weeks.at(-1);
  const x = { x: weeks.map(({ from }) => Date.parse(from) / 1000), x_shown: (at) => dayText(at / 86_400) };
  const days = [
    { label: TEXTS.lower_quarter, values: weeks.map(({ q1 }) => q1), shown: number, look: 'hidden' },
    { label: TEXTS.upper_quarter, values: weeks.map(({ q3 }) => q3), shown: number, look: 'hidden' },
    { label: TEXTS.course_median, values: weeks.map(({ median }) => median), shown: number, look: 'dashed' },
  ];
  const label = TEXTS.weeks_label(number(last.active), number(last.students));
  const spread = TEXTS.spread_label(last.median, number(last.median), number(last.q1), number(last.q3));
  return html`<${Chart} label=${label} unit=${TEXTS.weeks_unit} series=${series} y=${[0, 1]} ...${x} />
    <h3>${TEXTS.spread}</h3>
    <${Chart} label=${spread} unit=${TEXTS.against_unit} series=${days} band=${[1, 0]} y=${[0, 7]} ...${x} />`;
}

function Bands({ bands }) {
  const all = Object.values(bands).reduce((sum, n) => sum + n, 0);
  if (all === 0) return html`<p>${TEXTS.empty_unscored}</p>`;
  return html`<ul class="plain bands">${Object.entries(TEXTS.bands).map(([band, word]) => {
    const n = bands[band] ?? 0;
    return html`<li class=${`band-${band.replace(' ', '-')}`}>
      <span class="band">${word}</span>
      <svg viewBox="0 0 200 12" preserveAspectRatio="none" aria-hidden="true"><rect class="fill" x="0" y="1" width=${(200 * n) / all} height="10" rx="2" /></svg>
      <span class="number">${number(n)}</span>
    </li>`;
  })}</ul>`;
}

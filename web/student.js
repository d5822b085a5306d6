/** One student: what the score rests on, activity against the course, what was done and what can be done. */
import { Acting, Done } from './acting.js';
import { Chart } from './chart.js';
import { Days } from './days.js';
import { dateTime, dayOf, dayText, number, percent, shortDate, startOfDay } from './format.js';
import { HandIns } from './hand-ins.js';
import { HowOften } from './how-often.js';
import { Looked } from './looked.js';
import { Statements } from './me.js';
import { reasonText } from './reasons.js';
import { TEXTS } from './texts.js';
import {
  Choice,
  Failure,
  html,
  LastActive,
  nameOf,
  Panel,
  Score,
  Sentence,
  Standing,
  Title,
  useRead,
  useState,
  Waiting,
} from './ui.js';

const DAY_MS = 86_400_000;
const DAYS_SHOWN = 70;
/** More the service does not tell of a course's days. */
const DAYS_MAX = 400;

export function Student({ id, url, summary, said, changed }) {
  const { data, error, reload } = useRead([[`students/${id}`], [`students/${id}/timeline`]]);
  // Of who opted out nothing is shown but what they said themselves.
  const failed =
    error &&
    html`${!data && html`<${Title} title=${TEXTS.title} />`}<${Failure} error=${error} retry=${reload} />${error.status === 404 && html`<${Statements} user_id=${id} />`}`;
  if (!data) return failed || html`<${Waiting} text=${TEXTS.loading_student} />`;
  const [student, timeline] = data;
  const wanted = Number(url.searchParams.get('course') ?? Number.NaN);
  const enrolment = student.enrolments.find(({ course_id }) => course_id === wanted) ?? mostAtRisk(student.enrolments);
  const renew = () => {
    reload();
    changed();
  };
  return html`<nav class="crumbs" aria-label=${TEXTS.where}><a href="/at-risk">${TEXTS.title}</a> / ${nameOf(student.person)}</nav>
    ${failed}
    <${Title} title=${nameOf(student.person)} subtitle=${[enrolment && `${enrolment.course.shortname} · ${enrolment.course.fullname}`, TEXTS.user_number(id)].filter(Boolean).join(' · ')}>
      <${Others} student=${student} current=${enrolment} threshold=${summary.threshold} />
    <//>
    ${
      enrolment
        ? html`<${Enrolled} key=${enrolment.course_id} student=${student} enrolment=${enrolment} timeline=${timeline} summary=${summary} said=${said} renew=${renew} />`
        : html`<div class="panel"><div class="message"><p>${TEXTS.not_enrolled}</p></div></div>`
    }`;
}

const mostAtRisk = (enrolments) =>
  [...enrolments].sort((a, b) => (b.prediction?.score?.score ?? -1) - (a.prediction?.score?.score ?? -1))[0];

function Others({ student, current }) {
  const others = student.enrolments.filter((each) => each !== current);
  if (others.length === 0) return null;
  const words = ({ course, prediction }) =>
    prediction?.score ? `${course.shortname}: ${percent(prediction.score.score)}` : course.shortname;
  return html`<p class="note">${TEXTS.also} ${others.map((each, i) => html`${i > 0 && ', '}<a href=${`/students/${student.person.user_id}?course=${each.course_id}`}>${words(each)}</a>`)}</p>`;
}

function Enrolled({ student, enrolment, timeline, summary, said, renew }) {
  const { threshold, clock } = summary;
  const { course, course_id, prediction } = enrolment;
  const since = enrolment.state === 'active' ? enrolment.enrolled_ms : enrolment.since_ms;
  const score = prediction?.score ?? null;
  const alerts = student.alerts.filter((alert) => alert.course_id === course_id);
  const alert = alerts.find(({ state }) => state === 'open' || state === 'acknowledged') ?? alerts[0] ?? null;
  return html`<section class="panel facts" aria-label=${TEXTS.student_score}>
      <div>
        <h2>${TEXTS.student_score}</h2>
        ${score ? html`<${Score} score=${score.score} band=${score.band} threshold=${threshold} />` : html`<p>${whyNot(enrolment)}</p>`}
        ${score && html`<${HowOften} score=${score} />`}
        <p class="note">${TEXTS.alerts_above(percent(threshold))} <${Standing} course=${course} /></p>
      </div>
      <dl class="pairs">
        <dt>${TEXTS.columns.last_active}</dt><dd><${LastActive} last_active_ms=${lastActive(prediction, timeline, course_id)} now_ms=${clock.now_ms} /></dd>
        <dt>${TEXTS.enrolment}</dt><dd>${TEXTS.enrolment_states[enrolment.state]}</dd>
        ${since !== null && html`<dt>${TEXTS.enrolled}</dt><dd>${shortDate(since)}</dd>`}
      </dl>
      <${Acting} row=${{ person: student.person, course_id, alert, can_open: score !== null && enrolment.state === 'active' }} summary=${summary} said=${said} renew=${renew} />
    </section>
    <div class="columns">
      <div>
        <${Activity} timeline=${timeline} course_id=${course_id} now_ms=${clock.now_ms} enrolled_ms=${enrolment.enrolled_ms} />
        <${HandIns} hand_ins=${timeline.hand_ins.filter((each) => each.course_id === course_id)} />
        <${AgainstCourse} timeline=${timeline} course_id=${course_id} />
        <${History} timeline=${timeline} course_id=${course_id} threshold=${threshold} />
        <${Sessions} user_id=${student.person.user_id} />
      </div>
      <div>
        <${Statements} user_id=${student.person.user_id} />
        ${score && html`<${Why} score=${score} />`}
        <${Done} alerts=${alerts} />
        <${Looked} user_id=${student.person.user_id} />
      </div>
    </div>`;
}

/** The score knows it as of its own time; the days go on. */
function lastActive(prediction, timeline, course_id) {
  const days = timeline.days.filter((row) => row.course_id === course_id && row.activities > 0).map(({ day }) => day);
  const scored_ms = prediction?.last_active_ms ?? null;
  const last = days.sort().at(-1);
  return last === undefined || (scored_ms !== null && dayOf(scored_ms) >= last) ? scored_ms : startOfDay(last);
}

function whyNot(enrolment) {
  const why = enrolment.prediction?.not_scored ?? null;
  if (why === null || why === 'not-active') return TEXTS.enrolment_state(TEXTS.enrolment_states[enrolment.state]);
  return TEXTS.not_scored(1, number(1), TEXTS.not_scored_why[why] ?? why);
}

function Why({ score }) {
  const line = (reason) => {
    const up = reason.contribution > 0;
    return html`<li class=${up ? 'raises' : 'lowers'}>
      <p><${Sentence} text=${reasonText(reason)} /> <span class="push">${up ? TEXTS.raises : TEXTS.lowers}</span></p>
      ${reason.cohort_percentile !== null && html`<${Place} percentile=${reason.cohort_percentile} feature=${reason.feature} />`}
    </li>`;
  };
  return html`<${Panel} title=${TEXTS.student_reasons}>
    <div class="panel-body">
      <p class="note">${TEXTS.student_limits}</p>
      <ul class="reasons all">${score.reasons.map(line)}</ul>
      <p class="note">${TEXTS.as_of(dateTime(score.as_of_ms), score.model_version)} <a href="/model">${TEXTS.how_far}</a></p>
    </div>
  <//>`;
}

/** Where the student stands in the course: the middle half, and a mark. */
function Place({ percentile, feature }) {
  // The sentence says what is missing, the place what is there.
  const words = feature === 'handed_in_share' ? TEXTS.place_handed_in : TEXTS.place;
  return html`<svg class="place" viewBox="0 0 200 12" preserveAspectRatio="none" aria-hidden="true">
      <rect class="track" x="0.5" y="3.5" width="199" height="5" rx="2.5" /><rect class="half" x="50" y="3" width="100" height="6" />
      <rect class="mark" x=${Math.min(196, Math.max(0, percentile * 2 - 2))} y="0" width="4" height="12" rx="1" />
    </svg>
    <p class="note">${words(number(Math.round(percentile)))}</p>`;
}

/** The student's days before the course's: these come later, and nothing waits for them. */
function Activity({ timeline, course_id, now_ms, enrolled_ms }) {
  const [range, setRange] = useState('weeks');
  const mine = timeline.days.filter((row) => row.course_id === course_id).map(({ day }) => Date.parse(day));
  const today_ms = Date.parse(dayOf(now_ms ?? Date.now()));
  const first_ms = Math.min(enrolled_ms ?? today_ms, ...mine);
  const whole = Math.min(DAYS_MAX, Math.max(DAYS_SHOWN, Math.ceil((today_ms - first_ms) / DAY_MS) + 1));
  const days = range === 'weeks' ? DAYS_SHOWN : whole;
  const { data } = useRead([[`courses/${course_id}/days`, { days }]]);
  const options = Object.entries(TEXTS.day_ranges);
  const choice = html`<${Choice} id="days-range" label=${TEXTS.range} value=${range} options=${options} onPick=${setRange} />`;
  return html`<${Panel} id="activity" title=${TEXTS.student_activity} actions=${choice}><div class="panel-body">
    <${Days} timeline=${timeline} course_id=${course_id} now_ms=${now_ms} days=${days} course_days=${data?.[0].days ?? []} />
  </div><//>`;
}

/** The student's active days a week against the middle half of the course. */
function AgainstCourse({ timeline, course_id }) {
  const { data } = useRead([[`courses/${course_id}/weeks`]]);
  if (!data || data[0].weeks.length < 2) return null;
  const { weeks } = data[0];
  const days = new Set(timeline.days.filter((row) => row.course_id === course_id && row.activities > 0).map((row) => row.day));
  const mine = weeks.map(({ from }) => {
    return Array.from({ length: 7 }, (_, i) => new Date(Date.parse(from) + i * DAY_MS).toISOString().slice(0, 10)).filter((day) =>
      days.has(day),
    ).length;
  });
  const x = weeks.map(({ from }) => Date.parse(from) / 1000);
  const series = [
    { label: TEXTS.lower_quarter, values: weeks.map((week) => week.q1), shown: number, look: 'hidden' },
    { label: TEXTS.upper_quarter, values: weeks.map((week) => week.q3), shown: number, look: 'hidden' },
    { label: TEXTS.this_student, values: mine, shown: number, look: 'bars' },
    { label: TEXTS.course_median, values: weeks.map((week) => week.median), shown: number, look: 'dashed' },
  ];
  const last = mine.length - 1;
  const label = TEXTS.against_label(TEXTS.on_days(mine[last], number(mine[last])), number(weeks[last].median));
  return html`<${Panel} title=${TEXTS.against}><div class="panel-body">
    <${Chart} label=${label} unit=${TEXTS.against_unit} x=${x} x_shown=${(at) => dayText(at / 86_400)} series=${series} band=${[1, 0]} y=${[0, 7]} />
  </div><//>`;
}

function History({ timeline, course_id, threshold }) {
  const scores = timeline.scores.filter((row) => row.course_id === course_id);
  if (scores.length < 2) return null;
  const shown = (value) => percent(value);
  const series = [
    { label: TEXTS.score, values: scores.map((row) => row.score), shown, look: 'line' },
    { label: TEXTS.threshold, values: scores.map(() => threshold), shown, look: 'dashed' },
  ];
  const label = TEXTS.history_label(percent(scores[0].score), percent(scores.at(-1).score), shortDate(scores[0].as_of_ms));
  return html`<${Panel} title=${TEXTS.history}><div class="panel-body">
    <${Chart} label=${label} unit=${TEXTS.history_unit} x=${scores.map((row) => row.as_of_ms / 1000)} x_shown=${(at) => dateTime(at * 1000)} series=${series} y=${[0, 1]} />
  </div><//>`;
}

function Sessions({ user_id }) {
  const { data } = useRead([[`students/${user_id}/sessions`, { order: 'newest', limit: 10 }]]);
  if (!data) return null;
  const latest = data[0].items;
  if (latest.length === 0) return null;
  return html`<${Panel} title=${TEXTS.sessions} note=${TEXTS.sessions_note}><div class="panel-body">
    <table class="small">
      <thead><tr><th scope="col">${TEXTS.when}</th><th scope="col" class="number">${TEXTS.minutes}</th><th scope="col" class="number">${TEXTS.activities}</th></tr></thead>
      <tbody>${latest.map((row) => html`<tr><th scope="row">${dateTime(row.start_ms)}</th><td class="number">${number(Math.round(row.duration_s / 60))}</td><td class="number">${number(row.activities)}</td></tr>`)}</tbody>
    </table>
  </div><//>`;
}

/** One student: what the score rests on, activity against the course, what was done and what can be done. */
import { act, taking } from './acts.js';
import { Chart } from './chart.js';
import { Days } from './days.js';
import { dateTime, dayText, number, percent, shortDate } from './format.js';
import { Statements } from './me.js';
import { TEXTS } from './texts.js';
import {
  AlertState,
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
  useRef,
  useState,
  Waiting,
} from './ui.js';

const MUTE_DAYS = 14;
const DAY_MS = 86_400_000;

export function Student({ id, url, summary, said, changed }) {
  const { data, error, reload } = useRead([[`students/${id}`], [`students/${id}/timeline`]]);
  if (error) return html`<${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Waiting} />`;
  const [student, timeline] = data;
  const wanted = Number(url.searchParams.get('course') ?? Number.NaN);
  const enrolment = student.enrolments.find(({ course_id }) => course_id === wanted) ?? mostAtRisk(student.enrolments);
  const renew = () => {
    reload();
    changed();
  };
  return html`<nav class="crumbs" aria-label=${TEXTS.where}><a href="/at-risk">${TEXTS.title}</a> / ${nameOf(student.person)}</nav>
    <${Title} title=${nameOf(student.person)} subtitle=${enrolment && `${enrolment.course.shortname} · ${enrolment.course.fullname}`}>
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
  const score = prediction?.score ?? null;
  const alerts = student.alerts.filter((alert) => alert.course_id === course_id);
  const alert = alerts.find(({ state }) => state === 'open' || state === 'acknowledged') ?? alerts[0] ?? null;
  return html`<section class="panel facts" aria-label=${TEXTS.student_score}>
      <div>
        <h2>${TEXTS.student_score}</h2>
        ${score ? html`<${Score} score=${score.score} band=${score.band} threshold=${threshold} />` : html`<p>${whyNot(enrolment)}</p>`}
        <p class="note">${TEXTS.alerts_above(percent(threshold))} <${Standing} course=${course} /></p>
      </div>
      <dl class="pairs">
        <dt>${TEXTS.columns.last_active}</dt><dd><${LastActive} last_active_ms=${prediction?.last_active_ms ?? null} now_ms=${clock.now_ms} /></dd>
        <dt>${TEXTS.enrolment}</dt><dd>${TEXTS.enrolment_states[enrolment.state]}</dd>
        ${enrolment.enrolled_ms !== null && html`<dt>${TEXTS.enrolled}</dt><dd>${shortDate(enrolment.enrolled_ms)}</dd>`}
      </dl>
      <${Acting} row=${{ person: student.person, alert }} summary=${summary} said=${said} renew=${renew} />
    </section>
    <div class="columns">
      <div>
        <${Panel} title=${TEXTS.student_activity}><div class="panel-body"><${Days} timeline=${timeline} course_id=${course_id} now_ms=${clock.now_ms} /></div><//>
        <${AgainstCourse} timeline=${timeline} course_id=${course_id} />
        <${History} timeline=${timeline} course_id=${course_id} threshold=${threshold} />
        <${Sessions} user_id=${student.person.user_id} />
      </div>
      <div>
        <${Statements} user_id=${student.person.user_id} />
        ${score && html`<${Why} score=${score} />`}
        <${Done} alerts=${alerts} />
      </div>
    </div>`;
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
      <p><${Sentence} text=${reason.text} /> <span class="push">${up ? TEXTS.raises : TEXTS.lowers}</span></p>
      ${reason.cohort_percentile !== null && html`<${Place} percentile=${reason.cohort_percentile} />`}
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
function Place({ percentile }) {
  const label = TEXTS.place(number(Math.round(percentile)));
  return html`<svg class="place" viewBox="0 0 200 12" preserveAspectRatio="none" role="img" aria-label=${label}>
    <rect class="track" x="0.5" y="3.5" width="199" height="5" rx="2.5" /><rect class="half" x="50" y="3" width="100" height="6" />
    <rect class="mark" x=${Math.min(196, Math.max(0, percentile * 2 - 2))} y="0" width="4" height="12" rx="1" />
  </svg>`;
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
  const { data } = useRead([[`students/${user_id}/sessions`, { limit: 1000 }]]);
  if (!data) return null;
  const latest = data[0].items.slice(-10).reverse();
  if (latest.length === 0) return null;
  return html`<${Panel} title=${TEXTS.sessions} note=${TEXTS.sessions_note}><div class="panel-body">
    <table class="small">
      <thead><tr><th scope="col">${TEXTS.when}</th><th scope="col" class="number">${TEXTS.minutes}</th><th scope="col" class="number">${TEXTS.activities}</th></tr></thead>
      <tbody>${latest.map((row) => html`<tr><th scope="row">${dateTime(row.start_ms)}</th><td class="number">${number(Math.round(row.duration_s / 60))}</td><td class="number">${number(row.activities)}</td></tr>`)}</tbody>
    </table>
  </div><//>`;
}

/** What can be done with the alert at hand. */
function Acting({ row, summary, said, renew }) {
  const dialog = useRef(null);
  const [asking, setAsking] = useState(false);
  const { alert } = row;
  if (!alert) return html`<div><p class="quiet">${TEXTS.no_alert}</p></div>`;
  const does = (patch, done) =>
    act(row, patch, done, { ...said, conflict: (what) => said.conflict({ ...what, after: renew }) }).then(renew);
  const open = () => {
    setAsking(true);
    dialog.current.showModal();
  };
  const until = (summary.clock.now_ms ?? Date.now()) + MUTE_DAYS * DAY_MS;
  const alive = alert.state === 'open' || alert.state === 'acknowledged';
  return html`<div>
    <${AlertState} alert=${alert} now_ms=${summary.clock.now_ms} />
    ${alert.note && html`<p class="written">${alert.note}</p>`}
    ${
      alive &&
      html`<div class="actions">
        ${alert.state === 'open' && html`<button type="button" class="main" onClick=${() => does(taking(), TEXTS.acknowledged)}>${TEXTS.take}</button>`}
        <button type="button" onClick=${open}>${TEXTS.resolve_with}</button>
        <button type="button" onClick=${() => does({ muted_until_ms: until }, TEXTS.muted)}>${TEXTS.mute(number(MUTE_DAYS))}</button>
      </div>`
    }
    <dialog ref=${dialog} aria-labelledby="resolve-title" onClose=${() => setAsking(false)}>
      ${asking && html`<${Resolve} close=${() => dialog.current.close()} does=${does} />`}
    </dialog>
  </div>`;
}

function Resolve({ close, does }) {
  const [outcome, setOutcome] = useState('');
  const [note, setNote] = useState('');
  const save = (event) => {
    event.preventDefault();
    close();
    does({ state: 'resolved', outcome, ...(note.trim() ? { note: note.trim() } : {}) }, TEXTS.resolved);
  };
  return html`<form method="dialog" class="panel-body" onSubmit=${save}>
    <h2 id="resolve-title">${TEXTS.resolve}</h2>
    <label for="outcome">${TEXTS.outcome}</label>
    <select id="outcome" required value=${outcome} onChange=${(event) => setOutcome(event.target.value)}>
      <option value="">${TEXTS.choose_outcome}</option>
      ${Object.entries(TEXTS.outcomes).map(([value, text]) => html`<option value=${value}>${text}</option>`)}
    </select>
    <label for="note">${TEXTS.note}</label>
    <textarea id="note" rows="4" maxlength="2000" value=${note} onInput=${(event) => setNote(event.target.value)}></textarea>
    <p class="note">${TEXTS.note_rules}</p>
    <div class="actions">
      <button type="submit" class="main" disabled=${outcome === ''}>${TEXTS.resolve}</button>
      <button type="button" onClick=${close}>${TEXTS.close}</button>
    </div>
  </form>`;
}

/** All alerts of this course, with who changed what when. */
function Done({ alerts }) {
  if (alerts.length === 0) return null;
  return html`<${Panel} title=${TEXTS.done}><div class="panel-body">${alerts.map((alert) => html`<${Changes} key=${`${alert.alert_id} ${alert.revision}`} alert=${alert} />`)}</div><//>`;
}

function Changes({ alert }) {
  const { data } = useRead([[`alerts/${alert.alert_id}/changes`]]);
  const words = ({ from, to }) =>
    [
      to.state && TEXTS.changed_state(TEXTS.states[to.state], to.outcome ? TEXTS.outcomes[to.outcome] : null),
      to.assignee !== undefined && TEXTS.changed_assignee(from.assignee, to.assignee),
      to.muted_until_ms !== undefined &&
        (to.muted_until_ms === null ? TEXTS.unmuted : TEXTS.muted_until(shortDate(to.muted_until_ms))),
      to.note && TEXTS.changed_note,
    ].filter(Boolean);
  return html`<ul class="plain history">
    <li><span class="note">${dateTime(alert.opened_ms)}</span> ${TEXTS.alert_opened}</li>
    ${(data?.[0].changes ?? []).map((each) => html`<li><span class="note">${dateTime(each.at_ms)}</span> ${each.by}: ${words(each).join('; ')}</li>`)}
    ${alert.closed_ms !== null && !TEXTS.outcomes[alert.outcome] && html`<li><span class="note">${dateTime(alert.closed_ms)}</span> ${[TEXTS.states[alert.state], TEXTS.system_outcomes[alert.outcome] ?? alert.outcome].filter(Boolean).join(': ')}</li>`}
  </ul>`;
}

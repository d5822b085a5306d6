/** Whether everything arrives and goes out: sources, sinks, what was rejected, jobs. */
import { Download } from './download.js';
import { dateTime, number, percent, shortDay } from './format.js';
import { TEXTS } from './texts.js';
import { Failure, html, Message, Panel, Title, useEffect, useRead, Waiting } from './ui.js';

const AGAIN_MS = 5_000;

export function SystemPage({ summary, said }) {
  const { data, error, reload } = useRead([['system']]);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && reload(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [reload]);
  if (error) return html`<${Title} title=${TEXTS.nav.system} /><${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Waiting} />`;
  const { clock, waiting, sources, sinks, rejected, ignored, training, jobs } = data[0];
  const lag = ({ lag_s }) => (lag_s === null ? TEXTS.read_whole : TEXTS.behind(number(Math.round(lag_s))));
  return html`<${Title} title=${TEXTS.nav.system} subtitle=${TEXTS.system_subtitle(clock.now_ms === null ? '–' : dateTime(clock.now_ms))} />
    ${waiting.map((text) => html`<p class="notice">${text}</p>`)}
    <div class="columns even">
      <${Panel} title=${TEXTS.sources}><${Pairs} rows=${sources.map((source) => [source.name, lag(source)])} none=${TEXTS.no_sources} /><//>
      <${Panel} title=${TEXTS.sinks}><${Pairs} rows=${sinks.map((sink) => [sink.of === 'clicks' ? TEXTS.sink_of_clicks(sink.name) : sink.name, sinkText(sink)])} none=${TEXTS.no_sinks} /><//>
      <${Panel} title=${TEXTS.rejected} note=${TEXTS.rejected_note} actions=${Object.keys(rejected).length > 0 && html`<${Download} path="tables/rejected" query=${{}} file="rejected.csv" said=${said} />`}>
        <${Pairs} rows=${counts(rejected, (code) => TEXTS.rejections[code])} none=${TEXTS.nothing_rejected} /><//>
      <${Panel} title=${TEXTS.ignored}><${Pairs} rows=${counts(ignored, ignoredText)} none=${TEXTS.nothing_ignored} /><//>
      <${Panel} title=${TEXTS.training}><div class="panel-body">${training ? html`<${Job} job=${training} />` : html`<p>${TEXTS.no_training}</p>`}</div><//>
      <${Panel} title=${TEXTS.jobs}><${Pairs} rows=${jobs.map((job) => [TEXTS.jobs_named[job.name] ?? job.name, html`<${OtherJob} job=${job} />`])} none=${TEXTS.no_jobs} /><//>
      <${Counted} summary=${summary} />
    </div>
    <${Changes} />`;
}

/** Of the whole site: nothing for who sees a part of it. */
function Counted({ summary: { activities, sessions, sessions_open } }) {
  if (activities === null) return null;
  const rows = [
    [TEXTS.activities, number(activities)],
    [TEXTS.sessions, number(sessions)],
    [TEXTS.sessions_open, number(sessions_open)],
  ];
  return html`<${Panel} title=${TEXTS.counted}><${Pairs} rows=${rows} none="" /><//>`;
}

/** Nothing for who may not see what others changed. */
function Changes() {
  const { data } = useRead([['changes', { limit: 20 }]]);
  const items = data?.[0].items ?? [];
  if (items.length === 0) return null;
  return html`<${Panel} title=${TEXTS.changes} note=${TEXTS.changes_note}>
    <ul class="plain">${items.map(({ at_ms, by, detail }) => html`<li><span class="note">${dateTime(at_ms)} · ${by}</span> ${detail}</li>`)}</ul>
  <//>`;
}

/** `words`: of a code; one that has none stands as it is. */
const counts = (of, words) =>
  Object.entries(of)
    .sort(([, a], [, b]) => b - a)
    .map(([code, n]) => [words(code) ?? code, number(n)]);

/** `table config`: the table is a name. */
function ignoredText(code) {
  const [, table] = /^table (.*)$/.exec(code) ?? [];
  return table === undefined ? TEXTS.ignoring[code] : TEXTS.ignored_table(table);
}

function sinkText({ up, since_ms, waiting, refused }) {
  const since = since_ms === null ? null : dateTime(since_ms);
  const stands = up ? TEXTS.sink_waits(number(waiting)) : TEXTS.sink_down(number(waiting), since);
  return refused > 0 ? `${stands}; ${TEXTS.sink_refused(refused, number(refused))}` : stands;
}

function Pairs({ rows, none }) {
  if (rows.length === 0) return html`<${Message} text=${none} />`;
  return html`<div class="panel-body"><table class="small wide"><tbody>${rows.map(([name, text]) => html`<tr><th scope="row">${name}</th><td class="number">${text}</td></tr>`)}</tbody></table></div>`;
}

function Job({ job }) {
  const { state, step, progress } = job;
  const doing = stepText(step);
  return html`<p>${TEXTS.job_states[state]} · ${state === 'running' ? `${doing} · ${percent(progress)}` : endText(job)}</p>
    ${state === 'running' && html`<progress max="1" value=${progress} aria-label=${doing}></progress>`}`;
}

/** `running · since 18 Nov 2025, 09:12 · logstore_standard_log · about 300 of 1,200 rows · 25%` */
function OtherJob({ job }) {
  const { name, state, step, progress, rows, rows_known, since_ms, last_day, next_day } = job;
  const parts = [
    state !== 'waiting' && TEXTS.job_states[state],
    state === 'failed' && TEXTS.job_tried_again,
    since_ms !== null && TEXTS.job_since(dateTime(since_ms)),
    step !== null && (TEXTS.job_steps[step] ?? step),
    rows !== null && TEXTS.job_rows(number(rows), number(rows_known)),
    progress !== null && percent(progress),
    last_day !== null && TEXTS.job_last(shortDay(last_day)),
    last_day === null && state === 'waiting' && TEXTS.job_never,
    next_day !== null && TEXTS.job_next(shortDay(next_day)),
  ];
  return html`${parts.filter(Boolean).join(' · ')}
    ${progress !== null && html`<div><progress max="1" value=${progress} aria-label=${TEXTS.jobs_named[name] ?? name}></progress></div>`}`;
}

/** Why it failed only the service can say. */
function endText({ state, version, promoted, message }) {
  if (state === 'failed' || version === null || promoted === null) return message;
  return promoted ? TEXTS.job_promoted(version) : TEXTS.job_kept(version);
}

/** `figures on BIO 210`: the course is a name. */
function stepText(step) {
  const [, course] = /^figures on (.*)$/.exec(step) ?? [];
  return course === undefined ? (TEXTS.job_steps[step] ?? step) : TEXTS.job_figures_on(course);
}

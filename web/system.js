/** Whether everything arrives and goes out: sources, sinks, what was rejected, jobs. */
import { dateTime, number, percent } from './format.js';
import { TEXTS } from './texts.js';
import { Failure, html, Panel, Title, useEffect, useRead, Waiting } from './ui.js';

const AGAIN_MS = 5_000;

export function SystemPage({ summary }) {
  const { data, error, reload } = useRead([['system']]);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && reload(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [reload]);
  if (error) return html`<${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Waiting} />`;
  const { clock, waiting, sources, sinks, rejected, ignored, training } = data[0];
  const lag = ({ lag_s }) => (lag_s === null ? TEXTS.read_whole : TEXTS.behind(number(Math.round(lag_s))));
  return html`<${Title} title=${TEXTS.nav.system} subtitle=${TEXTS.system_subtitle(clock.now_ms === null ? '–' : dateTime(clock.now_ms))} />
    ${waiting.map((text) => html`<p class="notice">${text}</p>`)}
    <div class="columns even">
      <${Panel} title=${TEXTS.sources}><${Pairs} rows=${sources.map((source) => [source.name, lag(source)])} none=${TEXTS.no_sources} /><//>
      <${Panel} title=${TEXTS.sinks}><${Pairs} rows=${sinks.map((sink) => [sink.name, sink.up ? TEXTS.sink_waits(number(sink.waiting)) : TEXTS.sink_down(number(sink.waiting))])} none=${TEXTS.no_sinks} /><//>
      <${Panel} title=${TEXTS.rejected} note=${TEXTS.rejected_note}><${Pairs} rows=${counts(rejected)} none=${TEXTS.nothing_rejected} /><//>
      <${Panel} title=${TEXTS.ignored}><${Pairs} rows=${counts(ignored)} none=${TEXTS.nothing_ignored} /><//>
      <${Panel} title=${TEXTS.training}><div class="panel-body">${training ? html`<${Job} job=${training} />` : html`<p>${TEXTS.no_training}</p>`}</div><//>
      <${Panel} title=${TEXTS.counted}><${Pairs} rows=${[[TEXTS.activities, number(summary.activities)], [TEXTS.sessions, number(summary.sessions)], [TEXTS.sessions_open, number(summary.sessions_open)]]} none="" /><//>
    </div>
    <${Changes} />`;
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

const counts = (of) =>
  Object.entries(of)
    .sort(([, a], [, b]) => b - a)
    .map(([name, n]) => [name, number(n)]);

function Pairs({ rows, none }) {
  if (rows.length === 0) return html`<p class="message">${none}</p>`;
  return html`<div class="panel-body"><table class="small wide"><tbody>${rows.map(([name, text]) => html`<tr><th scope="row">${name}</th><td class="number">${text}</td></tr>`)}</tbody></table></div>`;
}

function Job({ job }) {
  const { state, step, progress, message } = job;
  return html`<p>${TEXTS.job_states[state]} · ${state === 'running' ? `${step} · ${percent(progress)}` : message}</p>
    ${state === 'running' && html`<progress max="1" value=${progress} aria-label=${step}></progress>`}`;
}

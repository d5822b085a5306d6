/** What another threshold, or a number of calls a week, would have meant on this site's own courses. */
import { read, send } from './api.js';
import { percent } from './format.js';
import { mayRule } from './person.js';
import { TEXTS } from './texts.js';
import { Trial } from './trial.js';
import { html, Message, Panel, reasonOf, Title, useEffect, useState } from './ui.js';
import { Curves } from './what-if-curves.js';

const LOOK_MS = 1_000;
const SIMULATE = 'thresholds/simulate';

/** Waits for the one that somebody else has asked for: there is one at a time. */
async function simulated() {
  for (;;) {
    try {
      return await send(SIMULATE, {});
    } catch (error) {
      if (error.status !== 409) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
}

export function WhatIf({ summary }) {
  const [state, setState] = useState({ asked: false, answer: null, error: null });
  const { asked, answer, error } = state;
  const ask = () => {
    setState({ asked: true, answer: null, error: null });
    simulated().then(
      (given) => setState({ asked: false, answer: given, error: null }),
      (fault) => setState({ asked: false, answer: null, error: fault }),
    );
  };
  return html`<${Title} title=${TEXTS.nav.what_if} subtitle=${TEXTS.what_if_subtitle} />
    ${
      mayRule()
        ? html`<${Panel} id="what-if" title=${TEXTS.what_if_question}>
      <div class="panel-body">
        ${!answer && html`<p>${TEXTS.what_if_how}</p><button type="button" class="main" disabled=${asked} onClick=${ask}>${TEXTS.what_if_ask}</button>`}
        ${asked && html`<${Progress} />`}
        ${error && html`<${Refused} error=${error} />`}
        ${answer && html`<${Curves} answer=${answer} threshold=${summary.threshold} />`}
      </div>
    <//>`
        : html`<div class="panel"><${Message} text=${TEXTS.what_if_not_yours} /></div>`
    }
    <${Trial} />`;
}

/** How far it is; what is done is said once, the share only shown. */
function Progress() {
  const [running, setRunning] = useState(null);
  useEffect(() => {
    const look = () =>
      read(SIMULATE).then(
        (state) => setRunning(state.running),
        () => undefined,
      );
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  const replaying = running?.step === 'replaying';
  const done = replaying ? { value: running.progress } : {};
  return html`<p role="status">${TEXTS.what_if_steps[replaying ? 'replaying' : 'reading']}</p>
    <p class="note"><progress max="1" ...${done} aria-label=${TEXTS.what_if_progress}></progress> ${replaying && percent(running.progress)}</p>`;
}

/** What the service says of single courses is in English. */
function Refused({ error }) {
  const small = error.body?.type?.endsWith('history-too-small');
  return html`<div class="notice" role="alert">
    <p>${small ? TEXTS.what_if_too_small : reasonOf(error)}</p>
    ${error.body?.detail && html`<p class="note" lang="en">${error.body.detail}</p>`}
  </div>`;
}

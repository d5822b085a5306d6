/** What a student sees of themselves, opened from Moodle: what is known, what is not, who looked, and what they can say to it. */
import { send } from './api.js';
import { Days } from './days.js';
import { dateTime, percent, recently, useZone } from './format.js';
import { mayAct } from './person.js';
import { reasonText } from './reasons.js';
import { SignOut } from './sign-in.js';
import { CODE, chooseLanguage, TEXTS } from './texts.js';
import { Failure, html, nameOf, Panel, reasonOf, Title, useRead, useState, Waiting } from './ui.js';

const WORDS = TEXTS.me;
const KINDS = ['wrong', 'circumstances', 'help'];

export function Me() {
  const { data, error, reload } = useRead([['me']]);
  const own = data?.[0];
  if (own) useZone(own.time_zone);
  const away = error && [401, 403].includes(error.status);
  return html`<a class="skip" href="#main">${TEXTS.skip}</a>
    <header class="bar">
      <img src="/icon.svg" alt="" width="24" height="24" /><span class="brand">Holdfast</span>
      <label class="unseen" for="language">${TEXTS.language}</label>
      <select id="language" onChange=${(event) => chooseLanguage(event.target.value)}>
        <option value="en" selected=${CODE === 'en'}>English</option>
        <option value="de" selected=${CODE === 'de'}>Deutsch</option>
      </select>
      ${own && html`<${SignOut} to="/me" />`}
    </header>
    <main id="main" tabindex="-1">
      ${away && html`<div class="panel"><div class="message"><h1>${WORDS.title}</h1><p>${WORDS.away}</p></div></div>`}
      ${error && !away && html`<${Failure} error=${error} retry=${reload} />`}
      ${!own && !error && html`<${Waiting} />`}
      ${own && html`<${Own} own=${own} renew=${reload} />`}
    </main>`;
}

function Own({ own, renew }) {
  const { course } = own;
  return html`<${Title} title=${WORDS.title} subtitle=${course ? `${nameOf(own.person)} · ${course.fullname}` : null} />
    <${Panel} title=${WORDS.what}><div class="panel-body"><p>${WORDS.purpose}</p><${Standing} own=${own} /></div><//>
    ${!own.opted_out && course && html`<${Known} own=${own} />`}
    <${Panel} title=${WORDS.unknown}><div class="panel-body"><ul>${WORDS.unknown_list.split('\n').map((line) => html`<li>${line}</li>`)}</ul></div><//>
    <${Looked} looked=${own.looked} />
    ${course && html`<${Say} statements=${own.statements} renew=${renew} />`}
    ${own.may_change_opt_out && html`<${OptOut} opted_out=${own.opted_out} renew=${renew} />`}`;
}

/** Where things stand, in a sentence or two. */
function Standing({ own }) {
  if (own.opted_out) return html`<p>${own.may_change_opt_out ? WORDS.opted_out : WORDS.opted_out_elsewhere}</p>`;
  if (!own.course) return html`<p>${WORDS.nothing}</p>`;
  return html`<p>${own.alert ? WORDS.alerts[own.alert.state] : WORDS.no_alert}</p>
    ${own.score && html`<p>${WORDS.score(percent(own.score.score), TEXTS.bands[own.score.band])}</p>`}
    ${own.scored && !own.score && html`<p>${WORDS.score_hidden}</p>`}
    ${!own.scored && html`<p>${WORDS.not_scored}</p>`}`;
}

function Known({ own }) {
  const timeline = { days: own.days, hand_ins: own.hand_ins, alerts: [] };
  const active = own.last_active_ms === null ? WORDS.never : recently(own.last_active_ms, own.now_ms ?? Date.now());
  return html`<${Panel} title=${WORDS.known}><div class="panel-body">
    <p>${WORDS.last_active(active)}</p>
    ${
      own.reasons.length > 0 &&
      html`<p>${WORDS.reasons(dateTime(own.as_of_ms))}</p>
        <ul>${own.reasons.map((reason) => html`<li>${reasonText(reason)}</li>`)}</ul>`
    }
    <${Days} timeline=${timeline} course_id=${own.course.course_id} now_ms=${own.now_ms} course_days=${[]} />
  </div><//>`;
}

function Looked({ looked }) {
  return html`<${Panel} title=${WORDS.looked}><div class="panel-body">
    <p>${WORDS.looked_note}</p>
    ${
      looked.length === 0
        ? html`<p>${WORDS.nobody_looked}</p>`
        : html`<ul class="plain history">${looked.map((one) => html`<li><span class="note">${dateTime(one.at_ms)}</span> ${WORDS.looks[one.what](one.by)}</li>`)}</ul>`
    }
  </div><//>`;
}

function Say({ statements, renew }) {
  const [kind, setKind] = useState('');
  const [text, setText] = useState('');
  const [told, setTold] = useState('');
  const save = async (event) => {
    event.preventDefault();
    try {
      await send('me/statements', { kind, text: text.trim() });
      setKind('');
      setText('');
      setTold(WORDS.sent);
      renew();
    } catch (error) {
      setTold(WORDS.not_sent(error.body?.detail ?? reasonOf(error)));
    }
  };
  return html`<${Panel} title=${WORDS.say}>
    <form class="panel-body stacked" onSubmit=${save}>
      <p>${WORDS.say_note}</p>
      <label for="kind">${WORDS.about}</label>
      <select id="kind" required value=${kind} onChange=${(event) => setKind(event.target.value)}>
        <option value="">${WORDS.choose}</option>
        ${KINDS.map((one) => html`<option value=${one}>${WORDS.kinds[one]}</option>`)}
      </select>
      <label for="words">${WORDS.words}</label>
      <textarea id="words" rows="4" maxlength="2000" required=${kind !== 'help'} value=${text} onInput=${(event) => setText(event.target.value)}></textarea>
      <div class="actions"><button type="submit" class="main" disabled=${kind === ''}>${WORDS.send}</button></div>
      <p role="status">${told}</p>
    </form>
    ${statements.length > 0 && html`<div class="panel-body"><h3>${WORDS.said}</h3><ul class="plain history">${statements.map((one) => html`<${Said} key=${one.statement_id} said=${one} />`)}</ul></div>`}
  <//>`;
}

function Said({ said, children }) {
  return html`<li><span class="note">${dateTime(said.at_ms)} · ${WORDS.kinds[said.kind]}</span>
    ${said.text && html`<p class="written">${said.text}</p>`}
    <p class="note">${said.seen ? WORDS.seen(said.seen.by, dateTime(said.seen.at_ms)) : WORDS.unseen}</p>${children}</li>`;
}

function OptOut({ opted_out, renew }) {
  const [told, setTold] = useState('');
  const change = () =>
    send('me/opt-out', { opted_out: !opted_out }).then(renew, (error) =>
      setTold(WORDS.not_sent(error.body?.detail ?? reasonOf(error))),
    );
  return html`<${Panel} title=${WORDS.opt_out}><div class="panel-body">
    <p>${opted_out ? WORDS.opt_in_note : WORDS.opt_out_note}</p>
    <div class="actions"><button type="button" onClick=${change}>${opted_out ? WORDS.opt_in_button : WORDS.opt_out_button}</button></div>
    <p role="status">${told}</p>
  </div><//>`;
}

/** On the tutor's page of a student: what they said, and that somebody has read it. */
export function Statements({ user_id }) {
  const { data, reload } = useRead([[`students/${user_id}/statements`]]);
  const items = data?.[0].items ?? [];
  if (items.length === 0) return null;
  const seen = (said) => send(`statements/${said.statement_id}/seen`, {}).then(reload, reload);
  const button = (said) =>
    mayAct() && !said.seen && html`<button type="button" onClick=${() => seen(said)}>${WORDS.mark_seen}</button>`;
  return html`<${Panel} title=${WORDS.student_says}><div class="panel-body">
    <ul class="plain history">${items.map((said) => html`<${Said} key=${said.statement_id} said=${said}>${button(said)}<//>`)}</ul>
  </div><//>`;
}

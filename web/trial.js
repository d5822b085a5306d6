/** The fair trial of whether calling helps: what one could find, how far it is, and what it found. */
import { send, stopTrial } from './api.js';
import { number, percent } from './format.js';
import { mayRule } from './person.js';
import { TEXTS } from './texts.js';
import { Failure, html, Panel, reasonOf, useRead, useState, Waiting } from './ui.js';

const WEEKS = 10;
const WEEKS_MAX = 52;

export function Trial() {
  const [weeks, setWeeks] = useState(WEEKS);
  const [failed, setFailed] = useState('');
  const { data, error, reload } = useRead([['trial', { weeks }]]);
  // Who sees a part of the site starts no trial of it.
  if (error?.status === 403) return null;
  if (error) return html`<${Failure} error=${error} retry=${reload} />`;
  if (!data) return html`<${Waiting} />`;
  const [state] = data;
  const act = async (work) => {
    setFailed('');
    try {
      await work();
      reload();
    } catch (failure) {
      setFailed(failure.body?.detail ?? reasonOf(failure));
    }
  };
  const words = TEXTS.trial;
  const running = state.word === 'running';
  const start = (event) => {
    event.preventDefault();
    act(() => send('trial', { weeks }));
  };
  return html`<${Panel} id="trial" title=${words.title}>
    <div class="panel-body">
      <p>${words.what}</p>
      ${state.trial && html`<${State} state=${state} />`}
      ${!running && html`<${Power} power=${state.power} weeks=${weeks} />`}
      <p role="alert">${failed}</p>
      ${
        mayRule() &&
        (running
          ? html`<button type="button" onClick=${() => act(stopTrial)}>${words.stop}</button> <span class="note">${words.stop_note}</span>`
          : html`<form class="what-if" onSubmit=${start}>
            <label for="trial-weeks">${words.weeks}</label>
            <input id="trial-weeks" type="number" min="1" max=${WEEKS_MAX} required value=${weeks}
              onChange=${(event) => event.target.checkValidity() && setWeeks(Number(event.target.value))} />
            ${
              state.power.base === null &&
              html`<label class="choice"><input id="trial-anyway" type="checkbox" required /> ${words.anyway}</label>`
            }
            <button type="submit">${words.start}</button>
          </form>`)
      }
    </div>
  <//>`;
}

const points = (share) => number(Math.round(share * 1000) / 10);

function Power({ power, weeks }) {
  const words = TEXTS.trial;
  const { base, a_week, past_weeks, smallest, weeks_for_ten_points } = power;
  if (base === null) return html`<p class="note">${words.no_past}</p>`;
  return html`<ul class="plain">
    <li>${words.past(number(past_weeks), number(Math.round(a_week * 10) / 10), percent(base))}</li>
    <li>${smallest === null ? words.shows_nothing(number(weeks)) : words.shows(number(weeks), points(smallest))}</li>
    <li>${weeks_for_ten_points === null ? words.ten_never : words.ten(number(weeks_for_ten_points))}</li>
  </ul>`;
}

function State({ state }) {
  const { trial, now, later, result, word } = state;
  const words = TEXTS.trial;
  return html`<p>${words.drawn(number(trial.drawn.length), number(trial.weeks), number(now.drawn), number(later.drawn))}</p>
    ${word === 'running' && html`<p>${words.known(number(now.known + later.known))}</p>`}
    ${result && html`<p><strong>${words.found(points(result.difference), points(result.low), points(result.high))}</strong></p>`}
    <p>${words.word[word]}</p>
    <p class="note">${words.seed(trial.seed)}</p>`;
}

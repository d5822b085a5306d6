/** The frame: bar, notices, the page that the address names, and what is said about what was done. */
import { ClickStreamAnalysis, PredictiveAnalytics } from './analytics.js';
import { AtRisk } from './at-risk.js';
import { Conflict } from './conflict.js';
import { Contacts } from './contacts.js';
import { CoursePage, Courses } from './courses.js';
import { dateTime, number, recently, useZone } from './format.js';
import { Me } from './me.js';
import { Menu } from './menu.js';
import { ModelPage } from './model.js';
import { myName, setMyName, useSession } from './person.js';
import { PrintFoot } from './print.js';
import { SignIn, SignOut } from './sign-in.js';
import { Student } from './student.js';
import { SystemPage } from './system.js';
import { CODE, chooseLanguage, TEXTS } from './texts.js';
import { ThisWeek } from './this-week.js';
import { Failure, html, render, Title, useCallback, useEffect, useRead, useRef, useState, Waiting } from './ui.js';
import { WhatIf } from './what-if.js';

const TOAST_MS = 10_000;
const HOUR_MS = 3_600_000;
/** A tick comes each day; half a day late is late. */
const TICK_LATE_MS = 36 * HOUR_MS;
/** A site at rest for a night is no fault; a store's clock that stands that long behind the machine's is. */
const CLOCK_LATE_MS = 12 * HOUR_MS;

const PAGES = [
  { path: '/', name: 'week', page: ThisWeek },
  { path: '/at-risk', name: 'at_risk', page: AtRisk },
  { path: '/contacts', name: 'contacts', page: Contacts },
  { path: '/courses', name: 'courses', page: Courses },
  { path: '/analytics', name: 'predictive', page: PredictiveAnalytics },
  { path: '/clicks', name: 'clicks', page: ClickStreamAnalysis },
  { path: '/model', name: 'model', page: ModelPage },
  { path: '/what-if', name: 'what_if', page: WhatIf },
  { path: '/system', name: 'system', page: SystemPage },
];
const DETAILS = [
  { pattern: /^\/students\/(-?\d+)$/, name: 'at_risk', page: Student },
  { pattern: /^\/courses\/(-?\d+)$/, name: 'courses', page: CoursePage },
];

/** The page of an address, and the number in it; one that says so where there is none. */
function pageAt(pathname) {
  const page = PAGES.find(({ path }) => path === pathname);
  if (page) return { ...page, id: null };
  const detail = DETAILS.find(({ pattern }) => pattern.test(pathname));
  return detail ? { ...detail, id: Number(detail.pattern.exec(pathname)[1]) } : { name: null, page: Nowhere, id: null };
}

function Nowhere() {
  return html`<${Title} title=${TEXTS.nowhere} />
    <div class="panel message"><p>${TEXTS.nowhere_why} <a href="/">${TEXTS.nav.week}</a></p></div>`;
}

/** The address is the page's state: links go through here, back and forward too. */
function useAddress() {
  const [address, setAddress] = useState(location.pathname + location.search);
  const go = useCallback((to, { replace = false, state = null } = {}) => {
    history[replace ? 'replaceState' : 'pushState'](state, '', to);
    setAddress(to);
  }, []);
  useEffect(() => {
    const moved = () => setAddress(location.pathname + location.search);
    const clicked = (event) => {
      const link = event.target.closest?.('a[href^="/"]');
      const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
      if (!link || !plain || link.target || link.hasAttribute('data-plain')) return;
      event.preventDefault();
      go(link.getAttribute('href'));
      scrollTo(0, 0);
      document.getElementById('main').focus();
    };
    addEventListener('popstate', moved);
    document.addEventListener('click', clicked);
    return () => {
      removeEventListener('popstate', moved);
      document.removeEventListener('click', clicked);
    };
  }, [go]);
  return [new URL(address, location.origin), go];
}

/** What was done, said once, with the way back where there is one, and what somebody else did first. */
function useSaid() {
  const [toast, setToast] = useState({ text: '', undo: null });
  const [conflict, setConflict] = useState(null);
  const say = useCallback((text, undo = null) => setToast({ text, undo }), []);
  return { toast, conflict, said: { toast: say, conflict: setConflict } };
}

/** Goes after a while, but not from under a pointer or the focus. */
function Toast({ toast, close }) {
  const { text, undo } = toast;
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (text === '' || held) return undefined;
    const timer = setTimeout(close, TOAST_MS);
    return () => clearTimeout(timer);
  }, [toast, held]);
  const back = () => {
    close();
    setHeld(false);
    document.getElementById('main').focus();
    undo();
  };
  const [hold, release] = [() => setHeld(true), () => setHeld(false)];
  return html`<div id="toast" class="toast" role="status" hidden=${text === ''} onMouseEnter=${hold} onMouseLeave=${release} onFocusIn=${hold} onFocusOut=${release}>
    ${text}${undo && html` <button type="button" onClick=${back}>${TEXTS.undo}</button>`}
  </div>`;
}

/** Silence of the source is not silence of the students: said above all else. */
function noticesOf({ clock, model, data }) {
  const { kind, now_ms, last_tick_ms } = clock;
  const texts = [];
  if (now_ms === null) texts.push(TEXTS.no_data);
  else if (kind === 'wall') {
    const is_late = Date.now() - now_ms > CLOCK_LATE_MS || (last_tick_ms !== null && Date.now() - last_tick_ms > TICK_LATE_MS);
    if (is_late) texts.push(TEXTS.stale(dateTime(last_tick_ms ?? now_ms), dateTime(now_ms)));
  }
  if (data.suspect !== null) texts.push(suspectText(data));
  if (model.method === 'heuristic') texts.push(TEXTS.heuristic);
  return texts;
}

/** In the reader's language where the figures are known, else as the service says it. */
function suspectText({ suspect, doubt, alerts_held, remedy }) {
  const say = doubt && TEXTS.doubts[doubt.sign];
  if (!say) return TEXTS.suspect(suspect, alerts_held, remedy);
  const shown = Object.fromEntries(Object.entries(doubt.figures).map(([name, value]) => [name, number(value)]));
  return TEXTS.suspect(say(shown), alerts_held, TEXTS.remedy);
}

function Freshness({ summary: { clock, next_tick_ms } }) {
  const { kind, now_ms, last_tick_ms } = clock;
  const now = now_ms ?? Date.now();
  return html`<p id="freshness" class="note">
    <span>${last_tick_ms === null ? TEXTS.not_yet_scored : TEXTS.scored(recently(last_tick_ms, now), recently(now, now))}</span>
    ${kind === 'event' && now_ms !== null && html`<span>${TEXTS.recorded(dateTime(now_ms))}</span>`}
    ${kind === 'wall' && next_tick_ms !== null && html`<span>${TEXTS.next(recently(next_tick_ms, now))}</span>`}
  </p>`;
}

/** Who sees a part of the site has no panels of the whole. */
const WHOLE_SITE = ['predictive', 'clicks', 'what_if'];

function Bar({ current, site, session, stranger, go }) {
  const find = useRef(null);
  useEffect(() => {
    const typed = (event) => {
      if (event.key !== '/' || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
      event.preventDefault();
      find.current.focus();
    };
    addEventListener('keydown', typed);
    return () => removeEventListener('keydown', typed);
  }, []);
  const search = (event) => {
    event.preventDefault();
    go(`/at-risk?band=all&text=${encodeURIComponent(find.current.value.trim())}`);
  };
  return html`<header class="bar">
    <img src="/icon.svg" alt="" width="24" height="24" />
    <a class="brand" href="/">Holdfast</a>
    <span id="site" class="site" title=${site}>${site}</span>
    <${Menu} pages=${PAGES.filter(({ name }) => session?.whole_site !== false || !WHOLE_SITE.includes(name))} current=${current} />
    <form role="search" class="find" onSubmit=${search}>
      <input ref=${find} id="find" type="search" aria-label=${TEXTS.find} placeholder=${`${TEXTS.find}  /`} maxlength="200" />
    </form>
    <${Reader} session=${session} stranger=${stranger} />
  </header>`;
}

/** Whose name goes on what is done here, and in which language the page speaks. */
function Reader({ session, stranger }) {
  const is_known = session?.access === 'keys';
  const [name, setName] = useState(myName());
  const kept = (event) => {
    setMyName(event.target.value);
    setName(myName());
  };
  return html`<details class="reader">
    <summary>${stranger ? TEXTS.language : is_known ? session.name : name || TEXTS.who_are_you}</summary>
    <div class="menu">
      ${
        is_known
          ? html`<${SignOut} />`
          : !stranger &&
            html`<label for="my-name">${TEXTS.my_name}</label>
      <input id="my-name" value=${name} maxlength="200" onChange=${kept} />
      <p class="note">${TEXTS.my_name_note}</p>`
      }
      <label for="language">${TEXTS.language}</label>
      <select id="language" onChange=${(event) => chooseLanguage(event.target.value)}>
        <option value="en" selected=${CODE === 'en'}>English</option>
        <option value="de" selected=${CODE === 'de'}>Deutsch</option>
      </select>
      <a href="/docs" data-plain>${TEXTS.interface}</a>
    </div>
  </details>`;
}

function App() {
  const [url, go] = useAddress();
  const { toast, conflict, said } = useSaid();
  const { data, error, reload } = useRead([['summary'], ['session']]);
  const { page: Page, name, id } = pageAt(url.pathname);
  const [summary, session] = data ?? [];
  if (session) useSession(session);
  const stranger = error?.status === 401;
  if (summary) useZone(summary.time_zone);
  const close = () => said.conflict(null);
  const quiet = useCallback(() => said.toast(''), []);
  return html`
    <a class="skip" href="#main">${TEXTS.skip}</a>
    <${Bar} current=${name} site=${summary?.site ?? ''} session=${session} stranger=${stranger} go=${go} />
    <main id="main" tabindex="-1">
      <div id="notices" aria-live="polite">
        ${conflict && html`<${Conflict} conflict=${conflict} close=${close} />`}
        ${summary && noticesOf(summary).map((text) => html`<p class="notice">${text}</p>`)}
      </div>
      ${stranger && html`<${SignIn} entered=${reload} />`}
      ${error && !stranger && html`<h1 class="unseen">Holdfast</h1><${Failure} error=${error} retry=${reload} />`}
      ${!summary && !error && html`<${Waiting} />`}
      ${
        summary &&
        html`<${Page} key=${`${name} ${id}`} id=${id} url=${url} go=${go} summary=${summary} said=${said} changed=${reload}
          freshness=${html`<${Freshness} summary=${summary} />`} />`
      }
    </main>
    <${Toast} toast=${toast} close=${quiet} />
    <${PrintFoot} />`;
}

document.documentElement.lang = CODE;
// Students have a page of their own: nothing around it asks for what they may not see.
render(location.pathname === '/me' ? html`<${Me} />` : html`<${App} />`, document.getElementById('page'));

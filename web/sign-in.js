/** The way in where the service asks who is there: an account of the university or a key, given once; and the way out. */
import { leave, read, send } from './api.js';
import { TEXTS } from './texts.js';
import { html, reasonOf, Title, useEffect, useRef, useState } from './ui.js';

/** `entered` is called when the session is open. */
export function SignIn({ entered }) {
  const key = useRef(null);
  const [wrong, setWrong] = useState('');
  const [accounts, setAccounts] = useState(false);
  useEffect(() => {
    read('session').then(
      (session) => setAccounts(session.accounts),
      () => setAccounts(false),
    );
  }, []);
  const tried = async (event) => {
    event.preventDefault();
    setWrong('');
    try {
      await send('session', { key: key.current.value.trim() });
      entered();
    } catch (error) {
      setWrong(error.status === 401 ? TEXTS.no_such_key : reasonOf(error));
      key.current.focus();
    }
  };
  return html`<${Title} title=${TEXTS.sign_in} />
    ${accounts && html`<${Account} />`}
    <form class="panel panel-body sign-in" onSubmit=${tried}>
      <label for="key">${TEXTS.key}</label>
      <input ref=${key} id="key" type="password" autocomplete="current-password" required maxlength="200" spellcheck=${false} />
      <p class="note">${TEXTS.key_note}</p>
      <p role="alert">${wrong}</p>
      <button type="submit" class="main">${TEXTS.sign_in}</button>
    </form>`;
}

/** The provider's page answers there, so this is no link of ours: `data-plain`. */
function Account() {
  const refused = new URLSearchParams(location.search).get('refused');
  const to = refused === null ? location.pathname + location.search : '/';
  return html`<section class="panel panel-body sign-in">
    <p role="alert">${refused !== null && (TEXTS.refused[refused] ?? TEXTS.refused.provider)}</p>
    <a class="button" data-plain href=${`/auth/login?to=${encodeURIComponent(to)}`}>${TEXTS.sign_in_account}</a>
  </section>`;
}

/** `to`: where somebody who is signed out is told what to do. */
export function SignOut({ to = '/' }) {
  const act = () => leave().then(() => location.assign(to));
  return html`<button type="button" onClick=${act}>${TEXTS.sign_out}</button>`;
}

/** The way in where the service asks who is there: a key, given once; and the way out. */
import { leave, send } from './api.js';
import { TEXTS } from './texts.js';
import { html, reasonOf, Title, useRef, useState } from './ui.js';

/** `entered` is called when the session is open. */
export function SignIn({ entered }) {
  const key = useRef(null);
  const [wrong, setWrong] = useState('');
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
    <form class="panel panel-body sign-in" onSubmit=${tried}>
      <label for="key">${TEXTS.key}</label>
      <input ref=${key} id="key" type="password" autocomplete="current-password" required maxlength="200" spellcheck=${false} />
      <p class="note">${TEXTS.key_note}</p>
      <p role="alert">${wrong}</p>
      <button type="submit" class="primary">${TEXTS.sign_in}</button>
    </form>`;
}

export function SignOut() {
  const act = () => leave().then(() => location.assign('/'));
  return html`<button type="button" onClick=${act}>${TEXTS.sign_out}</button>`;
}

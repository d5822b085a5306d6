/** The pages by name: those that fit in the bar, the others behind a button; on a narrow screen all of them behind it. */
import { TEXTS } from './texts.js';
import { html, useEffect, useRef } from './ui.js';

export function Menu({ pages, current }) {
  const fold = useRef(null);
  const close = () => {
    fold.current.open = false;
  };
  useEffect(() => {
    const outside = (event) => !fold.current.contains(event.target) && close();
    document.addEventListener('click', outside);
    return () => document.removeEventListener('click', outside);
  }, []);
  const typed = (event) => {
    if (event.key !== 'Escape' || !fold.current.open) return;
    close();
    fold.current.querySelector('summary').focus();
  };
  const links = pages.map(
    ({ path, name }) => html`<a href=${path} aria-current=${name === current ? 'page' : null}>${TEXTS.nav[name]}</a>`,
  );
  return html`<nav aria-label=${TEXTS.pages}>
    ${links}
    <details ref=${fold} class="fold" onClick=${(event) => event.target.closest('a') && close()} onKeyDown=${typed}>
      <summary><span class="some">${TEXTS.more_pages}</span><span class="every">${TEXTS.menu}</span></summary>
      <div class="menu">${links}</div>
    </details>
  </nav>`;
}

/** The foot of each printed page: confidential, by whom and when, and what the list was filtered by. */
import { dateTime } from './format.js';
import { myName } from './person.js';
import { TEXTS } from './texts.js';
import { html, useEffect, useRef } from './ui.js';

export function PrintFoot() {
  const foot = useRef(null);
  useEffect(() => {
    const sheet = new CSSStyleSheet();
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    // Written at once: paper does not wait for the next drawing of the page.
    const say = () => {
      const printed = TEXTS.printed(myName() || TEXTS.somebody, dateTime(Date.now()));
      const text = [printed, ...filtersThatHold()].join(' · ');
      foot.current.textContent = text;
      sheet.replaceSync(`@page { @bottom-left { content: "${asString(text)}"; font: 8pt system-ui; } }`);
      // Browsers that know no margins of pages print it once, at the end.
      foot.current.hidden = sheet.cssRules[0].cssRules?.length > 0;
    };
    const paper = matchMedia('print');
    paper.addEventListener('change', say);
    addEventListener('beforeprint', say);
    return () => {
      paper.removeEventListener('change', say);
      removeEventListener('beforeprint', say);
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    };
  }, []);
  return html`<footer ref=${foot} class="print-foot"></footer>`;
}

/** As CSS writes a string: a name of a course may hold quotes. */
const asString = (text) => text.replace(/[^\p{L}\p{N} .,:·-]/gu, (sign) => `\\${sign.codePointAt(0).toString(16)} `);

/** `Course: BIO 210`, as the fields above the list say it. */
function filtersThatHold() {
  return [...document.querySelectorAll('.filters > div:not(:has(#order))')].flatMap((field) => {
    const input = field.querySelector('select, input');
    if (!input || input.value === '') return [];
    const shown = input.selectedOptions?.[0]?.textContent ?? input.value;
    return [TEXTS.printed_filter(field.querySelector('label').textContent, shown)];
  });
}

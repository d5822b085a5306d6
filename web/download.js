/** A list as one file, all its pages together, as the service writes it: names that a spreadsheet would run as formulas are guarded there. */
import { TEXTS } from './texts.js';
import { html, useState } from './ui.js';

const ROWS_A_PAGE = 1000;
/** A file for a spreadsheet; who wants more asks the interface. */
const PAGES_MAX = 1000;

/** The button that hands a list over; what does not come is said. */
export function Download({ path, query, file, said }) {
  const [fetching, setFetching] = useState(false);
  const whole = async () => {
    setFetching(true);
    await downloadList(path, query, file).catch(() => said.toast(TEXTS.download_failed));
    setFetching(false);
  };
  return html`<button type="button" disabled=${fetching} onClick=${whole}>${TEXTS.download}</button>`;
}

/** A link cannot ask for CSV, since Accept is a header: so it is fetched and handed over. Rejects where a page does not come. */
async function downloadList(path, query, file) {
  const given = Object.entries({ ...query, limit: ROWS_A_PAGE }).filter(([, value]) => value !== '' && value !== undefined);
  const parts = [];
  let url = `/api/v1/${path}?${new URLSearchParams(given)}`;
  for (let page = 0; url !== null && page < PAGES_MAX; page++) {
    const response = await fetch(url, { headers: { accept: 'text/csv' } });
    if (!response.ok) throw new Error(String(response.status));
    const text = await response.text();
    parts.push(page === 0 ? text : withoutHead(text));
    url = /<([^<>]+)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1] ?? null;
  }
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob(parts, { type: 'text/csv' }));
  link.download = file;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** The head row has no line breaks inside. */
const withoutHead = (text) => text.slice(text.indexOf('\n') + 1);

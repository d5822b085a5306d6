/** What pages for people are made of: each stands alone, without a script, and reads well printed. */
const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --line: #8884; --ink: #1a5fb4; }
@media (prefers-color-scheme: dark) { :root { --ink: #78aeed; } }
body { max-width: 54rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .75rem; border-bottom: 1px solid var(--line); text-align: right; }
th:first-child, td:first-child { text-align: left; }
svg { width: 100%; height: auto; } svg text { fill: currentColor; font-size: 12px; }
svg .axis { stroke: currentColor; opacity: .4; } svg .series { stroke: var(--ink); fill: none; stroke-width: 2; }
svg .dashed { stroke-dasharray: 4 4; opacity: .6; } svg circle { fill: var(--ink); }
.scroll { overflow-x: auto; } figure { margin: 1rem 0; } figcaption { font-size: .9rem; opacity: .8; }
.warning { border-left: 4px solid #c64600; padding: .5rem 1rem; }
@media print { body { margin: 0; max-width: none; } section { break-inside: avoid; } }`;

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

export const figure = (value: number | null | undefined, decimals = 3): string =>
  value === null || value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(decimals);
export const percent = (share: number): string => (Number.isFinite(share) ? `${Math.round(share * 100)} %` : '–');

export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, values: readonly string[]) => values.map((v) => `<${tag}>${escaped(v)}</${tag}>`).join('');
  const body = rows.map((row) => `<tr>${cells('td', row)}</tr>`).join('');
  return `<div class="scroll"><table><thead><tr>${cells('th', headings)}</tr></thead><tbody>${body}</tbody></table></div>`;
}

export const section = (heading: string, html: string): string => `<section><h2>${escaped(heading)}</h2>${html}</section>`;
export const paragraph = (text: string): string => `<p>${escaped(text)}</p>`;

export const warning = (text: string): string => `<p class="warning"><strong>Read with care.</strong> ${escaped(text)}</p>`;
/** `html` is the picture. */
export const captioned = (html: string, caption: string): string =>
  `<figure>${html}<figcaption>${escaped(caption)}</figcaption></figure>`;

/** `parts` are HTML. */
export function page(title: string, parts: readonly string[]): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title><style>${STYLE}</style></head><body><h1>${escaped(title)}</h1>${parts.join('\n')}</body></html>\n`;
}

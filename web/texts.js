/** The words in the reader's language: as chosen on the page, else as the browser asks, else English. */
import { keep, kept } from './kept.js';

const KNOWN = ['en', 'de'];
const chosen = kept('language');
const asked = navigator.languages.map((language) => language.slice(0, 2)).find((language) => KNOWN.includes(language));

export const CODE = KNOWN.includes(chosen) ? chosen : (asked ?? 'en');
const words = CODE === 'de' ? await import('./texts.de.js') : await import('./texts.en.js');
export const { TEXTS } = words;
/** How numbers and dates are written: as the reader's own kind of the language does, en-US or de-AT, where the browser names one. */
export const LOCALE = navigator.languages.find((language) => language.slice(0, 2) === CODE) ?? words.LANGUAGE;

export function chooseLanguage(code) {
  keep('language', code);
  location.reload();
}

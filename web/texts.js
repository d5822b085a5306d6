/** The words in the reader's language: as chosen on the page, else as the browser asks, else English. */
import { keep, kept } from './kept.js';

const KNOWN = ['en', 'de'];
const chosen = kept('language');
const asked = navigator.languages.map((language) => language.slice(0, 2)).find((language) => KNOWN.includes(language));

export const CODE = KNOWN.includes(chosen) ? chosen : (asked ?? 'en');
const words = CODE === 'de' ? await import('./texts.de.js') : await import('./texts.en.js');
export const { TEXTS, LANGUAGE } = words;

export function chooseLanguage(code) {
  keep('language', code);
  location.reload();
}

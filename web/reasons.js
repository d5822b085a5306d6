/** A reason of a score in the reader's language. Those without figures, of scores from before, stay as the service said them. */
import { TEXTS } from './texts.js';

/** What is missing in a sentence would be seen as this. */
const BROKEN = /NaN|undefined|null/;

export function reasonText({ feature, value, beside, text }) {
  const say = TEXTS.reasons[feature];
  if (beside === undefined || say === undefined) return text;
  const said = say(value, beside);
  if (BROKEN.test(said)) return text;
  return beside.teaching_days ? TEXTS.in_teaching_days(said) : said;
}

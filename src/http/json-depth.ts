/** How deep JSON may be nested: what checks a body goes down into it step by step, and would find no end of a body made of brackets. */

/** Our deepest body has three levels. */
export const DEPTH_MAX = 32;

/** Of text that may be no JSON at all; brackets inside of strings do not count. */
export function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '"') i = endOfString(text, i + 1);
    else if (letter === '[' || letter === '{') {
      if (++depth > DEPTH_MAX) return true;
    } else if (letter === ']' || letter === '}') depth--;
  }
  return false;
}

/** Of the closing quote; the text's own where it is missing. */
function endOfString(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}

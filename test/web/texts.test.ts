/** The languages of the page say the same things. */
import { describe, expect, it } from '@jest/globals';

type Texts = { [name: string]: string | Texts | ((...values: unknown[]) => string) };

/** `figures.open_note/1`: a text that takes one value. */
function shape(texts: Texts, before = ''): string[] {
  return Object.entries(texts).flatMap(([name, text]) => {
    if (typeof text === 'function') return [`${before}${name}/${text.length}`];
    return typeof text === 'string' ? [`${before}${name}`] : shape(text, `${before}${name}.`);
  });
}

describe('the page in German', () => {
  it('has every text of the English one, with the same values in it', async () => {
    const [english, german] = (await Promise.all(['en', 'de'].map((code) => import(`../../web/texts.${code}.js`)))).map(
      ({ TEXTS }) => TEXTS as Texts,
    );
    expect(shape(german!).sort()).toEqual(shape(english!).sort());
    expect(shape(english!).length).toBeGreaterThan(150);
  });
});

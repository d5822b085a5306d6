/** The languages of the page say the same things. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { baseFeatures, cohortOf, completeFeatures, FEATURES } from '../../src/features/vector.js';
import { reasons } from '../../src/scoring/reasons.js';
import { SENTENCES } from '../../src/scoring/sentences.js';
import { anyHistory, runs } from '../features/histories.js';

type Texts = { [name: string]: string | Texts | ((...values: unknown[]) => string) };
type Said = Record<string, (value: number, beside: Record<string, number>) => string>;

/** `figures.open_note/1`: a text that takes one value. */
function shape(texts: Texts, before = ''): string[] {
  return Object.entries(texts).flatMap(([name, text]) => {
    if (typeof text === 'function') return [`${before}${name}/${text.length}`];
    return typeof text === 'string' ? [`${before}${name}`] : shape(text, `${before}${name}.`);
  });
}

const textsOf = async (code: string) => (await import(`../../web/texts.${code}.js`)).TEXTS as Texts;

const CUTOFF = 40;
const CODES = ['en', 'de'];

/** Any student of any small course, with contributions that make any reason strong. */
const anyReasons = fc
  .record({
    course: fc.array(anyHistory, { minLength: 1, maxLength: 5 }),
    parts: fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: FEATURES.length, maxLength: FEATURES.length }),
    breaks: fc.boolean(),
    alone: fc.boolean(),
  })
  .map(({ course, parts, breaks, alone }) => {
    const bases = course.map((history) => baseFeatures(history, CUTOFF));
    const cohort = alone ? null : cohortOf(3, CUTOFF, bases);
    return reasons(completeFeatures(bases[0]!, cohort), Float32Array.from(parts), cohort, breaks);
  });

describe('the page in German', () => {
  it('has every text of the English one, with the same values in it', async () => {
    const [english, german] = await Promise.all(CODES.map(textsOf));
    expect(shape(german!).sort()).toEqual(shape(english!).sort());
    expect(shape(english!).length).toBeGreaterThan(150);
  });
});

describe('the inputs that drift is told of', () => {
  it('have a name in each language, not that of the program', async () => {
    // @ts-expect-error A module of the page, without types.
    const { featureName } = await import('../../web/feature-names.js');
    for (const code of CODES) {
      const words = (await textsOf(code)).features;
      const bare = FEATURES.filter(({ idea }) => !['calendar', 'ahead', 'start'].includes(idea))
        .map(({ name }) => featureName(name, words) as string)
        .filter((said) => said.includes('_'));
      expect({ code, bare }).toEqual({ code, bare: [] });
    }
  });
});

describe('the reasons of a score', () => {
  it('have a sentence in each language for each feature that the service words', async () => {
    for (const code of CODES) {
      const said = (await textsOf(code)).reasons as Said;
      expect({ code, features: Object.keys(said).sort() }).toEqual({ code, features: Object.keys(SENTENCES).sort() });
    }
  });

  it('bring all figures of their sentence: in English it comes out again, and in German nothing is missing', async () => {
    const [english, german] = await Promise.all(CODES.map(textsOf));
    fc.assert(
      fc.property(anyReasons, (found) => {
        for (const { feature, value, beside, text } of found) {
          const said = (texts: Texts) => {
            const sentence = (texts.reasons as Said)[feature]!(value!, beside!);
            return beside!.teaching_days ? (texts.in_teaching_days as (text: string) => string)(sentence) : sentence;
          };
          expect(said(english!)).toBe(text);
          expect(said(german!)).not.toMatch(/NaN|undefined|null|\b(the|of|days?|course|median:) /);
          expect(said(german!)).not.toMatch(/\b1 (Tage|Tagen|Wochen|Aktivitäten|Sitzungen|Minuten)\b/);
        }
      }),
      runs(300),
    );
  });
});

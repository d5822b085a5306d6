/**
 * Prometheus's text format 0.0.4, read strictly: a line that is none of it is a fault, and never a figure left out.
 *
 *     holdfast_outbox_entries{sink="kafka"} 12        → { name: 'holdfast_outbox_entries', labels: { sink: 'kafka' }, value: 12 }
 */
export interface Sample {
  name: string;
  labels: Readonly<Record<string, string>>;
  value: number;
}

/** What was answered is no text of Prometheus. */
export class NoExposition extends Error {
  override readonly name = 'NoExposition';
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
/** The last of a line: the figure, and when it was taken. */
const FIGURE = /^[ \t]*(\S+)(?:[ \t]+-?\d+)?[ \t]*$/;
/** One label with the comma behind it; the last one may have one too. */
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)/sy;
const NUMBER = /^[+-]?(\d+(?:\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const WORDS = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['infinity', Number.POSITIVE_INFINITY],
]);
const ESCAPED: Record<string, string> = { n: '\n', '"': '"', '\\': '\\' };

export class Exposition {
  readonly #samples = new Map<string, Sample[]>();

  /** Throws `NoExposition`. */
  constructor(text: string) {
    for (const [i, line] of text.split('\n').entries()) {
      if (line.trim() === '' || line.startsWith('#')) continue;
      const sample = sampleOf(line);
      if (sample === null) throw new NoExposition(`line ${i + 1} is no figure`);
      const others = this.#samples.get(sample.name);
      if (others) others.push(sample);
      else this.#samples.set(sample.name, [sample]);
    }
  }

  get names(): string[] {
    return [...this.#samples.keys()];
  }

  all(name: string): readonly Sample[] {
    return this.#samples.get(name) ?? [];
  }

  /** Of a figure without labels; null = there is none. */
  one(name: string): number | null {
    return this.all(name).find(({ labels }) => Object.keys(labels).length === 0)?.value ?? null;
  }
}

function sampleOf(line: string): Sample | null {
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return null;
  const rest = line.slice(name.length).trimStart();
  // A label's value may hold any letter, braces and line ends of other systems too; a figure holds no brace.
  const end = rest.startsWith('{') ? rest.lastIndexOf('}') : 0;
  const number = FIGURE.exec(rest.slice(end > 0 ? end + 1 : 0))?.[1];
  if (end < 0 || number === undefined) return null;
  const labels = labelsOf(end > 0 ? rest.slice(1, end) : '');
  const value = numberOf(number);
  return labels === null || value === null ? null : { name, labels, value };
}

function labelsOf(text: string): Record<string, string> | null {
  const labels: [string, string][] = [];
  for (LABEL.lastIndex = 0; LABEL.lastIndex < text.length; ) {
    if (text.slice(LABEL.lastIndex).trim() === '') break;
    const [, name, value] = LABEL.exec(text) ?? [];
    if (name === undefined || value === undefined) return null;
    labels.push([name, value.replace(/\\(.)/gs, (whole, letter: string) => ESCAPED[letter] ?? whole)]);
  }
  return Object.fromEntries(labels);
}

function numberOf(text: string): number | null {
  if (NUMBER.test(text)) return Number(text);
  const word = WORDS.get(text.replace(/^[+-]/, '').toLowerCase());
  return word === undefined ? null : text.startsWith('-') ? -word : word;
}

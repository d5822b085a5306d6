/** What an input of the model is called, made of its parts: there are two hundred, and most differ by their window alone. */

/** `words`: the language's `features`. What is not known keeps its name. */
export function featureName(name, words) {
  const { stems } = words;
  if (stems[name]) return stems[name];
  for (const [pattern, say] of FORMS) {
    const [, stem, n] = pattern.exec(name) ?? [];
    const known = stem === undefined ? null : NESTED.has(say) ? featureName(stem, words) : stems[stem];
    if (known) return words[say](known, n);
  }
  return name;
}

/** What stands before says it of another input, not of a stem. */
const NESTED = new Set(['against', 'rank', 'rank_change']);

/** The first that fits. */
const FORMS = [
  [/^z_(.+)$/, 'against'],
  [/^rank_change_(.+)$/, 'rank_change'],
  [/^rank_(.+)$/, 'rank'],
  [/^days_since_(.+)$/, 'since'],
  [/^(.+)_decayed_(\d+)$/, 'decayed'],
  [/^(.+)_week_(\d+)$/, 'in_week'],
  [/^(.+)_days_(\d+)$/, 'days_with'],
  [/^(.+)_(\d+)$/, 'last'],
  [/^(.+)_per_week$/, 'per_week'],
  [/^(.+)_all$/, 'so_far'],
];

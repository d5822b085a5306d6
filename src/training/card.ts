/** The model's card: what a person should know before trusting it. Numbers come from the run that made it. */
import type { ModelManifest } from '../ports.js';

const METRICS: readonly [string, string][] = [
  ['rows', 'rows'],
  ['base_rate', 'base rate'],
  ['auc', 'AUC'],
  ['average_precision', 'average precision'],
  ['brier', 'Brier'],
  ['ece', 'calibration error'],
  ['precision_at_threshold', 'precision > 0.7'],
  ['recall_at_threshold', 'recall > 0.7'],
  ['precision_top15', 'precision top 15 %'],
  ['recall_top15', 'recall top 15 %'],
];

const shown = (value: number | null | undefined, name: string): string => {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  return name === 'rows' ? String(value) : value.toFixed(name === 'brier' || name === 'ece' ? 4 : 3);
};

/** `metrics` keys are `head` (pooled) and `head @ presentation`. */
function metricsTable(manifest: ModelManifest): string {
  const head = `| head, tested on | ${METRICS.map(([, title]) => title).join(' | ')} |`;
  const line = `| --- |${' ---: |'.repeat(METRICS.length)}`;
  const rows = Object.entries(manifest.metrics).map(
    ([name, values]) => `| ${name} | ${METRICS.map(([metric]) => shown(values[metric], metric)).join(' | ')} |`,
  );
  return [head, line, ...rows].join('\n');
}

/** How log-odds become probabilities; nothing for a manifest that does not say. */
function calibrationPart({ calibration }: ModelManifest): string {
  if (calibration === undefined) return '';
  const rows = Object.entries(calibration).map(([head, { kept, log_loss }]) => {
    const figures =
      log_loss === null ? ['–', '–', '–'] : [log_loss.platt, log_loss.isotonic, log_loss.error].map((n) => n.toFixed(5));
    return `| ${head} | ${kept === 'platt' ? "Platt's" : kept} | ${figures.join(' | ')} |`;
  });
  return `## Calibration

Log-odds become probabilities by Platt's correction, or by an isotonic one where that has the lower log loss, by more than twice
the standard error of the difference, on students of the training data that neither was fitted on.

| head | kept | log loss, Platt's | log loss, isotonic | standard error of the difference |
| --- | --- | ---: | ---: | ---: |
${rows.join('\n')}

`;
}

export function cardOf(manifest: ModelManifest, command: string): string {
  const { data } = manifest;
  const positives = Object.entries(data.positives).map(([head, count]) => `${head} ${count}`);
  return `# ${manifest.version}

${manifest.kind}, one head for each target, made ${manifest.created}. It tells how likely a student is to stop taking part in the
next 28 days; a person decides what that means.

- Alerts come from \`${manifest.target}\`, the early list from \`disengagement\` (students active in the last 14 days).
- Made by: \`${command}\` (seed ${manifest.seed}). The same data and seed give the same weights to the byte.
- Feature schema: \`${manifest.feature_schema}\`; a version of Holdfast that computes other features refuses this model.

## Data

${data.name}: ${data.enrolments} enrolments, ${data.rows} rows (an enrolment at a landmark day). Positives: ${positives.join(', ')}.

${manifest.attribution}. The weights in this folder are derived from it; pass them on with this attribution.

## How good it is

Each presentation was predicted by a model that was made without it, by the same steps (scaling and calibration included),
and without students who are also in the training part. \`head @ presentation\` is one of these, \`head\` all of them together.
The interval of the pooled AUC (95 %, over students) is in the manifest.

${metricsTable(manifest)}

${calibrationPart(manifest)}## Limits

${manifest.limits.map((limit) => `- ${limit}`).join('\n')}
`;
}

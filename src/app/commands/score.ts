import { Command } from 'commander';
import { openService } from '../service.js';
import { type CommonOptions, configOf, parseTime, print, say, when, withCommonOptions } from './context.js';

export function scoreCommand(): Command {
  return withCommonOptions(new Command('score'))
    .description('run the scheduled scoring once, now or as of a past time')
    .option('--as-of <time>', 'as of this time (ISO 8601 with zone): adds missing scores, never touches alerts')
    .action(score);
}

async function score(options: CommonOptions & { asOf?: string }): Promise<void> {
  const as_of_ms = options.asOf === undefined ? undefined : parseTime(options.asOf);
  const service = await openService(configOf(options), { clock: null });
  try {
    if (service.pipeline.clock.now_ms === null)
      throw new Error('The store holds no activity yet. Read some first: npx holdfast replay FILE');
    const run = await service.pipeline.score(as_of_ms === undefined ? 'tick' : 'past', as_of_ms ?? service.pipeline.now_ms());
    if (options.json) await print(`${JSON.stringify(run)}\n`);
    const { why_not, version } = service.model.word;
    if (why_not) say(options, `No model: ${why_not} Scores are heuristic.`);
    say(
      options,
      `${run.scored} enrolments scored as of ${when(run.as_of_ms)} by ${version}: ${run.at_risk} above the threshold, ${run.opened} alerts opened, ${run.resolved} closed.`,
    );
    for (const [why, n] of Object.entries(run.not_scored)) say(options, `  ${n} not scored: ${why}`);
  } finally {
    await service.close();
  }
}

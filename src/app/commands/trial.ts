/** `trial`: whether calling helps, found out fairly. */
import { Command } from 'commander';
import { type Power, TrialRefused, type TrialState, WEEKS_MAX } from '../../pipeline/trials.js';
import { named } from '../../ports.js';
import { openService, type Service } from '../service.js';
import { type CommonOptions, configOf, print, say, UsageError, withCommonOptions } from './context.js';

interface WeeksOptions extends CommonOptions {
  weeks: number;
}

const HELP = `
Each week, of those on the early list, half is drawn at random within each course to be called that week, and half the next. Everybody is called. Compared
is who was active again within 7 days of the draw, by what was drawn and not by who was called, so call whom you must at any time.

  npx holdfast trial power --weeks 10      # before: what so many weeks can find
  npx holdfast trial start --weeks 10      # with the service stopped; else on the page What if
  npx holdfast trial status
`;

export function trialCommand(): Command {
  const weeks = (command: Command, needed: boolean) =>
    needed
      ? command.requiredOption('--weeks <number>', 'weeks in which students are drawn', parseWeeks)
      : command.option('--weeks <number>', 'weeks in which students are drawn', parseWeeks, 10);
  const command = new Command('trial').description('a fair trial of whether calling helps').addHelpText('after', HELP);
  const child = (name: string, description: string) => withCommonOptions(new Command(name)).description(description);
  command.addCommand(weeks(child('power', 'what a trial of so many weeks can find'), false).action(power));
  command.addCommand(weeks(child('start', 'start one; the power is said first'), true).action(start));
  command.addCommand(child('status', 'how far it is, and its result at the end').action(status));
  command.addCommand(child('stop', 'end it early: it then has no result').action(stop));
  return command;
}

async function power(options: WeeksOptions): Promise<void> {
  await withService(options, 'read', async ({ trials }) => {
    const found = await trials.power(options.weeks);
    await print(options.json ? `${JSON.stringify(found)}\n` : powerText(found, options.weeks));
  });
}

async function start(options: WeeksOptions): Promise<void> {
  await withService(options, 'own', async ({ trials }) => {
    const before = await trials.power(options.weeks);
    if (!options.json) await print(powerText(before, options.weeks));
    const trial = await trials.start(options.weeks, named('command'));
    await trials.look();
    if (options.json) await print(`${JSON.stringify({ ...trial, power: before })}\n`);
    say(options, `Started. The seed ${trial.seed} is kept: with it anybody can draw again.`);
  });
}

async function status(options: CommonOptions): Promise<void> {
  await withService(options, 'read', async ({ trials }) => {
    const state = await trials.state();
    await print(options.json ? `${JSON.stringify(state)}\n` : `${statusText(state)}\n`);
  });
}

async function stop(options: CommonOptions): Promise<void> {
  await withService(options, 'own', async ({ trials }) => {
    const trial = await trials.stop(named('command'));
    if (options.json) await print(`${JSON.stringify(trial)}\n`);
    say(options, 'Stopped. It has no result: who stops when they like what they see finds what they like.');
  });
}

async function withService(
  options: CommonOptions,
  mode: 'own' | 'read',
  act: (service: Service) => Promise<void>,
): Promise<void> {
  const service = await openService(configOf(options), { mode, clock: null });
  try {
    await act(service);
  } catch (error) {
    throw error instanceof TrialRefused ? new UsageError(error.message) : error;
  } finally {
    await service.close();
  }
}

const points = (share: number): string => `${(100 * share).toFixed(1)} points`;

function powerText({ base, a_week, past_weeks, smallest, weeks_for_ten_points }: Power, weeks: number): string {
  if (base === null)
    return 'No past list is known yet, so nobody can say what a trial would find: ask again after three weeks of scoring.\n';
  const lines = [
    `On the lists of ${past_weeks} past weeks were ${a_week.toFixed(1)} students a week; ${Math.round(100 * base)} % were active again within 7 days.`,
    smallest === null
      ? `${weeks} weeks would show no difference at all.`
      : `${weeks} weeks show a difference of ${points(smallest)} or more 80 times of 100; a smaller one more rarely.`,
    weeks_for_ten_points === null ? 'Ten points cannot be reached from there.' : `Ten points need ${weeks_for_ten_points} weeks.`,
  ];
  return `${lines.join('\n')}\n`;
}

function statusText({ trial, now, later, result, word }: TrialState): string {
  if (trial === null) return 'No trial was ever started. What one could find: holdfast trial power';
  const drawn = `${trial.drawn.length} of ${trial.weeks} weeks are drawn: ${now.drawn} students to be called at once, ${later.drawn} a week later.`;
  if (word === 'running')
    return `${drawn}\nOf ${now.known + later.known} it is known by now whether they were active again. The result is told at the end.`;
  if (word === 'stopped') return `${drawn}\nIt was stopped before its end, and has no result.`;
  if (result === null) return `${drawn}\nCannot be told: nobody can be compared.`;
  const found = `Active again within 7 days, called at once less called a week later: ${points(result.difference)} (95 %: ${points(result.low)} to ${points(result.high)}).`;
  const last = { more: 'Calling brought back more of them.', fewer: 'Calling brought back fewer of them.' } as Record<
    string,
    string
  >;
  return `${drawn}\n${found}\n${last[word] ?? 'Whether calling helps cannot be told from this: the interval holds zero, or too few were drawn.'}`;
}

function parseWeeks(text: string): number {
  const weeks = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (weeks < 1 || weeks > WEEKS_MAX) throw new UsageError(`--weeks is a whole number from 1 to ${WEEKS_MAX}`);
  return weeks;
}

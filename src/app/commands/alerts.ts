import { Command, Option } from 'commander';
import { type Alert, PERSON_OUTCOMES, type PersonOutcome } from '../../domain.js';
import type { AlertPatch } from '../../pipeline/alert-patch.js';
import { named } from '../../ports.js';
import { openService } from '../service.js';
import { type CommonOptions, configOf, parseTime, print, say, when, withCommonOptions } from './context.js';

/** Who acts when nobody has signed in. */
const ACTOR = 'local';

export function alertsCommand(): Command {
  const command = new Command('alerts').description('list alerts, and say what is done about them');
  withCommonOptions(command.command('list', { isDefault: true }).description('alerts that somebody should look at'))
    .option('--all', 'resolved and expired ones too')
    .action(list);
  withCommonOptions(command.command('acknowledge <alert>').description('take an alert'))
    .option('--assignee <name>', 'who takes it', ACTOR)
    .action((alert: string, o: CommonOptions & { assignee: string }) =>
      change(alert, { state: 'acknowledged', assignee: o.assignee }, o),
    );
  withCommonOptions(command.command('assign <alert> <name>').description('hand an alert to somebody')).action(
    (alert: string, assignee: string, o: CommonOptions) => change(alert, { assignee }, o),
  );
  withCommonOptions(command.command('mute <alert>').description('no new alert for this enrolment until a time'))
    .requiredOption('--until <time>', 'ISO 8601 with zone', parseTime)
    .action((alert: string, o: CommonOptions & { until: number }) => change(alert, { muted_until_ms: o.until }, o));
  withCommonOptions(command.command('resolve <alert>').description('say what came of it'))
    .addOption(new Option('--outcome <outcome>', 'what came of it').choices(PERSON_OUTCOMES).makeOptionMandatory())
    .option('--note <text>', 'a note for colleagues; nothing about health')
    .action((alert: string, o: CommonOptions & { outcome: PersonOutcome; note?: string }) =>
      change(alert, { state: 'resolved', outcome: o.outcome, note: o.note }, o),
    );
  return command;
}

/** For people, highest score first; --json has everything. */
async function list(options: CommonOptions & { all?: boolean }): Promise<void> {
  const service = await openService(configOf(options), { mode: 'read', clock: null });
  try {
    const states: Alert['state'][] | undefined = options.all ? undefined : ['open', 'acknowledged'];
    const { items } = await service.views.alerts({ state: states }, null, Number.MAX_SAFE_INTEGER);
    if (options.json) return print(`${JSON.stringify(items)}\n`);
    if (items.length === 0) say(options, 'No alert is open.');
    for (const alert of items.sort((a, b) => b.score - a.score)) {
      const { alert_id, score, person, course, state, assignee, opened_ms, reasons } = alert;
      const who = person.name ?? `user ${person.user_id}`;
      await print(
        `${alert_id}  ${Math.round(score * 100)}%  ${who}, ${course.shortname}, ${state}${assignee ? ` (${assignee})` : ''} since ${when(opened_ms).slice(0, 10)}\n`,
      );
      for (const { text } of reasons.slice(0, 2)) await print(`    ${text}\n`);
    }
  } finally {
    await service.close();
  }
}

async function change(alert_id: string, patch: AlertPatch, options: CommonOptions): Promise<void> {
  const service = await openService(configOf(options), { clock: null });
  try {
    const result = await service.pipeline.changeAlert(alert_id, null, patch, named(ACTOR));
    if (result.kind === 'not-found') throw new Error(`There is no alert ${alert_id}. The list: npx holdfast alerts`);
    if (result.kind === 'refused') throw new Error(result.why);
    if (options.json) await print(`${JSON.stringify(result.alert)}\n`);
    const { state, assignee, outcome } = result.alert;
    say(options, `Alert ${alert_id} is ${state}${assignee ? `, with ${assignee}` : ''}${outcome ? `: ${outcome}` : ''}.`);
  } finally {
    await service.close();
  }
}

import { Command, Option } from 'commander';
import { PERSON_OUTCOMES, type PersonOutcome } from '../../domain.js';
import type { AlertPatch } from '../../pipeline/alert-patch.js';
import { csvLines } from '../../reading/tables-format.js';
import { openService } from '../service.js';
import { type CommonOptions, configOf, parseTime, print, say, withCommonOptions } from './context.js';

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

async function list(options: CommonOptions & { all?: boolean }): Promise<void> {
  const service = await openService(configOf(options), { mode: 'read', clock: null });
  try {
    const info = service.tables.info('alerts')!;
    for await (const line of csvLines(info, listed(service.tables.rows('alerts'), options.all === true))) await print(line);
  } finally {
    await service.close();
  }
}

async function* listed<T extends Record<string, unknown>>(alerts: AsyncIterable<T>, all: boolean): AsyncGenerator<T> {
  for await (const alert of alerts) if (all || alert.state === 'open' || alert.state === 'acknowledged') yield alert;
}

async function change(alert_id: string, patch: AlertPatch, options: CommonOptions): Promise<void> {
  const service = await openService(configOf(options), { clock: null });
  try {
    const result = await service.pipeline.changeAlert(alert_id, null, patch, ACTOR);
    if (result.kind === 'not-found') throw new Error(`There is no alert ${alert_id}. The list: npx holdfast alerts`);
    if (result.kind === 'refused') throw new Error(result.why);
    if (options.json) await print(`${JSON.stringify(result.alert)}\n`);
    const { state, assignee, outcome } = result.alert;
    say(options, `Alert ${alert_id} is ${state}${assignee ? `, with ${assignee}` : ''}${outcome ? `: ${outcome}` : ''}.`);
  } finally {
    await service.close();
  }
}

#!/usr/bin/env node
/** The command line: bare = help; exit 0, 1 failed, 2 usage; data on standard output, everything else on standard error. */
import 'reflect-metadata';
import { Command, CommanderError } from 'commander';
import { alertsCommand } from './app/commands/alerts.js';
import { backtestCommand } from './app/commands/backtest.js';
import { UsageError } from './app/commands/context.js';
import { evaluateCommand } from './app/commands/evaluate.js';
import { exportCommand } from './app/commands/export.js';
import { generateCommand } from './app/commands/generate.js';
import { importCommand } from './app/commands/import.js';
import { indexCommand } from './app/commands/index-rebuild.js';
import { keysCommand } from './app/commands/keys.js';
import { kibanaCommand } from './app/commands/kibana.js';
import { modelsCommand } from './app/commands/models.js';
import { eraseCommand, subjectReportCommand } from './app/commands/person.js';
import { replayCommand } from './app/commands/replay.js';
import { retrainCommand } from './app/commands/retrain.js';
import { scoreCommand } from './app/commands/score.js';
import { serveCommand } from './app/commands/serve.js';
import { simulateThresholdCommand } from './app/commands/simulate-threshold.js';
import { doctorCommand, migrateCommand } from './app/commands/store.js';
import { topCommand } from './app/commands/top.js';
import { trialCommand } from './app/commands/trial.js';
import { VERSION } from './app/version.js';
import { SETTINGS } from './settings.js';

const settings = SETTINGS.map(
  ({ name, default: value, meaning }) => `  ${name}${value === null ? '' : ` (${value})`}\n      ${meaning}`,
);

const program = new Command('holdfast')
  .description('Tells which Moodle students are about to stop taking part, and why, while there is still time.')
  .version(VERSION)
  .showHelpAfterError('(holdfast --help shows what there is)')
  .addHelpText('after', `\nSettings, from the environment (each also as NAME_FILE):\n${settings.join('\n')}`);
for (const command of [
  serveCommand(),
  replayCommand(),
  generateCommand(),
  scoreCommand(),
  exportCommand(),
  importCommand(),
  alertsCommand(),
  modelsCommand(),
  retrainCommand(),
  evaluateCommand(),
  simulateThresholdCommand(),
  backtestCommand(),
  indexCommand(),
  kibanaCommand(),
  keysCommand(),
  subjectReportCommand(),
  eraseCommand(),
  migrateCommand(),
  doctorCommand(),
  trialCommand(),
  topCommand(),
])
  program.addCommand(command);

/** Usage faults exit with 2, also inside subcommands. */
function strict(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) strict(child);
}
strict(program);

/** A reader that has seen enough (`| head`) ends the command without a word. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  if (process.argv.length <= 2) program.outputHelp();
  else await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof UsageError ? 2 : 1;
  }
}

/** `kibana build`, `kibana load`: data views and dashboards over the search index, as files or straight into a Kibana. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { type Env, environment } from '../../config.js';
import { type KibanaFile, kibanaFiles } from '../kibana-files.js';
import { configOf, print, say, UsageError } from './context.js';

interface Common {
  json?: boolean;
  quiet?: boolean;
}

const withOutput = (command: Command) =>
  command.option('--json', 'results as JSON on standard output').option('--quiet', 'say nothing but results and errors');

export function kibanaCommand(): Command {
  const command = new Command('kibana').description('data views and dashboards for Kibana, over the search index');
  withOutput(command.command('build').description('write them as files that Kibana imports'))
    .option('--out <folder>', 'where to', 'kibana')
    .action(build);
  withOutput(
    command
      .command('load')
      .description('put them into a running Kibana; what has the same ids there is replaced, changes by people included'),
  )
    .option('--kibana <address>', 'http://USER:PASSWORD@HOST:5601, with /s/SPACE for a space (else HOLDFAST_KIBANA)')
    .action(load);
  return command;
}

async function build(options: Common & { out: string }): Promise<void> {
  mkdirSync(options.out, { recursive: true });
  for (const file of kibanaFiles()) {
    const path = join(options.out, file.name);
    writeFileSync(path, file.text);
    if (options.json) await print(`${JSON.stringify({ file: path, ...countsOf(file) })}\n`);
    say(options, `${path}: ${wordsOf(file)}`);
  }
}

async function load(options: Common & { kibana?: string }): Promise<void> {
  const { kibana: url, kibana_api_key: api_key } = settingsOf(options.kibana, environment());
  if (url === null)
    throw new UsageError('Say where Kibana is: --kibana http://USER:PASSWORD@HOST:5601, or the same in HOLDFAST_KIBANA.');
  const { Kibana } = await import('../../adapters/kibana/kibana.js');
  const kibana = new Kibana({ url, api_key });
  for (const file of kibanaFiles()) {
    const objects = await kibana.load(file);
    const { id, title } = file.dashboard;
    const address = `${kibana.name}/app/dashboards#/view/${id}`;
    if (options.json) await print(`${JSON.stringify({ dashboard: title, address, objects })}\n`);
    say(options, `${wordsOf(file)}: ${objects} objects are there. Open ${address}`);
  }
}

/** The other settings are the service's, and may be of another machine. */
function settingsOf(address: string | undefined, env: Env) {
  const { HOLDFAST_KIBANA, HOLDFAST_KIBANA_FILE, HOLDFAST_KIBANA_API_KEY, HOLDFAST_KIBANA_API_KEY_FILE } = env;
  const own = { HOLDFAST_KIBANA, HOLDFAST_KIBANA_FILE, HOLDFAST_KIBANA_API_KEY, HOLDFAST_KIBANA_API_KEY_FILE };
  return configOf({}, { HOLDFAST_KIBANA: address }, own);
}

function countsOf({ dashboard: { title, panels, views } }: KibanaFile) {
  return { dashboard: title, panels: panels.length, data_views: views.length };
}

function wordsOf(file: KibanaFile): string {
  const { dashboard, panels, data_views } = countsOf(file);
  return `"${dashboard}" with ${panels} panels, over ${data_views} data views`;
}

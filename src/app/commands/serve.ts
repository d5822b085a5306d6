import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { type Config, type Env, environment, withSettings } from '../../config.js';
import type { HttpParts } from '../../http/parts.js';
import { AllTables } from '../../reading/all-tables.js';
import { ShownTables } from '../../reading/shown-tables.js';
import { isLoopback } from '../../setting-texts.js';
import { accessOf } from '../access-parts.js';
import { askChild } from '../ask-child.js';
import { changeLog } from '../change-log.js';
import { childModule } from '../child-module.js';
import { ClickMetrics } from '../click-metrics.js';
import { ClickWork } from '../click-work.js';
import { type Clicks, openClicks } from '../clicks.js';
import { Daily } from '../daily.js';
import { driftLog } from '../drift-log.js';
import { ServiceEraser } from '../erase-person.js';
import { ServiceJobs } from '../jobs.js';
import { type Log, logger } from '../log.js';
import { ltiDoor, meDoor } from '../lti-door.js';
import { Metrics } from '../metrics.js';
import { ModelSchedule } from '../model-schedule.js';
import { pageOf, unsubscribeDoor } from '../notices.js';
import { ServicePanels } from '../panels.js';
import { progressBar } from '../progress.js';
import { ChildRetrainJobs } from '../retrain-job.js';
import { RetrainSchedule } from '../retrain-schedule.js';
import { openService, type Service } from '../service.js';
import { ChildSimulations } from '../simulation-job.js';
import { sinkStates } from '../sink-look.js';
import { clockFor } from '../sources.js';
import { TrialSchedule } from '../trial-schedule.js';
import type { TrustWord } from '../trust-child.js';
import { TrustSchedule } from '../trust-schedule.js';
import { VERSION } from '../version.js';
import { processName, Work } from '../work.js';
import { type CommonOptions, configOf, say, when, withCommonOptions } from './context.js';

const GOODBYE_MS = 1_000;
const SAMPLE_FILE = './data/sample.db';
/** The recorded life of a Moodle site that comes with the project. */
const SAMPLE = {
  HOLDFAST_MOODLE: `file:${fileURLToPath(new URL('../../../samples/site-history.ndjson.gz', import.meta.url))}`,
  HOLDFAST_SITE: 'sample',
  HOLDFAST_STORE: `sqlite:${SAMPLE_FILE}`,
};

interface Site {
  service: Service;
  clicks: Clicks;
}

interface Told {
  metrics: Metrics;
  clickMetrics: ClickMetrics;
  log: Log;
}

interface ServeOptions extends CommonOptions {
  listen?: string;
  resnapshot?: boolean;
}

export function serveCommand(): Command {
  return withCommonOptions(new Command('serve'))
    .description('run the service: source, schedule, interface and page')
    .option('--listen <address>', 'HOST:PORT on this machine (else HOLDFAST_LISTEN, else 127.0.0.1:3000)')
    .option('--resnapshot', 'copy the tables again, when the server no longer has the log since the last position')
    .action(serve);
}

async function serve(options: ServeOptions): Promise<void> {
  const config = serviceConfig(options);
  const log = logger(config.log_level);
  const metrics = new Metrics(driftLog(log));
  const shared = config.moodle?.kind === 'kafka' ? true : null;
  const service = await openService(config, {
    clock: clockFor(config.moodle, config.clock),
    shared,
    events: metrics,
    log: (message) => log.warn({}, message),
  });
  const clickMetrics = new ClickMetrics(metrics.registry);
  try {
    const clicks = await openClicks(config, { events: clickMetrics, log: (message) => log.warn({}, message) });
    try {
      await serveSite(config, { service, clicks }, { metrics, clickMetrics, log }, options);
    } finally {
      await clicks.close();
    }
  } finally {
    await service.close();
    // Everything is closed. A Kafka client that had lost its group goes on trying by itself, and must not keep the process.
    setTimeout(() => process.exit(), GOODBYE_MS).unref();
  }
}

/** Until it is stopped, or until something has to be mended by a person. */
async function serveSite(config: Config, { service, clicks }: Site, told: Told, options: ServeOptions): Promise<void> {
  const { metrics, clickMetrics, log } = told;
  if (service.model.word.why_not) log.warn({}, `no model, scores are heuristic: ${service.model.word.why_not}`);
  const clickWork = new ClickWork(config, clicks, { holder: processName(), log, metrics: clickMetrics });
  const retrain = retrainJobs(config, options, log);
  const simulations = new ChildSimulations(childEnv(config, options));
  const scheduled = retrainSchedule(config, service, retrain, log);
  const models = new ModelSchedule(service.model, service.pipeline, (message) => log.warn({}, message));
  models.start();
  const trials = config.roles.includes('score') ? new TrialSchedule(service.trials, (message) => log.info({}, message)) : null;
  trials?.start();
  const trust = trustSchedule(config, service, childEnv(config, options), log);
  const daily = config.roles.includes('score') ? new Daily(config, service, processName(), log) : null;
  daily?.start();
  const { store, calendar } = service;
  const jobs = new ServiceJobs({ store, calendar, simulations, trust, daily, now_ms: Date.now });
  const http = config.roles.includes('http')
    ? await listening(config, { service, clicks }, clickWork, { retrain, simulations, jobs: () => jobs.look() }, told, options)
    : null;
  const bar = progressBar(options.quiet === true, config.moodle?.kind === 'file' ? config.moodle.path : '');
  const stopped = new Promise<void>((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  const progress = { progress: bar.update, copied: jobs.copied };
  const work = new Work(config, service, { log, metrics, ...progress, from_start: options.resnapshot === true });
  http?.ready();
  void work.read.then((how) => {
    bar.stop();
    if (how === 'finished') tell(options, service.pipeline.clock.now_ms);
  });
  try {
    await Promise.race([stopped, work.failed, clickWork.failed]);
    say(options, 'Stopping: what is in hand is committed first.');
  } finally {
    bar.stop();
    scheduled?.stop();
    models.stop();
    trials?.stop();
    await trust?.stop();
    await daily?.stop();
    await retrain.stop();
    await simulations.stop();
    await http?.close();
    await clickWork.stop();
    await work.stop();
  }
}

async function listening(
  config: Config,
  { service, clicks }: Site,
  clickWork: ClickWork,
  longWork: Pick<HttpParts, 'retrain' | 'simulations' | 'jobs'>,
  { metrics, log }: Told,
  options: CommonOptions,
) {
  // Loaded here: the web server takes longer to load than most other commands take to do their work.
  const { createHttp } = await import('../../http/create-http.js');
  const http = await createHttp({
    views: service.views,
    tables: new ShownTables(new AllTables(service.tables, clicks.tables), service.standings, service.pipeline.roster),
    panels: new ServicePanels(service, clicks),
    pipeline: service.pipeline,
    seen: service.seen,
    trials: service.trials,
    models: service.models,
    changes: changeLog(service.store),
    eraser: new ServiceEraser(service),
    ...longWork,
    ...accessOf(config, service, log),
    clicks: clickWork.door,
    lti: ltiDoor(config, service),
    me: meDoor(config, service),
    unsubscribe: await unsubscribeDoor(config, service),
    metrics: metrics.registry,
    sinks: () => sinkStates(config, service.store),
    settings: {
      version: VERSION,
      allowed_hosts: config.hosts ?? [],
      tls: config.tls_cert !== null && config.tls_key !== null ? { cert: config.tls_cert, key: config.tls_key } : null,
      proxy: config.proxy,
    },
    log,
  });
  const { host, port } = config.listen;
  const listening = await http.listen(host, port);
  // 0.0.0.0 is nothing that a browser can be sent to.
  say(options, `Holdfast is at ${isLoopback(host) ? listening : `${pageOf(config)}, listening on ${host}:${port}`}`);
  if (config.moodle?.kind === 'file') say(options, 'The recording is being read; the page fills as it goes.');
  return http;
}

/** The configuration of this process, for those that it starts. */
function childEnv(config: Config, options: ServeOptions) {
  const sampled = config.moodle !== null && configOf(options).moodle === null;
  const given = { ...(sampled ? SAMPLE : { HOLDFAST_STORE: options.store }), HOLDFAST_MODELS: config.models };
  return withSettings(environment(), given);
}

function retrainJobs(config: Config, options: ServeOptions, log: Log): ChildRetrainJobs {
  return new ChildRetrainJobs({
    env: childEnv(config, options),
    from: config.retrain_from,
    ended: ({ state, message }) => log[state === 'failed' ? 'warn' : 'info']({}, `training ${state}: ${message}`),
  });
}

function retrainSchedule(config: Config, { store }: Service, jobs: ChildRetrainJobs, log: Log): RetrainSchedule | null {
  const { retrain_cron: cron, time_zone, roles } = config;
  if (cron === null || !roles.includes('score')) return null;
  const say = (message: string) => log.warn({}, message);
  const schedule = new RetrainSchedule(jobs, store, { cron, time_zone, holder: processName(), say });
  schedule.start();
  return schedule;
}

/** Nobody waits for it: it is looked up again in a week. */
const TRUST_MS_MAX = 30 * 60_000;

function trustSchedule(config: Config, { store, pipeline, model }: Service, env: Env, log: Log): TrustSchedule | null {
  if (!config.roles.includes('score') || config.store.kind === 'memory') return null;
  const asking = { entry: childModule('trust-child'), env, run_ms_max: TRUST_MS_MAX, what: 'The look at the courses' };
  const schedule = new TrustSchedule({
    store,
    clock: () => pipeline.clock,
    model: () => model.word,
    holder: processName(),
    ask: () => askChild<TrustWord>({}, asking),
    say: (message) => log.warn({}, message),
  });
  schedule.start();
  return schedule;
}

function tell(options: CommonOptions, now_ms: number | null): void {
  say(options, `Everything is read. The site’s clock stands at ${when(now_ms)}. Press Ctrl+C to stop.`);
}

/** With no source configured and no store asked for: the sample site, in a store of its own, and says so. */
function serviceConfig(options: ServeOptions): Config {
  const config = configOf(options, { HOLDFAST_LISTEN: options.listen });
  if (config.moodle !== null) return config;
  if (config.given.includes('HOLDFAST_STORE')) {
    say(options, 'No source is configured (HOLDFAST_MOODLE): serving what the store holds.');
    return config;
  }
  const known = existsSync(SAMPLE_FILE);
  say(
    options,
    `No source is configured (HOLDFAST_MOODLE): ${known ? `serving the bundled sample site from ${SAMPLE_FILE}` : `replaying the bundled sample site into ${SAMPLE_FILE}`}. Its people are invented.`,
  );
  return configOf(options, { ...SAMPLE, HOLDFAST_LISTEN: options.listen });
}

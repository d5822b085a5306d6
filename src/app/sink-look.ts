/** How everything that is configured here stands, whichever process tells it. */
import type { Config } from '../config.js';
import type { SinkState } from '../http/system-state.js';
import type { NoticeChannel } from '../notice-ports.js';
import type { Store } from '../ports.js';
import { stateOf } from './sink-states.js';
import { sinkNames } from './sinks.js';

/** What a sink has not heard of stands in its outbox; what a channel has not, only whoever tells it knows. */
export async function sinkStates(config: Config, store: Pick<Store, 'position' | 'backlog'>): Promise<SinkState[]> {
  const sinks = sinkNames(config).map(async (name) => ({ ...(await stateOf(store, name)), waiting: await store.backlog(name) }));
  return Promise.all([...sinks, ...channelNames(config).map((name) => stateOf(store, name))]);
}

function channelNames({ smtp, moodle_ws }: Config): NoticeChannel['name'][] {
  return [...(smtp === null ? [] : ['mail' as const]), ...(moodle_ws === null ? [] : ['moodle-message' as const])];
}

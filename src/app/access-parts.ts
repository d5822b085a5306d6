/** What the HTTP side needs to know who asks, put together from the configuration. */
import type { Viewer } from '../access/viewer.js';
import type { Config } from '../config.js';
import type { Gate } from '../http/access.js';
import { Sessions } from '../http/sessions.js';
import { Assignments } from '../reading/assignments.js';
import type { Views } from '../reading/views.js';
import { KeyAccess } from './key-access.js';
import { KeyFile } from './key-file.js';
import type { Service } from './service.js';

export function accessOf(
  { api_keys, tls_cert, proxy }: Config,
  { store, pipeline, limited }: Pick<Service, 'store' | 'pipeline' | 'limited'>,
  log: (message: string) => void,
): { gate: Gate | null; limited: (viewer: Viewer) => Views } {
  if (api_keys === null) return { gate: null, limited };
  const access = new KeyAccess(new KeyFile(api_keys, log), pipeline.roster, new Assignments(store), Date.now);
  return { limited, gate: { access, sessions: new Sessions(), secure: tls_cert !== null || proxy !== null, now_ms: Date.now } };
}

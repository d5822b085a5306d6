/** What the HTTP side is given: abstract classes, each a type and an injection token at once. The wiring fills them. */
import type { FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { seesEverything, type Viewer } from '../access/viewer.js';
import type { AlertChange, AlertOpened, AlertOpening } from '../pipeline/alert-acts.js';
import type { AlertPatch } from '../pipeline/alert-patch.js';
import type { ClickDoor } from '../pipeline/click-door.js';
import type { ScoreRun } from '../pipeline/scoring-run.js';
import type { Statement } from '../pipeline/student-voice.js';
import type { Trials } from '../pipeline/trials.js';
import type { ViewLog } from '../pipeline/view-log.js';
import type { Actor, ModelShelf, RecordedChange } from '../ports.js';
import type { Panels } from '../reading/panels.js';
import type { TableInfo, TableRow, Value } from '../reading/table-infos.js';
import type { TableFilter } from '../reading/tables.js';
import type { PageOf, Views } from '../reading/views.js';
import type { Gate } from './access.js';
import type { Eraser } from './erase-door.js';
import type { JobsLook } from './jobs-look.js';
import type { LtiDoor } from './lti-routes.js';
import type { MeDoor } from './me-routes.js';
import type { AccountDoor } from './oidc-routes.js';
import { Problem } from './problem.js';
import type { RetrainJobs } from './retrain-door.js';
import type { Simulations } from './simulation-door.js';
import type { SinkLook } from './system-state.js';
import type { UnsubscribeDoor } from './unsubscribe-routes.js';
import { viewerOf } from './viewer.js';

/** The tables for reading; `Tables` of the core fits. */
export abstract class TableReader {
  abstract readonly infos: readonly TableInfo[];
  abstract info(name: string): TableInfo | undefined;
  /** In the order of the key, after the given key values (exclusive). */
  abstract rows(name: string, filter: TableFilter, after?: Value[]): AsyncIterable<TableRow>;
  /** Throws `BadCursor` for a cursor that is none of ours. */
  abstract page(name: string, filter: TableFilter, cursor: string | null, limit: number): Promise<PageOf<TableRow>>;
}

/** The things that a person can set going here; `Pipeline` of the core fits. */
export abstract class Actions {
  abstract scoreNow(filter: { user_id?: number; course_id?: number }): Promise<ScoreRun>;
  /** `revision` null changes the alert whatever its revision. */
  abstract changeAlert(alert_id: string, revision: number | null, patch: AlertPatch, actor: Actor): Promise<AlertChange>;
  abstract openAlert(opening: AlertOpening, actor: Actor): Promise<AlertOpened>;
}

/** What students said; `StudentVoice` of the core fits. */
export abstract class StatementReader {
  abstract statements(user_id: number): Promise<Statement[]>;
}

/** What people changed of the service; the store fits, with a way to write of one's own. */
export abstract class ChangeLog {
  /** Since `from_ms` (inclusive), the latest first. */
  abstract changes(from_ms: number, limit: number): Promise<RecordedChange[]>;
  /** Never with a person's data in it but who did it. */
  abstract record(by: Actor, what: string, detail: string): Promise<void>;
}

/** Where failures are told to the operator; a pino logger fits. Never with a person's data. */
export abstract class HttpLog {
  abstract error(fields: Record<string, unknown>, message: string): void;
  abstract warn(fields: Record<string, unknown>, message: string): void;
}

/** The views as whoever asks may see them. */
export class ViewsFor {
  constructor(
    private readonly views: Views,
    private readonly limited: ((viewer: Viewer) => Views) | null,
  ) {}

  of(request: FastifyRequest): Views {
    const viewer = viewerOf(request);
    return seesEverything(viewer) ? this.views : this.#part(viewer);
  }

  #part(viewer: Viewer): Views {
    if (this.limited === null) throw new Problem(403, 'This service shows its site as a whole only.', { type: 'not-allowed' });
    return this.limited(viewer);
  }
}

/** Who is let in, and how; with neither, the service is open to this machine and asks nobody. */
export class GateDoor {
  constructor(
    readonly gate: Gate | null,
    readonly lti: LtiDoor | null,
  ) {}
}

export interface HttpSettings {
  /** Of the product, for the OpenAPI document. */
  version: string;
  /** Names beside loopback under which the service may be asked for: `holdfast.example.ac.uk`, with a port where it has one. */
  allowed_hosts: readonly string[];
  /** Certificate and key (PEM), where the service itself speaks TLS. */
  tls?: { cert: string; key: string } | null;
  /** Addresses of the proxy in front, whose word on who asks is believed. */
  proxy?: readonly string[] | null;
  /** For one address that is not loopback; default `REQUESTS_PER_MINUTE`. */
  requests_per_minute?: number;
  /** Open at once; default `CONNECTIONS_MAX`. */
  connections_max?: number;
  /** To send a whole request; default `REQUEST_TIMEOUT_MS`. */
  request_timeout_ms?: number;
}

export interface HttpParts {
  views: Views;
  tables: TableReader;
  panels: Panels;
  pipeline: Actions;
  /** Who is shown whom. */
  seen: ViewLog;
  models: ModelShelf;
  changes: ChangeLog;
  /** Trainings in the background; null = this process trains none. */
  retrain?: RetrainJobs | null;
  /** Whether calling helps; `Trials` of the core fits. */
  trials: Pick<Trials, 'state' | 'power' | 'start' | 'stop'>;
  /** What-if over the site's past; null = this process has none. */
  simulations?: Simulations | null;
  /** Erases people; null = this process erases nobody. */
  eraser?: Eraser | null;
  /** Where records of clicks come in; null = this process takes none. */
  clicks: ClickDoor | null;
  /** Launches from a learning platform; null = none. */
  lti?: LtiDoor | null;
  /** The own view of students; only with launches. */
  me?: MeDoor;
  metrics: Registry;
  /** How sinks and channels of notices stand; without it there are none. */
  sinks?: SinkLook['look'];
  /** Long work beside reading and training; without it there is none. */
  jobs?: JobsLook['look'];
  settings: HttpSettings;
  /** null = launches alone open the service; without them, whoever reaches it may do everything. */
  gate?: Gate | null;
  /** Sign-in with an account of the identity provider; only with a gate. */
  accounts?: AccountDoor | null;
  /** The address that ends notices; null = there are none. */
  unsubscribe?: UnsubscribeDoor | null;
  /** The views of somebody who sees a part of the site. */
  limited?: (viewer: Viewer) => Views;
  log: HttpLog;
}

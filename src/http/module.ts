/** The one flat module: controllers over the doors that the wiring gives, nothing between. */

import { type DynamicModule, Module } from '@nestjs/common';
import { Registry } from 'prom-client';
import { ClickDoor } from '../pipeline/click-door.js';
import { Trials } from '../pipeline/trials.js';
import { ViewLog } from '../pipeline/view-log.js';
import { ModelShelf } from '../ports.js';
import { Panels } from '../reading/panels.js';
import { AlertsController } from './alerts.controller.js';
import { ChangesController } from './changes.controller.js';
import { ClicksController } from './clicks.controller.js';
import { EraseController } from './erase.controller.js';
import { Eraser, NoEraser } from './erase-door.js';
import { JobsLook } from './jobs-look.js';
import { LiveController } from './live.controller.js';
import { ModelsController } from './models.controller.js';
import { ApiDocument } from './openapi.js';
import { OverviewController } from './overview.controller.js';
import { Actions, ChangeLog, GateDoor, HttpLog, type HttpParts, StatementReader, TableReader, ViewsFor } from './parts.js';
import { PredictionsController } from './predictions.controller.js';
import { Readiness } from './readiness.js';
import { RetrainController } from './retrain.controller.js';
import { NoRetrainJobs, RetrainJobs } from './retrain-door.js';
import { RouteList } from './route-list.js';
import { SessionController } from './session.controller.js';
import { SimulationController } from './simulation.controller.js';
import { NoSimulations, Simulations } from './simulation-door.js';
import { StudentsController } from './students.controller.js';
import { SystemController } from './system.controller.js';
import { SinkLook } from './system-state.js';
import { TablesController } from './tables.controller.js';
import { TrialController } from './trial.controller.js';
import { ViewsController } from './views.controller.js';

@Module({})
class HttpModule {}

export function httpModule(parts: HttpParts, routes: RouteList, readiness: Readiness): DynamicModule {
  return {
    module: HttpModule,
    controllers: [
      OverviewController,
      PredictionsController,
      StudentsController,
      ViewsController,
      ChangesController,
      EraseController,
      AlertsController,
      RetrainController,
      SimulationController,
      TrialController,
      ModelsController,
      TablesController,
      SystemController,
      SessionController,
      LiveController,
      ClicksController,
    ],
    providers: [
      { provide: ViewsFor, useValue: new ViewsFor(parts.views, parts.limited ?? null) },
      { provide: GateDoor, useValue: new GateDoor(parts.gate ?? null, parts.lti ?? null) },
      { provide: SinkLook, useValue: new SinkLook(parts.sinks ?? (async () => [])) },
      { provide: JobsLook, useValue: new JobsLook(parts.jobs ?? (async () => [])) },
      { provide: TableReader, useValue: parts.tables },
      { provide: Panels, useValue: parts.panels },
      { provide: ViewLog, useValue: parts.seen },
      { provide: StatementReader, useValue: parts.me?.voice ?? { statements: async () => [] } },
      { provide: ChangeLog, useValue: parts.changes },
      { provide: Actions, useValue: parts.pipeline },
      { provide: ClickDoor, useValue: parts.clicks ?? new ClickDoor(() => null, Date.now) },
      { provide: ModelShelf, useValue: parts.models },
      { provide: RetrainJobs, useValue: parts.retrain ?? new NoRetrainJobs() },
      { provide: Simulations, useValue: parts.simulations ?? new NoSimulations() },
      { provide: Trials, useValue: parts.trials },
      { provide: Eraser, useValue: parts.eraser ?? new NoEraser() },
      { provide: Registry, useValue: parts.metrics },
      { provide: Readiness, useValue: readiness },
      { provide: HttpLog, useValue: parts.log },
      { provide: RouteList, useValue: routes },
      ApiDocument,
    ],
  };
}

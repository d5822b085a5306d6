/** The panels of this process: the site's and the clicks'. */
import { clickPanels } from '../reading/click-panels.js';
import { Panels, type PanelsAnswer, type PanelsName } from '../reading/panels.js';
import { sitePanels } from '../reading/site-panels.js';
import type { Clicks } from './clicks.js';
import type { Service } from './service.js';

export class ServicePanels extends Panels {
  constructor(
    private readonly service: Pick<Service, 'store' | 'shown' | 'pipeline' | 'threshold'>,
    private readonly clicks: Pick<Clicks, 'store' | 'tables'>,
  ) {
    super();
  }

  look(panels: PanelsName, minutes: number): Promise<PanelsAnswer> {
    if (panels === 'clicks') return clickPanels(this.clicks, minutes);
    const { store, shown, pipeline, threshold } = this.service;
    const now_ms = () => (pipeline.clock.now_ms === null ? null : pipeline.now_ms());
    return sitePanels({ store, shown, threshold, now_ms }, minutes);
  }
}

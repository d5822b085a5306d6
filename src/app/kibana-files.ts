/** The dashboards for Kibana, made from the tables' own columns: a field that a panel names is in the index, or nothing is made. */

import { indexSpecs } from '../indexing/documents.js';
import { clickStreamAnalysis } from '../indexing/kibana/click-stream-analysis.js';
import type { Dashboard } from '../indexing/kibana/panel.js';
import { predictiveAnalytics } from '../indexing/kibana/predictive-analytics.js';
import { ndjson } from '../indexing/kibana/saved-objects.js';
import { TABLES } from '../reading/table-infos.js';
import { clickIndices } from './click-sinks.js';

export interface KibanaFile {
  name: string;
  dashboard: Dashboard;
  text: string;
}

/** How long clicks are kept is a matter of the index, and of no panel. */
const ANY_RETENTION_MS = 0;

export function kibanaFiles(): KibanaFile[] {
  const dashboards = [predictiveAnalytics(indexSpecs(TABLES)), clickStreamAnalysis(clickIndices(ANY_RETENTION_MS))];
  return dashboards.map((dashboard) => ({
    name: `${dashboard.id.replace(/^holdfast-/, '')}.ndjson`,
    dashboard,
    text: ndjson(dashboard),
  }));
}

/** What views of a site are told beside its store. */
import type { Summary } from './views.js';

export interface SiteSettings {
  site: string;
  time_zone: string;
  threshold: number;
  gap_ms: number;
}

/** What only the running service knows. */
export interface SiteStatus {
  now_ms(): number;
  clock(): Summary['clock'];
  next_tick_ms(): number | null;
  model(): Summary['model'];
}

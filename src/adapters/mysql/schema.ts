/** The tables as Kysely reads them: `migrations/mysql` in types. JSON columns are text here. */
import type { Alert, Cohort, Prediction, ReferenceTable, Rejected, Score } from '../../domain.js';

type Json<Record, Columns extends keyof Record> = Omit<Record, Columns> & { [Column in Columns]: string };

export interface ReferenceRecord {
  table_name: ReferenceTable;
  id: number;
  user_id: number | null;
  parent_id: number | null;
  deleted: 0 | 1;
  columns: string;
  source_ms: number | null;
  coord_log: number | null;
  coord_offset: number | null;
  coord_row: number | null;
}
export type CohortRecord = Json<Cohort, 'quantiles' | 'moments'>;
export type ScoreRecord = Json<Score, 'reasons'>;
export type AlertRecord = Json<Alert, 'reasons'>;
export type PredictionRecord = Omit<Prediction, 'score'> & { score: string | null };

export interface SessionRecord {
  user_id: number;
  start_ms: number;
  end_ms: number;
  activities: number;
}
export interface CourseSessionRecord extends SessionRecord {
  course_id: number;
  start_day: number;
}

export interface Schema {
  store_identity: { id: number; site: string; time_zone: string };
  positions: { source: string; position: string };
  site_clock: { id: number; clock: string };
  lane_clocks: { lane: string; clock: string; heard_ms: number };
  seen_pages: { page: number; bits: Uint8Array };
  outbox: { id: number; sink: string; body: Uint8Array };
  sessions: SessionRecord;
  course_sessions: CourseSessionRecord;
  reference_rows: ReferenceRecord;
  cohorts: CohortRecord;
  scores: ScoreRecord;
  predictions: PredictionRecord;
  alerts: AlertRecord;
  rejected: Rejected;
  counts: { kind: 'rejected' | 'ignored' | 'kept'; name: string; lane: string; count: number };
}

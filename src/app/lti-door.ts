/** The launches that HOLDFAST_LTI names, or none. */
import { readFileSync } from 'node:fs';
import { Lti } from '../access/lti.js';
import { type LtiSettings, LtiSettingsFault, parseLti } from '../access/lti-settings.js';
import type { Config } from '../config.js';
import type { LtiDoor } from '../http/lti-routes.js';
import type { MeDoor } from '../http/me-routes.js';
import { Sessions } from '../http/sessions.js';
import { spared } from '../pipeline/erased.js';
import { StudentVoice } from '../pipeline/student-voice.js';
import { Launched } from './launched.js';
import type { Service } from './service.js';

/** Throws what the operator has to mend. */
export function ltiDoor({ lti }: Config, { pipeline }: Pick<Service, 'pipeline'>): LtiDoor | null {
  if (lti === null) return null;
  const launched = new Launched(pipeline.roster, Date.now, () => pipeline.now_ms());
  const renewal = launched.renewal.bind(launched);
  return { lti: new Lti(settingsIn(fileText(lti))), sessions: new Sessions(), renewal, now_ms: Date.now };
}

/** The own view of students who are launched. */
export function meDoor({ student_scores, student_opt_out }: Config, { store, pipeline, seen }: Service): MeDoor {
  return {
    voice: new StudentVoice(spared(store, pipeline.erased), pipeline),
    seen,
    settings: { scores: student_scores, opt_out: student_opt_out },
  };
}

function settingsIn(text: string): LtiSettings {
  try {
    return parseLti(text);
  } catch (error) {
    if (error instanceof LtiSettingsFault) throw new LtiSettingsFault(`The file of HOLDFAST_LTI: ${error.message}`);
    throw error;
  }
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new LtiSettingsFault('HOLDFAST_LTI: the file that it names cannot be read: check that it exists and who may read it');
  }
}

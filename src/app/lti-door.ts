/** The launches that HOLDFAST_LTI names, or none. */
import { readFileSync } from 'node:fs';
import { Lti } from '../access/lti.js';
import { LtiSettingsFault, parseLti } from '../access/lti-settings.js';
import type { Config } from '../config.js';
import type { LtiDoor } from '../http/lti-routes.js';
import { Sessions } from '../http/sessions.js';

/** Throws what the operator has to mend. */
export function ltiDoor({ lti }: Config): LtiDoor | null {
  if (lti === null) return null;
  return { lti: new Lti(parseLti(fileText(lti))), sessions: new Sessions(), now_ms: Date.now };
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new LtiSettingsFault('HOLDFAST_LTI: the file that it names cannot be read: check that it exists and who may read it');
  }
}

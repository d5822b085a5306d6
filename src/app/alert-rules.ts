/** The alert rules of the live path, for terms that are replayed. */
import { isUnresolved, onScore } from '../alerts/lifecycle.js';
import { onPerson } from '../alerts/person.js';
import type { AlertRules } from '../training/listing.js';

export const ALERT_RULES: AlertRules = {
  onScore,
  isUnresolved,
  onContact(alert, now_ms) {
    const done = onPerson(alert, { do: 'resolve', outcome: 'contacted' }, 'staff', now_ms);
    if ('refused' in done) throw new Error(`A replayed alert was not resolved: ${done.refused}`);
    return done;
  },
};

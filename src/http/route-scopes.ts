/** Who may ask for what: every route of the interface is here, and what is not is refused. The page's own files hold nobody's data. */
import type { Scope } from '../access/viewer.js';

export interface Need {
  /** null = whoever knows the address. */
  scope: Scope | null;
  /** Shows or changes the site as a whole: not for a viewer who sees a part of it. */
  whole_site: boolean;
}

const OPEN: Need = { scope: null, whole_site: false };
const needs = (scope: Scope, whole_site = false): Need => ({ scope, whole_site });

const NEEDS: Readonly<Record<string, Need>> = {
  'GET /healthz': OPEN,
  'GET /readyz': OPEN,
  'GET /openapi.json': OPEN,
  'GET /api/v1/session': OPEN,
  'POST /api/v1/session': OPEN,
  'DELETE /api/v1/session': OPEN,
  'POST /lti/login': OPEN,
  'POST /lti/launch': OPEN,
  'POST /unsubscribe': OPEN,
  // What these give is of the student who was launched, and they look for one.
  'GET /api/v1/me': OPEN,
  'POST /api/v1/me/statements': OPEN,
  'POST /api/v1/me/opt-out': OPEN,
  'GET /api/v1/students/:userId/statements': needs('risk:read'),
  'GET /api/v1/statements': needs('risk:read'),
  'POST /api/v1/statements/:statementId/seen': needs('alerts:write'),
  'GET /metrics': needs('metrics:read'),
  'GET /api/v1/system': needs('risk:read'),
  'GET /api/v1/changes': needs('models:admin', true),
  'GET /api/v1/live': needs('risk:read', true),
  'GET /api/v1/summary': needs('risk:read'),
  'GET /api/v1/courses': needs('risk:read'),
  'GET /api/v1/courses/:courseId': needs('risk:read'),
  'GET /api/v1/courses/:courseId/weeks': needs('risk:read'),
  'GET /api/v1/courses/:courseId/days': needs('risk:read'),
  'GET /api/v1/assignments': needs('risk:read'),
  'GET /api/v1/drift': needs('risk:read'),
  'GET /api/v1/early': needs('risk:read'),
  'GET /api/v1/contacts': needs('risk:read'),
  'GET /api/v1/contacts/figures': needs('risk:read'),
  'GET /api/v1/cases': needs('risk:read'),
  'GET /api/v1/predictions': needs('risk:read'),
  'GET /api/v1/predictions/:userId/:courseId': needs('risk:read'),
  'POST /api/v1/predictions/score': needs('alerts:write'),
  'GET /api/v1/students/:userId': needs('risk:read'),
  'GET /api/v1/students/:userId/sessions': needs('risk:read'),
  'GET /api/v1/students/:userId/timeline': needs('risk:read'),
  'GET /api/v1/students/:userId/views': needs('risk:read'),
  'POST /api/v1/students/:userId/erase': needs('models:admin', true),
  'GET /api/v1/alerts': needs('risk:read'),
  'POST /api/v1/alerts': needs('alerts:write'),
  'GET /api/v1/alerts/:alertId': needs('risk:read'),
  'GET /api/v1/alerts/:alertId/changes': needs('risk:read'),
  'PATCH /api/v1/alerts/:alertId': needs('alerts:write'),
  'GET /api/v1/tables': needs('risk:read'),
  'GET /api/v1/tables/:name': needs('risk:read'),
  'GET /api/v1/models': needs('risk:read'),
  'GET /api/v1/models/:version': needs('risk:read'),
  'GET /api/v1/models/retrain': needs('models:admin', true),
  'POST /api/v1/models/retrain': needs('models:admin', true),
  'POST /api/v1/models/:version/promote': needs('models:admin', true),
  'GET /api/v1/trial': needs('risk:read', true),
  'POST /api/v1/trial': needs('models:admin', true),
  'DELETE /api/v1/trial': needs('models:admin', true),
  'GET /api/v1/thresholds/simulate': needs('models:admin', true),
  'POST /api/v1/thresholds/simulate': needs('models:admin', true),
  'POST /api/v1/clicks': needs('clicks:write'),
  'POST /api/v1/events': needs('clicks:write'),
  'POST /api/v1/users': needs('clicks:write'),
  'POST /api/v1/codes': needs('clicks:write'),
};

/** `url` as the route was registered, `/api/v1/alerts/:alertId`. null = a route that nobody thought of: it is refused. */
export function needOf(method: string, url: string): Need | null {
  const known = NEEDS[`${method === 'HEAD' ? 'GET' : method} ${url}`];
  if (known) return known;
  const is_data = url.startsWith('/api/') || url === '/metrics';
  return is_data || (method !== 'GET' && method !== 'HEAD') ? null : OPEN;
}

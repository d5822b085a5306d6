/** What every route takes, written down a second time: who loosens one has to say so here too. */
import { expect, it } from '@jest/globals';
import { needOf } from '../../src/http/route-scopes.js';

const FROZEN: Record<string, string[]> = {
  whoever: [
    'GET /healthz',
    'GET /readyz',
    'GET /openapi.json',
    'GET /api/v1/session',
    'POST /api/v1/session',
    'DELETE /api/v1/session',
    'POST /lti/login',
    'POST /lti/launch',
    'POST /unsubscribe',
    'GET /api/v1/me',
    'POST /api/v1/me/statements',
    'POST /api/v1/me/opt-out',
  ],
  'risk:read': [
    'GET /api/v1/students/:userId/statements',
    'GET /api/v1/system',
    'GET /api/v1/summary',
    'GET /api/v1/courses',
    'GET /api/v1/courses/:courseId',
    'GET /api/v1/courses/:courseId/weeks',
    'GET /api/v1/courses/:courseId/days',
    'GET /api/v1/assignments',
    'GET /api/v1/drift',
    'GET /api/v1/early',
    'GET /api/v1/contacts',
    'GET /api/v1/cases',
    'GET /api/v1/predictions',
    'GET /api/v1/predictions/:userId/:courseId',
    'GET /api/v1/students/:userId',
    'GET /api/v1/students/:userId/sessions',
    'GET /api/v1/students/:userId/timeline',
    'GET /api/v1/students/:userId/views',
    'GET /api/v1/alerts',
    'GET /api/v1/alerts/:alertId',
    'GET /api/v1/alerts/:alertId/changes',
    'GET /api/v1/tables',
    'GET /api/v1/tables/:name',
    'GET /api/v1/models',
    'GET /api/v1/models/:version',
  ],
  'alerts:write': [
    'POST /api/v1/statements/:statementId/seen',
    'POST /api/v1/predictions/score',
    'PATCH /api/v1/alerts/:alertId',
  ],
  'metrics:read': ['GET /metrics'],
  'risk:read for the whole site': ['GET /api/v1/live', 'GET /api/v1/trial'],
  'models:admin for the whole site': [
    'POST /api/v1/students/:userId/erase',
    'GET /api/v1/models/retrain',
    'POST /api/v1/models/retrain',
    'POST /api/v1/models/:version/promote',
    'POST /api/v1/trial',
    'DELETE /api/v1/trial',
    'POST /api/v1/thresholds/simulate',
  ],
  'clicks:write': ['POST /api/v1/clicks', 'POST /api/v1/events', 'POST /api/v1/users', 'POST /api/v1/codes'],
};

it('no route takes less than it did', () => {
  for (const [takes, keys] of Object.entries(FROZEN))
    for (const key of keys) {
      const [method = '', url = ''] = key.split(' ');
      const need = needOf(method, url)!;
      const found = need.scope === null ? 'whoever' : `${need.scope}${need.whole_site ? ' for the whole site' : ''}`;
      expect([key, found]).toEqual([key, takes]);
    }
});

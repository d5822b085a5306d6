import { describe, expect, it } from '@jest/globals';
import { type AlertAction, type AlertStep, ASSIGNEE_CHARS_MAX, NOTE_CHARS_MAX, onPerson } from '../../src/alerts/person.js';
import { type Alert, PERSON_OUTCOMES } from '../../src/domain.js';
import { alertOf, tickMs } from './make.js';

const NOW = tickMs(2) + 12_345;
const act = (alert: Alert, action: AlertAction, actor = 'local') => onPerson(alert, action, actor, NOW);
const open = alertOf();
const taken = alertOf({ state: 'acknowledged', assignee: 'Ana' });
const resolved = alertOf({ state: 'resolved', outcome: 'contacted', closed_ms: tickMs(1) });
const expired = alertOf({ state: 'expired', closed_ms: tickMs(1) });

describe('what a person may do', () => {
  const allowed: [string, Alert, AlertStep, Partial<Alert>][] = [
    ['take an open alert', open, { do: 'acknowledge' }, { state: 'acknowledged', assignee: 'local' }],
    ['take it in another name', open, { do: 'acknowledge', assignee: ' Ana ' }, { state: 'acknowledged', assignee: 'Ana' }],
    [
      'take what is assigned to Ben',
      alertOf({ assignee: 'Ben' }),
      { do: 'acknowledge' },
      { state: 'acknowledged', assignee: 'Ben' },
    ],
    ['take again what one has', taken, { do: 'acknowledge', assignee: 'Ana' }, {}],
    ['assign an open alert, which stays open', open, { do: 'assign', assignee: 'Ben' }, { assignee: 'Ben' }],
    ['take the name off an open alert', alertOf({ assignee: 'Ben' }), { do: 'assign', assignee: null }, { assignee: null }],
    ['hand over an acknowledged alert', taken, { do: 'assign', assignee: 'Ben' }, { assignee: 'Ben' }],
    ['mute', open, { do: 'mute', until_ms: NOW + 1 }, { muted_until_ms: NOW + 1 }],
    ['mute what is resolved', resolved, { do: 'mute', until_ms: tickMs(90) }, { muted_until_ms: tickMs(90) }],
    ['end a mute', alertOf({ muted_until_ms: tickMs(90) }), { do: 'mute', until_ms: null }, { muted_until_ms: null }],
    ['note', open, { do: 'note', text: ' rang twice ' }, { note: 'rang twice' }],
    ['note on what is closed', expired, { do: 'note', text: 'came back' }, { note: 'came back' }],
    ['remove a note', alertOf({ note: 'x' }), { do: 'note', text: '' }, { note: null }],
    ...PERSON_OUTCOMES.flatMap((outcome): [string, Alert, AlertStep, Partial<Alert>][] => [
      [`resolve as ${outcome}`, open, { do: 'resolve', outcome }, { state: 'resolved', outcome, closed_ms: NOW }],
      [`resolve a taken one as ${outcome}`, taken, { do: 'resolve', outcome }, { state: 'resolved', outcome, closed_ms: NOW }],
    ]),
  ];
  it.each(allowed)('%s', (_, alert, step, change) => {
    expect(act(alert, step)).toEqual({ ...alert, ...change, touched_ms: NOW, revision: 2 });
  });

  it('several things at once, as one revision', () => {
    const change = { note: 'rang', state: 'resolved', outcome: 'contacted', closed_ms: NOW, touched_ms: NOW, revision: 2 };
    expect(
      act(open, [
        { do: 'note', text: 'rang' },
        { do: 'resolve', outcome: 'contacted' },
      ]),
    ).toEqual({ ...open, ...change });
  });

  it('on a store whose clock stands before the last touch: times do not move back', () => {
    const later = alertOf({ opened_ms: tickMs(9), touched_ms: tickMs(9) });
    expect(act(later, { do: 'resolve', outcome: 'contacted' })).toMatchObject({ closed_ms: tickMs(9), touched_ms: tickMs(9) });
  });
});

describe('what is refused, with a sentence', () => {
  const refused: [string, Alert, AlertAction][] = [
    ['take what another has', taken, { do: 'acknowledge', assignee: 'Ben' }],
    ['take what is resolved', resolved, { do: 'acknowledge' }],
    ['take what has expired', expired, { do: 'acknowledge' }],
    ['assign what is resolved', resolved, { do: 'assign', assignee: 'Ben' }],
    ['assign what has expired', expired, { do: 'assign', assignee: 'Ben' }],
    ['leave an acknowledged alert to nobody', taken, { do: 'assign', assignee: null }],
    ['assign to no name', open, { do: 'assign', assignee: '  ' }],
    ['assign to an essay', open, { do: 'assign', assignee: 'x'.repeat(ASSIGNEE_CHARS_MAX + 1) }],
    ['resolve twice', resolved, { do: 'resolve', outcome: 'contacted' }],
    ['resolve what has expired', expired, { do: 'resolve', outcome: 'contacted' }],
    ['resolve as what only the system says', open, { do: 'resolve', outcome: 'recovered' as 'contacted' }],
    ['mute until now', open, { do: 'mute', until_ms: NOW }],
    ['mute until no time', open, { do: 'mute', until_ms: Number.NaN }],
    ['mute until after the end of time', open, { do: 'mute', until_ms: 9e15 }],
    ['too long a note', open, { do: 'note', text: 'x'.repeat(NOTE_CHARS_MAX + 1) }],
    ['nothing', open, []],
    [
      'all steps when one of them is refused',
      open,
      [
        { do: 'note', text: 'rang' },
        { do: 'mute', until_ms: 0 },
      ],
    ],
  ];
  it.each(refused)('%s', (_, alert, action) => {
    expect(act(alert, action)).toEqual({ refused: expect.stringMatching(/^[A-Z].{15,}\.$/) });
  });

  it('anything, from nobody', () => {
    expect(act(open, { do: 'acknowledge' }, ' ')).toEqual({ refused: 'It must be known who does this.' });
  });
});

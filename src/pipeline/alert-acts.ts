/** What people do with alerts: each one commit of the alert's next revision and the record of who did it. */
import { differences } from '../alerts/edit.js';
import { isUnresolved } from '../alerts/lifecycle.js';
import { type OpeningWords, openedByPerson } from '../alerts/opening.js';
import { onPerson } from '../alerts/person.js';
import type { Alert } from '../domain.js';
import { type Actor, type AlertEdit, type Commit, doneBy, StaleAlert, type Store } from '../ports.js';
import { type AlertPatch, stepsOf } from './alert-patch.js';
import type { Erased } from './erased.js';
import type { Roster } from './roster.js';

export type AlertChange =
  | { kind: 'changed'; alert: Alert }
  | { kind: 'not-found' }
  | { kind: 'conflict'; alert: Alert }
  | { kind: 'refused'; why: string };

/** Which student in which course a case is opened about. */
export interface AlertOpening extends OpeningWords {
  user_id: number;
  course_id: number;
}

/** `waits`: somebody has to look at one already. */
export type AlertOpened = { kind: 'opened'; alert: Alert } | { kind: 'waits'; alert: Alert } | { kind: 'refused'; why: string };

/** More alerts than an enrolment ever has. */
const EVERY_ALERT = 100_000;

export class AlertActs {
  constructor(
    private readonly store: Pick<Store, 'alert' | 'alerts' | 'predictions'>,
    private readonly roster: Pick<Roster, 'ofUsers'>,
    private readonly erased: Pick<Erased, 'commit'>,
    private readonly settings: { site: string; sinks: readonly string[] },
    private readonly now_ms: () => number,
    private readonly heard: (rows: Pick<Commit, 'alerts'>) => void,
  ) {}

  /** `revision` null = whatever it is now. */
  async change(alert_id: string, revision: number | null, patch: AlertPatch, actor: Actor): Promise<AlertChange> {
    const alert = await this.store.alert(alert_id);
    if (!alert) return { kind: 'not-found' };
    if (revision !== null && revision !== alert.revision) return { kind: 'conflict', alert };
    const steps = stepsOf(patch);
    if (typeof steps === 'string') return { kind: 'refused', why: steps };
    const next = onPerson(alert, steps, actor.name, this.now_ms());
    if ('refused' in next) return { kind: 'refused', why: next.refused };
    try {
      await this.#commit(next, actor, differences(alert, next));
    } catch (error) {
      if (error instanceof StaleAlert) return { kind: 'conflict', alert: (await this.store.alert(alert_id)) ?? alert };
      throw error;
    }
    return { kind: 'changed', alert: next };
  }

  async open({ user_id, course_id, ...words }: AlertOpening, actor: Actor): Promise<AlertOpened> {
    const last = await this.#last(user_id, course_id);
    if (last !== null && isUnresolved(last)) return { kind: 'waits', alert: last };
    const now_ms = this.now_ms();
    const [prediction] = await this.store.predictions({ user_id, course_id }, { limit: 1 });
    const enrolment = (await this.roster.ofUsers([user_id], now_ms)).find((one) => one.course_id === course_id);
    const enrolled = { last, prediction: prediction ?? null, state: enrolment?.state ?? null, site: this.settings.site };
    const alert = openedByPerson(enrolled, words, actor.name, now_ms);
    if ('refused' in alert) return { kind: 'refused', why: alert.refused };
    const { state, assignee, note } = alert;
    try {
      await this.#commit(alert, actor, { from: {}, to: { state, assignee, ...(note === null ? {} : { note: true }) } });
    } catch (error) {
      // Another process opened one in the same millisecond.
      const first = error instanceof StaleAlert ? await this.store.alert(alert.alert_id) : null;
      if (first !== null) return { kind: 'waits', alert: first };
      throw error;
    }
    return { kind: 'opened', alert };
  }

  async #commit(alert: Alert, actor: Actor, { from, to }: Pick<AlertEdit, 'from' | 'to'>): Promise<void> {
    const { alert_id, revision } = alert;
    const edit = { alert_id, revision, at_ms: this.now_ms(), ...doneBy(actor), from, to };
    await this.erased.commit({ alerts: [alert], alert_edits: [edit], sinks: [...this.settings.sinks] });
    this.heard({ alerts: [alert] });
  }

  /** The one opened last. */
  async #last(user_id: number, course_id: number): Promise<Alert | null> {
    const alerts = await this.store.alerts({ user_id, course_id }, { limit: EVERY_ALERT });
    return alerts.reduce<Alert | null>((last, one) => (last === null || one.opened_ms > last.opened_ms ? one : last), null);
  }
}

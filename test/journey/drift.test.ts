/**
 * The sample site with a feed that breaks: for three weeks nothing arrives, or for one every row comes twenty times. Nobody may be
 * alerted for that, and afterwards everything goes on by itself. And a challenger beside it, which nobody sees.
 */
import { beforeAll, describe, expect, it } from '@jest/globals';
import { MemoryStore } from '../../src/adapters/memory/memory-store.js';
import { Runner } from '../../src/app/runner.js';
import type { Alert, Change } from '../../src/domain.js';
import { FEATURES } from '../../src/features/vector.js';
import { Pipeline, type PipelineSettings } from '../../src/pipeline/pipeline.js';
import { type DriftCheck, type ModelManifest, Predictor, type Store } from '../../src/ports.js';
import { Calendar } from '../../src/windows/calendar.js';
import { decoded, ListSource } from './list-source.js';
import { linesOf } from './oracle/recorded.js';
import { HISTORY } from './site.js';

const DAY_MS = 86_400_000;
const FROM_MS = Date.parse('2026-09-21T00:00:00Z');
const TO_MS = FROM_MS + 21 * DAY_MS;
const calendar = new Calendar('UTC');
const changes = decoded(linesOf(HISTORY));
const timeOf = ({ table, row }: Change): number => (table === 'logstore_standard_log' ? Number(row?.timecreated) * 1000 : 0);
const isWithin = (change: Change, to_ms: number): boolean => timeOf(change) >= FROM_MS && timeOf(change) < to_ms;

interface Lived {
  store: Store;
  checks: DriftCheck[];
  alerts: Alert[];
}

async function lived(list: Change[], drift: PipelineSettings['drift'], challenger: Predictor | null = null): Promise<Lived> {
  const store = new MemoryStore();
  await store.open({ site: 'moodle', time_zone: 'UTC', day: (ms) => calendar.day(ms) });
  const settings: PipelineSettings = {
    site: 'moodle',
    threshold: 0.7,
    drift,
    scope: { include: [], exclude: [] },
    gap_ms: 900_000,
    cron: '0 3 * * *',
    time_zone: 'UTC',
    count_anonymous: false,
    shared: false,
    sinks: [],
    clock: null,
  };
  const checks: DriftCheck[] = [];
  const events = { drift: (check: DriftCheck) => void checks.push(check) };
  const pipeline = new Pipeline(store, calendar, settings, null, Date.now, events, challenger);
  await pipeline.open();
  await new Runner(new ListSource('site', list, 1500), pipeline, store).run();
  return { store, checks, alerts: await store.alerts({}, { limit: 10_000 }) };
}

const opened = ({ alerts }: Lived, from_ms: number, to_ms: number) =>
  alerts.filter((alert) => alert.opened_ms >= from_ms && alert.opened_ms < to_ms).length;

let healthy: Lived;
beforeAll(async () => {
  healthy = await lived(changes, 'hold');
});

describe('a healthy site', () => {
  it('is believed at every tick', () => {
    expect(healthy.checks.length).toBeGreaterThan(90);
    expect(healthy.checks.filter(({ suspect, held }) => suspect !== null || held)).toEqual([]);
    expect(healthy.checks.filter(({ psi }) => psi !== null).length).toBeGreaterThan(60);
    expect(healthy.alerts.length).toBeGreaterThan(10);
  });

  it('gives the same alerts and scores as if nobody looked', async () => {
    const unseen = await lived(changes, 'off');
    expect(unseen.checks).toEqual([]);
    expect(unseen.alerts).toEqual(healthy.alerts);
    const everything = { limit: 100_000 };
    expect(await unseen.store.scores({}, everything)).toEqual(await healthy.store.scores({}, everything));
  });
});

describe('an outage of three weeks', () => {
  const lost = changes.filter((change) => !isWithin(change, TO_MS));

  it('alerts nobody from the day on which it shows, and alerts go on by themselves when the rows come again', async () => {
    const held = await lived(lost, 'hold');
    const days = held.checks.filter((check) => check.held).map((check) => check.as_of_ms);
    const first_ms = Math.min(...days);
    const last_ms = Math.max(...days);
    expect(first_ms).toBeGreaterThan(FROM_MS);
    expect(first_ms).toBeLessThanOrEqual(FROM_MS + 7 * DAY_MS);
    // The first day after it is still six days of silence.
    expect(last_ms).toBeGreaterThan(TO_MS);
    expect(days.length).toBe((last_ms - first_ms) / DAY_MS + 1);
    expect(last_ms).toBeLessThan(TO_MS + 7 * DAY_MS);
    expect(opened(held, first_ms, last_ms + 1)).toBe(0);
    expect(opened(held, last_ms + 1, Infinity)).toBeGreaterThan(0);
    // What was open before stays as it is, unless the student left.
    const ended = held.alerts.filter(({ closed_ms }) => closed_ms !== null && closed_ms >= first_ms && closed_ms <= last_ms);
    expect(ended.map((alert) => alert.outcome).filter((outcome) => outcome === 'recovered')).toEqual([]);

    const warned = await lived(lost, 'warn');
    expect(warned.checks.map(({ suspect }) => suspect)).toEqual(held.checks.map(({ suspect }) => suspect));
    expect(warned.checks.some((check) => check.held)).toBe(false);
    expect(opened(warned, first_ms, last_ms + 1)).toBeGreaterThan(0);
  });
});

describe('rows that come twenty times', () => {
  it('hold alerts back while they come', async () => {
    let id = 50_000_000;
    const again = changes.flatMap((change) =>
      isWithin(change, FROM_MS + 7 * DAY_MS)
        ? [change, ...Array.from({ length: 19 }, () => ({ ...change, id: ++id, row: { ...change.row, id }, at: `copy ${id}` }))]
        : [change],
    );
    const { checks } = await lived(again, 'hold');
    const held = checks.filter((check) => check.held);
    expect(held.length).toBeGreaterThan(3);
    expect(held[0]!.suspect).toMatch(/delivered several times/);
    expect(held[0]!.as_of_ms).toBeGreaterThan(FROM_MS);
    expect(held[0]!.as_of_ms).toBeLessThanOrEqual(FROM_MS + 7 * DAY_MS);
    expect(checks.at(-1)!.held).toBe(false);
  });
});

/** Says of everybody that they are lost. */
class Alarmist extends Predictor {
  override readonly backend = 'none';
  override readonly manifest = { version: 'alarmist-1', target: 'effective-withdrawal' } as ModelManifest;
  override async predict(_: Float32Array, count: number) {
    return { 'effective-withdrawal': new Float32Array(count).fill(0.99) };
  }
  override contributions() {
    return new Float32Array(FEATURES.length);
  }
}

describe('a challenger', () => {
  it('scores everybody at every tick beside the champion, and nobody hears of it', async () => {
    const challenged = await lived(changes, 'hold', new Alarmist());
    expect(challenged.alerts).toEqual(healthy.alerts);
    const everything = { limit: 100_000 };
    const scores = await challenged.store.scores({}, everything);
    expect(scores).toEqual(await healthy.store.scores({}, everything));
    const shadows = await challenged.store.shadowScores(everything);
    const place = ({ as_of_ms, course_id, user_id }: (typeof shadows)[number] | (typeof scores)[number]) =>
      `${as_of_ms}/${course_id}/${user_id}`;
    expect(shadows.map(place).sort()).toEqual(scores.map(place).sort());
    expect(shadows.every(({ score, model_version }) => score === 0.99 && model_version === 'alarmist-1')).toBe(true);
    expect(await healthy.store.shadowScores(everything)).toEqual([]);
  });
});

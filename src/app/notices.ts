/** Notices put together: who is told, what of the site they may see, and by which channels. */
import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Stop, StopTokens } from '../access/unsubscribe.js';
import type { Config } from '../config.js';
import type { ReferenceRow } from '../domain.js';
import type { UnsubscribeDoor } from '../http/unsubscribe-routes.js';
import { idOf } from '../imports/rows.js';
import type { NoticeChannel } from '../notice-ports.js';
import type { OpenAlert, Standing } from '../notices/standing.js';
import { spared } from '../pipeline/erased.js';
import { Assignments } from '../reading/assignments.js';
import type { PageOf, Views } from '../reading/views.js';
import type { Log } from './log.js';
import type { Metrics } from './metrics.js';
import { NoticeRounds, type NoticeSettings, type NoticeWorld, type Recipient } from './notice-rounds.js';
import { secretKey } from './secret-key.js';
import type { Service } from './service.js';
import { Sights } from './sights.js';
import { StateKeeper } from './sink-states.js';

/** An alert is told within this, where somebody wants to hear at once. */
const LOOK_MS = 15_000;
const PAGE_ITEMS = 1_000;
const HTTPS_PORT = 443;
/** Imported: staff's addresses. */
const ADDRESSES = 'sis_addresses';
/** Who wants no more of them, and by which channel. */
const STOPS = 'sis_notice_stops';

type Channels = Pick<Config, 'smtp' | 'mail_from' | 'moodle_ws' | 'moodle_ws_token'>;

/** Loaded when they are needed. */
export async function channelsOf({ smtp, mail_from, moodle_ws, moodle_ws_token }: Channels): Promise<NoticeChannel[]> {
  const channels: NoticeChannel[] = [];
  if (smtp !== null) {
    const { MailChannel } = await import('../adapters/mail/mail-channel.js');
    channels.push(new MailChannel({ url: smtp, from: mail_from! }));
  }
  if (moodle_ws !== null) {
    const { MoodleMessageChannel } = await import('../adapters/moodle-ws/message-channel.js');
    channels.push(new MoodleMessageChannel({ url: moodle_ws, token: moodle_ws_token! }));
  }
  return channels;
}

export function noticeSettings(config: Config): NoticeSettings {
  const { notices: form, notice_cron: cron, time_zone, quiet_hours: quiet, notices_per_hour: per_hour } = config;
  return { form, cron, time_zone, quiet, per_hour, language: config.notice_language, page: pageOf(config) };
}

/**
 * As people in their browsers reach it, no slash at the end. Where this service speaks TLS itself, its name goes with its port; a proxy's is the usual one.
 *
 *     HOLDFAST_HOSTS=holdfast.example.ac.uk HOLDFAST_LISTEN=0.0.0.0:8443, with a certificate → https://holdfast.example.ac.uk:8443
 */
export function pageOf({ page, hosts, listen, tls_cert }: Pick<Config, 'page' | 'hosts' | 'listen' | 'tls_cert'>): string {
  if (page !== null) return page;
  const name = hosts![0]!;
  const has_port = /:\d+$/.test(name);
  return tls_cert === null || listen.port === HTTPS_PORT || has_port ? `https://${name}` : `https://${name}:${listen.port}`;
}

/** Until `signal` aborts. A store that is away ends it, as it ends everything else. */
export async function tellStaff(
  config: Config,
  service: Service,
  holder: string,
  { log, metrics }: { log: Log; metrics: Metrics },
  signal: AbortSignal,
): Promise<void> {
  const channels = await channelsOf(config);
  if (channels.length === 0) return;
  const world = worldOf(service, new StopTokens(await secretKey(config)));
  const settings = noticeSettings(config);
  await Promise.all(
    channels.map(async (channel) => {
      const { name } = channel;
      metrics.sink(name, true);
      const state = new StateKeeper(service.store, name);
      const rounds = new NoticeRounds(world, channel, settings, `${holder}/${randomUUID().slice(0, 4)}`, {
        round: async ({ sent, refused, waiting }, up) => {
          metrics.round(name, sent, refused, waiting);
          await state.note({ up, waiting, refused });
        },
        away: (message) => {
          metrics.sink(name, false);
          log.warn({ sink: name }, message);
        },
        back: () => {
          metrics.sink(name, true);
          log.info({ sink: name }, `${name} is back: what waited is told now.`);
        },
        refused: (why) => log.warn({ sink: name }, `${name} refused a notice for good: ${why}`),
      });
      try {
        while (!signal.aborted) {
          await rounds.look(Date.now());
          await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
        }
      } finally {
        await rounds.close();
      }
    }),
  );
}

export function worldOf({ store, pipeline, limited, shown, seen }: Service, tokens: StopTokens): NoticeWorld {
  const { roster } = pipeline;
  const assignments = new Assignments(store);
  const sights = new Sights(roster, assignments, Date.now);
  const views = async (user_id: number) => limited(await sights.viewer({ name: `notice to ${user_id}`, scopes: [], user_id }));
  return {
    store,
    tokens,
    standing: async (user_id) => standingOf(await views(user_id)),
    recipients: async (channel) => {
      const stops = new Set((await rowsOf(store, STOPS)).map(({ id }) => id));
      const all = channel === 'mail' ? await addressed(store) : await teaching(await roster.teachers(), assignments);
      const wanted = all.filter(({ user_id }) => !stops.has(stopId({ user_id, channel })));
      const people = await roster.users(wanted.map(({ user_id }) => user_id));
      return wanted.filter(({ user_id }) => isHere(people.get(user_id)));
    },
    turn: async () => {
      const open = (await shown.places()).filter(({ state }) => state === 'open').map(({ alert_id }) => alert_id);
      return createHash('sha256').update(open.sort().join()).digest('hex');
    },
    named: (user_id, alert) =>
      seen.record({ name: `notice to ${user_id}`, kind: 'staff', user_id }, 'notice', [
        { user_id: alert.user_id, course_id: null },
      ]),
  };
}

/** Kept beside what was imported, so that it goes with the person. */
export async function stopNotices(
  store: Pick<Service['store'], 'commit'>,
  stop: Stop,
  stopped: boolean,
  at_ms: number,
): Promise<void> {
  const { user_id, channel } = stop;
  const reference: ReferenceRow = {
    table: STOPS,
    id: stopId(stop),
    user_id,
    parent_id: null,
    deleted: !stopped,
    row: { channel, at_ms },
    source_ms: null,
    coordinate: null,
  };
  const detail = stopped ? `Somebody ended their notices by ${channel}.` : `Somebody wants notices by ${channel} again.`;
  await store.commit({
    references: [{ op: stopped ? 'upsert' : 'delete', reference }],
    changes: [{ at_ms, by: `user ${user_id}`, by_user_id: user_id, what: 'notices', detail }],
  });
}

const stopId = ({ user_id, channel }: Stop): number => idOf(STOPS, `${channel}/${user_id}`);

async function standingOf(views: Views): Promise<Standing> {
  const listed = new Set<number>();
  for await (const { user_id } of every((cursor) => views.early({}, cursor, PAGE_ITEMS))) listed.add(user_id);
  const open: OpenAlert[] = [];
  for await (const alert of every((cursor) => views.alerts({ state: ['open'] }, cursor, PAGE_ITEMS))) {
    const { alert_id, user_id, score, opened_ms, person, course } = alert;
    open.push({ alert_id, user_id, score, opened_ms, name: person.name, course: course.shortname });
  }
  const unread = new Set((await views.unread()).map(({ person }) => person.user_id)).size;
  return { listed: listed.size, open, unread };
}

async function* every<Item>(page: (cursor: string | null) => Promise<PageOf<Item>>): AsyncGenerator<Item> {
  let cursor: string | null = null;
  do {
    const { items, next_cursor }: PageOf<Item> = await page(cursor);
    yield* items;
    cursor = next_cursor;
  } while (cursor !== null);
}

async function rowsOf(store: Pick<Service['store'], 'references'>, table: ReferenceRow['table']): Promise<ReferenceRow[]> {
  return (await store.references(table)).filter(({ deleted }) => !deleted);
}

async function addressed(store: Service['store']): Promise<Recipient[]> {
  return (await rowsOf(store, ADDRESSES)).map(({ user_id, row }) => ({ user_id: user_id!, to: String(row.address) }));
}

async function teaching(teachers: ReadonlySet<number>, assignments: Assignments): Promise<Recipient[]> {
  const ids = new Set([...teachers, ...(await assignments.tutors()).keys()]);
  return [...ids].sort((a, b) => a - b).map((user_id) => ({ user_id, to: String(user_id) }));
}

/** Somebody whom Moodle does not know (yet) may still be staff. */
function isHere(user: ReferenceRow | undefined): boolean {
  return user === undefined || (!user.deleted && user.row.deleted !== 1 && user.row.suspended !== 1);
}

/** Answers the links in notices; null where none are sent. */
export async function unsubscribeDoor(config: Config, { store, pipeline }: Service): Promise<UnsubscribeDoor | null> {
  if (config.smtp === null && config.moodle_ws === null) return null;
  const tokens = new StopTokens(await secretKey(config));
  return {
    tokens,
    stop: (stop, stopped) => stopNotices(spared(store, pipeline.erased), stop, stopped, Date.now()),
    language: config.notice_language,
  };
}

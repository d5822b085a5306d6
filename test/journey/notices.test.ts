/** Notices to the staff of the sample site: taken by a real SMTP server, read, and ended by the link in them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { StopTokens } from '../../src/access/unsubscribe.js';
import { importFile } from '../../src/app/import-run.js';
import { NoticeRounds, type NoticeSettings, type NoticeWorld } from '../../src/app/notice-rounds.js';
import { channelsOf, noticeSettings, stopNotices, worldOf } from '../../src/app/notices.js';
import type { Alert } from '../../src/domain.js';
import { createHttp } from '../../src/http/create-http.js';
import type { NoticeChannel } from '../../src/notice-ports.js';
import type { OpenAlert } from '../../src/notices/standing.js';
import { StudentVoice } from '../../src/pipeline/student-voice.js';
import { named } from '../../src/ports.js';
import { pair } from '../../src/reading/grouping.js';
import { MailServer } from '../adapters/mail-server.js';
import { fakeParts } from '../http/fakes.js';
import { Service as Asking } from '../http/service.js';
import { configOf, HISTORY, openSite, replay, type Site, TempFolder, WEEKLY } from './site.js';

/** A Tuesday, after the time of digests. */
const NOON_MS = Date.parse('2026-11-24T12:00:00Z');
const DAY_MS = 86_400_000;
const TOKENS = new StopTokens(Buffer.alloc(32, 7));
const STRANGER = 900_003;

const temp = new TempFolder();
let site: Site;
let server: MailServer;
let teacher: number;
let taught: Set<number>;
let channel: NoticeChannel;
let settings: NoticeSettings;
let world: NoticeWorld;
const told: string[] = [];

beforeAll(async () => {
  site = await openSite(WEEKLY);
  await replay(site.service, site.config, [HISTORY]);
  const { roster } = site.service.pipeline;
  const open = await site.service.store.alerts({}, { limit: 10_000 });
  for (const user_id of await roster.teachers()) {
    const courses = await roster.coursesTaught(user_id);
    if (!open.some((alert) => alert.state === 'open' && courses.has(alert.course_id))) continue;
    [teacher, taught] = [user_id, courses];
  }
  server = await MailServer.start();
  const lines = ['staff,address', `${teacher},teacher@example.org`, `${STRANGER},stranger@example.org`, '17,not an address'];
  const result = await importFile(site.service, temp.lines(lines, 'addresses.csv'));
  expect(result).toMatchObject({ kind: 'addresses', added: 2, rejected: { 'bad-value': 1 } });
  const env = {
    HOLDFAST_SMTP: `smtp://${server.at}`,
    HOLDFAST_MAIL_FROM: 'holdfast@example.org',
    HOLDFAST_PAGE: 'https://holdfast.example.org',
  };
  const config = configOf(env);
  [channel] = (await channelsOf(config)) as [NoticeChannel];
  settings = noticeSettings(config);
  world = worldOf(site.service, TOKENS);
});
afterAll(async () => {
  await channel?.close();
  await server?.close();
  await site?.service.close();
  temp.remove();
});
beforeEach(() => {
  server.mails.length = 0;
  server.raw.length = 0;
  told.length = 0;
  server.refuse = null;
});

/** What was told is kept apart for each test. */
function storeOf(name: string): NoticeWorld['store'] {
  const { store } = site.service;
  return {
    position: (source) => store.position(`${name} ${source}`),
    commit: (commit) =>
      store.commit({ ...commit, position: { ...commit.position!, source: `${name} ${commit.position!.source}` } }),
    lease: (lease, holder, ms) => store.lease(`${name} ${lease}`, holder, ms),
    release: (lease, holder) => store.release(`${name} ${lease}`, holder),
  };
}

/** As after a restart: nothing is known but what the store has. */
function rounds(
  name: string,
  more: Partial<NoticeSettings> = {},
  { store = storeOf(name), by = channel, ...others }: Partial<NoticeWorld> & { by?: NoticeChannel } = {},
): NoticeRounds {
  return new NoticeRounds({ ...world, ...others, store }, by, { ...settings, ...more }, 'test', {
    round: ({ sent, refused, waiting }) => void told.push(`sent ${sent}, refused ${refused}, waiting ${waiting}`),
    away: (message) => told.push(message),
    back: () => told.push('back'),
    refused: (why) => told.push(why),
  });
}

const receivers = () => server.mails.map(({ to }) => (to as { text: string }).text);

const NO_CHANNELS = { smtp: null, mail_from: null, moodle_ws: null, moodle_ws_token: null };

/** Two who see the same, the first of them with a mailbox that is full. */
const both: Partial<NoticeWorld> = {
  recipients: async () => [
    { user_id: teacher, to: 'full@example.org' },
    { user_id: STRANGER, to: 'stranger@example.org' },
  ],
  standing: () => world.standing(teacher),
};

const asOpen = ({ alert_id, user_id, score, opened_ms }: Alert): OpenAlert => ({
  alert_id,
  user_id,
  score,
  opened_ms,
  name: null,
  course: 'BIO101',
});

/** Of who is still there: the last scoring is some days old. */
const openAlerts = async () => {
  const { store, pipeline } = site.service;
  const gone = (await pipeline.roster.all(pipeline.now_ms())).filter(({ state }) => state !== 'active').map(pair);
  return (await store.alerts({}, { limit: 10_000 })).filter(
    (alert) => alert.state === 'open' && taught.has(alert.course_id) && !gone.includes(pair(alert)),
  );
};

describe('a digest', () => {
  it('says how many and where, and neither who nor how high, to who teaches there and to nobody else', async () => {
    await rounds('one').look(NOON_MS);
    expect(told).toEqual(['sent 1, refused 0, waiting 0']);
    const [mail] = server.mails;
    const alerts = await openAlerts();
    expect((mail!.to as { text: string }).text).toBe('teacher@example.org');
    expect(mail!.subject).toBe(`Holdfast: ${alerts.length === 1 ? '1 new alert' : `${alerts.length} new alerts`}`);
    expect(mail!.text).toContain(`New alerts since you were last told: ${alerts.length}\n`);
    expect(mail!.text).toContain('https://holdfast.example.org/at-risk');
    const users = await site.service.pipeline.roster.users(alerts.map(({ user_id }) => user_id));
    for (const { row } of users.values()) {
      expect(server.raw[0]).not.toContain(String(row.lastname));
      expect(server.raw[0]).not.toContain(String(row.firstname));
    }
    for (const { score } of alerts) expect(server.raw[0]).not.toContain(score.toFixed(2));
  });

  it('comes once a day at its time, after a restart too, and again when there is news or a week is over', async () => {
    const again = rounds('two');
    await again.look(NOON_MS);
    for (const later_ms of [60_000, DAY_MS - 1, DAY_MS]) {
      await again.look(NOON_MS + later_ms);
      await rounds('two').look(NOON_MS + later_ms);
    }
    expect(server.mails).toHaveLength(1);
    await rounds('two').look(NOON_MS + 7 * DAY_MS);
    expect(server.mails[1]!.text).toContain('New alerts since you were last told: 0\n');
  });

  it('counts who wrote something that nobody has read, and brings it up each day until somebody has', async () => {
    const [alert] = await openAlerts();
    const voice = new StudentVoice(site.service.store, site.service.pipeline, () => NOON_MS);
    const again = rounds('helped');
    await again.look(NOON_MS);
    expect(server.mails[0]!.text).toContain('Your students who wrote something that nobody has read yet: 0\n');
    const said = (await voice.say(alert!.user_id, alert!.course_id, 'help', 'my own words'))!;
    await again.look(NOON_MS + DAY_MS);
    expect(server.mails).toHaveLength(2);
    expect(server.mails[1]!.subject).toBe('Holdfast: 1 student wrote something to read');
    expect(server.mails[1]!.text).toContain('Your students who wrote something that nobody has read yet: 1\n');
    expect(server.raw[1]).not.toContain('my own words');
    await voice.seen(said, named('Ana'));
    await again.look(NOON_MS + 2 * DAY_MS);
    expect(server.mails).toHaveLength(2);
  });

  it('waits for the end of quiet hours, and is not sent on a day that has none', async () => {
    const quiet = { from_min: 0, to_min: 12 * 60 + 30, days: [] };
    const one = rounds('three', { quiet });
    await one.look(NOON_MS);
    expect(server.mails).toHaveLength(0);
    await one.look(NOON_MS + 1_800_000);
    expect(server.mails).toHaveLength(1);
    const saturday = NOON_MS + 4 * DAY_MS;
    await rounds('four').look(saturday);
    expect(server.mails).toHaveLength(1);
  });

  it('is sent again with the same id after a crash between the sending and the keeping', async () => {
    const dying = { ...storeOf('five'), commit: () => Promise.reject(new Error('power cut')) };
    await expect(rounds('five', {}, { store: dying }).look(NOON_MS)).rejects.toThrow('power cut');
    await rounds('five').look(NOON_MS + 60_000);
    expect(server.mails.map(({ messageId }) => messageId)).toEqual([server.mails[0]!.messageId, server.mails[0]!.messageId]);
  });

  it('waits, said once and counted, while the server takes none, and comes when it does', async () => {
    const patient = rounds('six');
    server.refuse = { stage: 'sender', code: 451 };
    await patient.look(NOON_MS);
    await patient.look(NOON_MS + 1_000);
    await patient.look(NOON_MS + 20_000);
    expect(told).toEqual([expect.stringMatching(/answers 451/), 'sent 0, refused 0, waiting 1', 'sent 0, refused 0, waiting 1']);
    server.refuse = null;
    await patient.look(NOON_MS + 25_000);
    expect(server.mails).toHaveLength(0);
    await patient.look(NOON_MS + 120_000);
    expect(server.mails).toHaveLength(1);
    expect(told.slice(3)).toEqual(['back', 'sent 1, refused 0, waiting 0']);
  });

  it('for a full mailbox waits for it, and everybody else has theirs', async () => {
    const patient = rounds('full', {}, both);
    server.refuse = { stage: 'receiver', code: 452, only: 'full@example.org' };
    await patient.look(NOON_MS);
    expect(told).toEqual(['sent 1, refused 0, waiting 1']);
    expect(receivers()).toEqual(['stranger@example.org']);
    await patient.look(NOON_MS + 20_000);
    server.refuse = null;
    // Twice refused, it is left alone for half a minute.
    await patient.look(NOON_MS + 25_000);
    expect(receivers()).toEqual(['stranger@example.org']);
    await patient.look(NOON_MS + 60_000);
    expect(receivers()).toEqual(['stranger@example.org', 'full@example.org']);
    expect(told.at(-1)).toBe('sent 1, refused 0, waiting 0');
  });

  it('waits for all where the login is refused, and that is asked once a round', async () => {
    const guarded = await MailServer.start({ with_login: true });
    guarded.refuse = { stage: 'login', code: 535 };
    const [by] = await channelsOf({ ...NO_CHANNELS, smtp: `smtp://ann:pw@${guarded.at}`, mail_from: 'holdfast@example.org' });
    const patient = rounds('login', {}, { ...both, by });
    await patient.look(NOON_MS);
    expect(told).toEqual([expect.stringMatching(/answers 535/), 'sent 0, refused 0, waiting 2']);
    expect(guarded.logins).toHaveLength(1);
    guarded.refuse = null;
    await patient.look(NOON_MS + 20_000);
    expect(guarded.mails).toHaveLength(2);
    await by!.close();
    await guarded.close();
  });

  it('of a Friday evening comes on Monday, when it may', async () => {
    const evening = { cron: '0 20 * * 5', time_zone: 'UTC', quiet: { from_min: 19 * 60, to_min: 7 * 60, days: [0, 6] } };
    const one = rounds('friday', evening);
    for (const then of ['2026-11-27T20:00:30Z', '2026-11-28T12:00:00Z', '2026-11-30T06:59:00Z']) await one.look(Date.parse(then));
    expect(server.mails).toHaveLength(0);
    await one.look(Date.parse('2026-11-30T07:00:10Z'));
    expect(server.mails).toHaveLength(1);
    // Where the server was away since then, for a day.
    await rounds('friday late', evening).look(Date.parse('2026-12-01T07:30:00Z'));
    expect(server.mails).toHaveLength(1);
  });

  it('is not silenced by a clock that leaps ahead and comes back', async () => {
    const open = await openAlerts();
    const standing = (n: number): Partial<NoticeWorld> => ({
      recipients: async () => [{ user_id: teacher, to: 'teacher@example.org' }],
      standing: async () => ({ listed: 0, unread: 0, open: open.slice(0, n).map(asOpen) }),
    });
    await rounds('leap', {}, standing(1)).look(NOON_MS + 400 * DAY_MS);
    expect(server.mails).toHaveLength(1);
    await rounds('leap', {}, standing(1)).look(NOON_MS);
    expect(server.mails).toHaveLength(1);
    await rounds('leap', {}, standing(2)).look(NOON_MS + DAY_MS);
    expect(server.mails.at(-1)?.text).toContain('New alerts since you were last told: 1\n');

    const waiting = rounds('leap away');
    server.refuse = { stage: 'sender', code: 451 };
    await waiting.look(NOON_MS + 400 * DAY_MS);
    server.refuse = null;
    await waiting.look(NOON_MS);
    expect(server.mails).toHaveLength(3);
  });

  it('goes out no faster than it may, and none is lost', async () => {
    const alerts = await openAlerts();
    const slow = rounds('seven', { form: 'original', per_hour: 6 });
    for (let hour = 0; hour < alerts.length + 2; hour++) await slow.look(NOON_MS + hour * 600_000);
    expect(server.mails).toHaveLength(alerts.length);
    expect(new Set(server.mails.map(({ messageId }) => messageId)).size).toBe(alerts.length);
  });
});

describe('a notice at once', () => {
  it('in the form of the original names who and how high, each alert once, and it is on record who was shown', async () => {
    await rounds('eight', { form: 'original' }).look(NOON_MS);
    await rounds('eight', { form: 'original' }).look(NOON_MS + 60_000);
    const alerts = await openAlerts();
    expect(server.mails).toHaveLength(alerts.length);
    const all = server.mails.map(({ subject, text }) => `${subject}\n${text}`).join('\n');
    for (const { user_id, score } of alerts)
      expect(all).toMatch(new RegExp(`Withdrawal Risky Student\\n.*\\(user ${user_id}\\) in .* ${score.toFixed(2)}\\.`));
    const [view] = await site.service.seen.of(alerts[0]!.user_id, { from_ms: 0, limit: 10 });
    expect(view).toMatchObject({ viewer: `notice to ${teacher}`, what: 'notice' });
  });

  it('tells a new alert within the next look, and nothing while nothing changed', async () => {
    const quick = rounds('nine', { form: 'immediate' });
    await quick.look(NOON_MS);
    await quick.look(NOON_MS + 60_000);
    expect(server.mails).toHaveLength(1);
    const [known] = await openAlerts();
    const opened_ms = site.service.pipeline.now_ms();
    const opened = { ...known!, alert_id: 'ffffffffffffff01', opened_ms, revision: 1 };
    await site.service.store.commit({ alerts: [opened] });
    site.service.pipeline.onChanged({ alerts: [opened] });
    await quick.look(NOON_MS + 120_000);
    expect(server.mails).toHaveLength(2);
    expect(server.mails[1]!.text).toContain('New alerts since you were last told: 1\n');

    // Another opens at the same instant while somebody takes this one.
    const swapped = [
      { ...opened, state: 'acknowledged' as const, revision: 2 },
      { ...opened, alert_id: 'ffffffffffffff02' },
    ];
    await site.service.store.commit({ alerts: swapped });
    site.service.pipeline.onChanged({ alerts: swapped });
    await quick.look(NOON_MS + 135_000);
    expect(server.mails).toHaveLength(3);
  });
});

describe('the link in a notice', () => {
  it('ends them with one click and without signing in, and begins them again; both are on record', async () => {
    const stop = (what: Parameters<typeof stopNotices>[1], stopped: boolean) =>
      stopNotices(site.service.store, what, stopped, NOON_MS);
    const parts = { ...fakeParts({}), unsubscribe: { tokens: TOKENS, stop, language: 'en' as const } };
    const asking = new Asking(await createHttp(parts), fakeParts({}));
    asking.http.ready();
    await rounds('ten').look(NOON_MS);
    const link = /List-Unsubscribe: <https:\/\/holdfast\.example\.org(\S+)>/.exec(server.raw[0]!.replace(/\r\n\s+/g, ' '))![1]!;
    const looked = await asking.get(link);
    expect([looked.status, looked.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(looked.text).toContain('<form');
    expect(await world.recipients('mail')).toHaveLength(2);

    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const click = await asking.ask('POST', link, { headers: form, body: 'List-Unsubscribe=One-Click' });
    expect([click.status, click.text]).toEqual([200, expect.stringContaining('You get no more of them')]);
    expect(await world.recipients('mail')).toEqual([{ user_id: STRANGER, to: 'stranger@example.org' }]);
    await rounds('eleven').look(NOON_MS);
    expect(server.mails).toHaveLength(1);

    await asking.ask('POST', link, { headers: form, body: 'again=1' });
    await rounds('eleven').look(NOON_MS + 60_000);
    const changes = await site.service.store.changes(0, 10);
    expect(changes.filter(({ what }) => what === 'notices')).toHaveLength(2);
    expect((await world.recipients('mail')).map(({ user_id }) => user_id)).toContain(teacher);
    for (const wrong of ['/unsubscribe', '/unsubscribe?token=1.mail.AAAAAAAAAAAAAAAAAAAAAA'])
      expect((await asking.ask('POST', wrong, { headers: form, body: '' })).status).toBe(404);
    await asking.close();
  });
});

/**
 * Tells staff by one channel what there is for them: when their digest is due, or as soon as an alert opens. Of several processes one does it.
 * What somebody was told is kept after the channel has taken it, so a crash between the two sends the same notice again, with the same id.
 */
import type { StopTokens } from '../access/unsubscribe.js';
import { ChannelUnavailable, type NoticeChannel, NoticePostponed, NoticeRefused, noticeMark } from '../notice-ports.js';
import { Pace } from '../notices/pace.js';
import { isQuiet, type QuietHours, quietUntil } from '../notices/quiet.js';
import {
  believed,
  byOpening,
  isDue,
  type NoticeForm,
  newsIn,
  noticeId,
  type OpenAlert,
  type Standing,
  type Told,
  toldAfter,
} from '../notices/standing.js';
import { Wait } from '../notices/wait.js';
import { countsSaid, type NoticeLanguage, originalSaid, type Said } from '../notices/words.js';
import { HeldLease } from '../pipeline/held-lease.js';
import { StalePosition, type Store } from '../ports.js';
import { latestTick } from '../scoring/ticks.js';

export interface NoticeSettings {
  form: NoticeForm;
  /** When digests are due, in the site's zone. */
  cron: string;
  time_zone: string;
  quiet: QuietHours;
  per_hour: number;
  language: NoticeLanguage;
  /** Where people reach the page: `https://holdfast.example.ac.uk`, no slash at the end. */
  page: string;
}

export interface Recipient {
  user_id: number;
  /** As the channel addresses them. */
  to: string;
}

/** What rounds need to know of the site. */
export interface NoticeWorld {
  store: Pick<Store, 'position' | 'commit' | 'lease' | 'release'>;
  /** Who wants to be told by this channel, and may be. */
  recipients(channel: NoticeChannel['name']): Promise<Recipient[]>;
  /** What they may see of the site as it stands. */
  standing(user_id: number): Promise<Standing>;
  /** Another one as soon as an alert opens or is taken. */
  turn(): Promise<string>;
  /** Names that leave by mail were seen: recorded before they go. */
  named(user_id: number, alert: OpenAlert): Promise<void>;
  tokens: StopTokens;
}

export interface RoundCount {
  sent: number;
  refused: number;
  waiting: number;
}

/** Never with an address, a name or a number of somebody. */
export interface NoticeEvents {
  /** Also while the channel is away: all that is due waits then. `up`: null = it was not asked. */
  round(count: RoundCount, up: boolean | null): Promise<void> | void;
  away(message: string): void;
  back(): void;
  refused(why: string): void;
}

/** A digest that could not be sent for a day outside quiet hours is left to the next. */
const LATE_MS_MAX = 24 * 3_600_000;
/** Who teaches what may change without an alert: looked at again at least so often. */
const LOOK_MS = 3_600_000;

/** Somebody for whom there is something. */
interface Case {
  recipient: Recipient;
  kept: string | null;
  told: Told | null;
  standing: Standing;
}

/** One message, and the alerts that it is about. */
interface Part {
  about: string[];
  said: Said;
  alerts: readonly OpenAlert[];
}

export class NoticeRounds {
  readonly #pace: Pace;
  #done = '';
  readonly #channelWait = new Wait();
  /** Of receivers who were not taken just now. */
  readonly #waits = new Map<number, Wait>();
  /** Nothing but those receivers waits for this mark. */
  #resting: { mark: string; until: Wait } | null = null;

  constructor(
    private readonly world: NoticeWorld,
    private readonly channel: NoticeChannel,
    private readonly settings: NoticeSettings,
    private readonly holder: string,
    private readonly events: NoticeEvents,
  ) {
    this.#pace = new Pace(settings.per_hour);
  }

  /** Tells what is due at `now_ms`, by the machine's clock. */
  async look(now_ms: number): Promise<void> {
    const { time_zone, quiet } = this.settings;
    if (this.#channelWait.lasts(now_ms) || isQuiet(now_ms, time_zone, quiet)) return;
    const due = await this.#due(now_ms);
    if (due === null || (this.#resting?.mark === due.mark && this.#resting.until.lasts(now_ms))) return;
    const lease = await HeldLease.take(this.world.store, this.#name('round'), this.holder);
    if (!lease) return;
    try {
      const { count, postponed, away } = await this.#tellAll(due.since_ms, now_ms, lease);
      const up = away !== null ? false : count.sent + count.refused + postponed.length > 0 ? true : null;
      this.#heard(away, now_ms);
      await this.events.round(count, up);
      this.#resting = away === null && count.waiting === postponed.length ? restingFor(due.mark, postponed) : null;
      if (count.waiting === 0 && lease.held) await this.#finish(due.mark);
    } catch (error) {
      if (!(error instanceof StalePosition)) throw error;
    } finally {
      lease.stop();
    }
  }

  async close(): Promise<void> {
    await this.world.store.release(this.#name('round'), this.holder);
    await this.channel.close();
  }

  /** null = nothing is. `since_ms`: whoever was told since then has been told this. */
  async #due(now_ms: number): Promise<{ mark: string; since_ms: number } | null> {
    if (this.settings.form !== 'digest') {
      const mark = `${Math.floor(now_ms / LOOK_MS)} ${await this.world.turn()}`;
      return mark === this.#done ? null : { mark, since_ms: Number.POSITIVE_INFINITY };
    }
    const since_ms = latestTick(this.settings.cron, this.settings.time_zone, now_ms);
    const mark = String(since_ms);
    if (mark === this.#done || this.#isLate(since_ms, now_ms)) return null;
    this.#done = (await this.world.store.position(this.#name('done'))) ?? '';
    return mark === this.#done ? null : { mark, since_ms };
  }

  /** Counted from when it could first be sent: what falls due on a Friday evening is for Monday. */
  #isLate(since_ms: number, now_ms: number): boolean {
    if (now_ms - since_ms <= LATE_MS_MAX) return false;
    const from_ms = quietUntil(since_ms, this.settings.time_zone, this.settings.quiet);
    return from_ms === null || now_ms - from_ms > LATE_MS_MAX;
  }

  #heard(away: ChannelUnavailable | null, now_ms: number): void {
    if (away === null) {
      if (this.#channelWait.begun) this.events.back();
      this.#channelWait.end();
      return;
    }
    if (!this.#channelWait.begun) this.events.away(away.message);
    this.#channelWait.longer(now_ms);
  }

  async #finish(mark: string): Promise<void> {
    this.#done = mark;
    this.#waits.clear();
    if (this.settings.form !== 'digest') return;
    const source = this.#name('done');
    await this.world.store.commit({ position: { source, from: await this.world.store.position(source), to: mark } });
  }

  /** Whoever cannot be told now is counted, and holds nobody up. */
  async #tellAll(since_ms: number, now_ms: number, lease: HeldLease) {
    const count: RoundCount = { sent: 0, refused: 0, waiting: 0 };
    const postponed: Wait[] = [];
    let away: ChannelUnavailable | null = null;
    for (const recipient of await this.world.recipients(this.channel.name)) {
      if (!lease.held) {
        count.waiting++;
        break;
      }
      const found = await this.#caseOf(recipient, since_ms, now_ms);
      if (found === null) continue;
      const wait = this.#waits.get(recipient.user_id) ?? new Wait();
      if (away !== null) count.waiting++;
      else if (wait.lasts(now_ms)) postponed.push(wait);
      else {
        const fault = await this.#try(found, since_ms, now_ms, count);
        if (fault instanceof ChannelUnavailable) {
          away = fault;
          count.waiting++;
        } else if (fault === null) this.#waits.delete(recipient.user_id);
        else {
          wait.longer(now_ms);
          this.#waits.set(recipient.user_id, wait);
          postponed.push(wait);
        }
      }
    }
    count.waiting += postponed.length;
    return { count, postponed, away };
  }

  /** What it has to wait for; null = nothing, or it is for the pace alone. */
  async #try(
    found: Case,
    since_ms: number,
    now_ms: number,
    count: RoundCount,
  ): Promise<NoticePostponed | ChannelUnavailable | null> {
    try {
      await this.#tell(found, since_ms, now_ms, count);
      return null;
    } catch (error) {
      if (error instanceof NoticePostponed || error instanceof ChannelUnavailable) return error;
      throw error;
    }
  }

  /** null = there is nothing for them. */
  async #caseOf(recipient: Recipient, since_ms: number, now_ms: number): Promise<Case | null> {
    const kept = await this.world.store.position(this.#name(String(recipient.user_id)));
    const told = believed(kept === null ? null : (JSON.parse(kept) as Told), now_ms);
    if (told !== null && told.sent_ms >= since_ms) return null;
    const standing = await this.world.standing(recipient.user_id);
    return isDue(this.settings.form, standing, told, now_ms) ? { recipient, kept, told, standing } : null;
  }

  async #tell({ recipient, standing, ...before }: Case, since_ms: number, now_ms: number, count: RoundCount): Promise<void> {
    const { channel, settings, world } = this;
    const { user_id, to } = recipient;
    let { kept, told } = before;
    const unsubscribe = `${settings.page}/unsubscribe?token=${world.tokens.of({ user_id, channel: channel.name })}`;
    for (const { about, said, alerts } of this.#parts(standing, told, since_ms, unsubscribe)) {
      if (!this.#pace.take(now_ms)) {
        count.waiting++;
        return;
      }
      try {
        if (settings.form === 'original') for (const alert of alerts) await world.named(user_id, alert);
        await channel.send({ id: noticeId(channel.name, user_id, about), to, unsubscribe, ...said });
        count.sent++;
      } catch (error) {
        if (!(error instanceof NoticeRefused)) throw error;
        // Told for good: the next one tries again.
        this.events.refused(error.message);
        count.refused++;
      }
      told = toldAfter(standing, told, alerts, now_ms);
      const text = JSON.stringify(told);
      await world.store.commit({ position: { source: this.#name(String(user_id)), from: kept, to: text } });
      kept = text;
    }
  }

  #parts(standing: Standing, told: Told | null, since_ms: number, unsubscribe: string): Part[] {
    const { form, language, page } = this.settings;
    const news = newsIn(standing, told).sort(byOpening);
    if (form === 'original')
      return news.map((alert) => ({
        about: [alert.alert_id],
        said: originalSaid(alert, { page, unsubscribe }),
        alerts: [alert],
      }));
    const counts = { news: news.length, listed: standing.listed, open: standing.open.length, unread: standing.unread };
    const about = form === 'digest' ? ['digest', String(since_ms)] : news.map(({ alert_id }) => alert_id);
    return [{ about, said: countsSaid(language, counts, { page, unsubscribe }), alerts: news }];
  }

  #name(of: string): string {
    return noticeMark(this.channel.name, of);
  }
}

/** Until the first of them may be asked again; null = nobody waits. */
function restingFor(mark: string, postponed: readonly Wait[]): { mark: string; until: Wait } | null {
  const [first] = [...postponed].sort((a, b) => a.until_ms - b.until_ms);
  return first === undefined ? null : { mark, until: first };
}

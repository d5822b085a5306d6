/**
 * Tells staff by one channel what there is for them: when their digest is due, or as soon as an alert opens. Of several processes one does it.
 * What somebody was told is kept after the channel has taken it, so a crash between the two sends the same notice again, with the same id.
 */
import type { StopTokens } from '../access/unsubscribe.js';
import { ChannelUnavailable, type NoticeChannel, NoticeRefused, noticeMark } from '../notice-ports.js';
import { Pace } from '../notices/pace.js';
import { isQuiet, type QuietHours } from '../notices/quiet.js';
import {
  isDue,
  type NoticeForm,
  newsIn,
  noticeId,
  type OpenAlert,
  type Standing,
  type Told,
  toldAfter,
} from '../notices/standing.js';
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

/** Never with an address, a name or a number of somebody. */
export interface NoticeEvents {
  round(sent: number, refused: number, waiting: number): void;
  away(message: string): void;
  back(): void;
  refused(why: string): void;
}

/** A digest that could not be sent for a day is left to the next. */
const LATE_MS_MAX = 24 * 3_600_000;
/** Who teaches what may change without an alert: looked at again at least so often. */
const LOOK_MS = 3_600_000;
const AWAY_MS_MIN = 15_000;
const AWAY_MS_MAX = 600_000;

/** One message, and the alerts that its receiver knows of then. */
interface Part {
  about: string[];
  said: Said;
  known: readonly OpenAlert[];
}

export class NoticeRounds {
  readonly #pace: Pace;
  #done = '';
  #away_ms = 0;
  #not_before_ms = 0;

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
    if (now_ms < this.#not_before_ms || isQuiet(now_ms, time_zone, quiet)) return;
    const due = await this.#due(now_ms);
    if (due === null) return;
    const lease = await HeldLease.take(this.world.store, this.#name('round'), this.holder);
    if (!lease) return;
    try {
      const { sent, refused, waiting } = await this.#tellAll(due.since_ms, now_ms, lease);
      if (this.#away_ms > 0) this.events.back();
      this.#away_ms = 0;
      this.events.round(sent, refused, waiting);
      if (waiting === 0 && lease.held) await this.#finish(due.mark);
    } catch (error) {
      if (error instanceof StalePosition) return;
      if (!(error instanceof ChannelUnavailable)) throw error;
      if (this.#away_ms === 0) this.events.away(error.message);
      this.#away_ms = Math.min(Math.max(2 * this.#away_ms, AWAY_MS_MIN), AWAY_MS_MAX);
      this.#not_before_ms = now_ms + this.#away_ms;
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
    if (now_ms - since_ms > LATE_MS_MAX || mark === this.#done) return null;
    this.#done = (await this.world.store.position(this.#name('done'))) ?? '';
    return mark === this.#done ? null : { mark, since_ms };
  }

  async #finish(mark: string): Promise<void> {
    this.#done = mark;
    if (this.settings.form !== 'digest') return;
    const source = this.#name('done');
    await this.world.store.commit({ position: { source, from: await this.world.store.position(source), to: mark } });
  }

  async #tellAll(since_ms: number, now_ms: number, lease: HeldLease) {
    const count = { sent: 0, refused: 0, waiting: 0 };
    for (const recipient of await this.world.recipients(this.channel.name)) {
      if (!lease.held) return { ...count, waiting: count.waiting + 1 };
      await this.#tell(recipient, since_ms, now_ms, count);
    }
    return count;
  }

  async #tell(
    recipient: Recipient,
    since_ms: number,
    now_ms: number,
    count: { sent: number; refused: number; waiting: number },
  ): Promise<void> {
    const source = this.#name(String(recipient.user_id));
    let kept = await this.world.store.position(source);
    let told = kept === null ? null : (JSON.parse(kept) as Told);
    if (told !== null && told.sent_ms >= since_ms) return;
    const standing = await this.world.standing(recipient.user_id);
    if (!isDue(this.settings.form, standing, told, now_ms)) return;
    const { channel, settings, world } = this;
    const unsubscribe = `${settings.page}/unsubscribe?token=${world.tokens.of({ user_id: recipient.user_id, channel: channel.name })}`;
    for (const { about, said, known } of this.#parts(standing, told, since_ms, unsubscribe)) {
      if (!this.#pace.take(now_ms)) {
        count.waiting++;
        return;
      }
      try {
        if (settings.form === 'original') for (const alert of known.slice(-1)) await world.named(recipient.user_id, alert);
        await channel.send({ id: noticeId(channel.name, recipient.user_id, about), to: recipient.to, unsubscribe, ...said });
        count.sent++;
      } catch (error) {
        if (!(error instanceof NoticeRefused)) throw error;
        // Told for good: the next one tries again.
        this.events.refused(error.message);
        count.refused++;
      }
      told = toldAfter({ listed: 0, unread: 0, open: known }, told, now_ms);
      const to = JSON.stringify(told);
      await world.store.commit({ position: { source, from: kept, to } });
      kept = to;
    }
  }

  /** The oldest alert first: what is told up to there can be kept as one instant. */
  #parts(standing: Standing, told: Told | null, since_ms: number, unsubscribe: string): Part[] {
    const { form, language, page } = this.settings;
    const news = newsIn(standing, told).sort((a, b) => a.opened_ms - b.opened_ms || (a.alert_id < b.alert_id ? -1 : 1));
    if (form === 'original')
      return news.map((alert, i) => ({
        about: [alert.alert_id],
        said: originalSaid(alert, { page, unsubscribe }),
        known: news.slice(0, i + 1),
      }));
    const counts = { news: news.length, listed: standing.listed, open: standing.open.length, unread: standing.unread };
    const about = form === 'digest' ? ['digest', String(since_ms)] : news.map(({ alert_id }) => alert_id);
    return [{ about, said: countsSaid(language, counts, { page, unsubscribe }), known: standing.open }];
  }

  #name(of: string): string {
    return noticeMark(this.channel.name, of);
  }
}

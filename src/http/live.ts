/** Who watches, and what: figures are computed once a turn for all who watch the same, and not at all while nobody does. */
import type { PanelsAnswer, PanelsName } from '../reading/panels.js';

/** Computed again this often. */
export const LIVE_TURN_MS = 5_000;
/** A reader that is this far behind is let go: it comes back by itself. */
export const LIVE_WAITING_BYTES_MAX = 1_048_576;
export const LIVE_VIEWERS_MAX = 200;

/** Takes one event. False: the reader is too far behind. */
export type Viewer = (event: string) => boolean;

/** Who watches: `holds` says whether they still may, and `dropped` is called where they are let go. */
export interface Watching {
  viewer: Viewer;
  holds: () => Promise<boolean>;
  dropped: () => void;
}

interface Channel {
  viewers: Set<Watching>;
  timer: NodeJS.Timeout | null;
  latest: string | null;
  /** One look at a time: a slow one would pile up, and older figures could land last. */
  is_looking: boolean;
}

export class Live {
  readonly #channels = new Map<string, Channel>();

  constructor(
    private readonly look: (panels: PanelsName, minutes: number) => Promise<PanelsAnswer>,
    private readonly turn_ms: number = LIVE_TURN_MS,
  ) {}

  get viewers(): number {
    return [...this.#channels.values()].reduce((sum, { viewers }) => sum + viewers.size, 0);
  }

  /** Gives what ends it. */
  watch(panels: PanelsName, minutes: number, watching: Watching): () => void {
    const key = `${panels} ${minutes}`;
    const channel = this.#channels.get(key) ?? { viewers: new Set(), timer: null, latest: null, is_looking: false };
    this.#channels.set(key, channel);
    channel.viewers.add(watching);
    if (channel.latest !== null) watching.viewer(channel.latest);
    const turn = () => void this.#turn(channel, panels, minutes);
    if (channel.timer === null) {
      channel.timer = setInterval(turn, this.turn_ms);
      channel.timer.unref();
      turn();
    }
    return () => this.#leave(key, channel, watching);
  }

  /** The service ends: everybody is let go. */
  close(): void {
    for (const [key, channel] of this.#channels)
      for (const watching of channel.viewers) {
        this.#leave(key, channel, watching);
        watching.dropped();
      }
  }

  async #turn(channel: Channel, panels: PanelsName, minutes: number): Promise<void> {
    if (channel.is_looking) return;
    channel.is_looking = true;
    channel.latest = await this.#event(panels, minutes);
    const event = channel.latest;
    await Promise.all([...channel.viewers].map((watching) => tell(channel, watching, event)));
    channel.is_looking = false;
  }

  async #event(panels: PanelsName, minutes: number): Promise<string> {
    try {
      return `event: panels\ndata: ${JSON.stringify(await this.look(panels, minutes))}\n\n`;
    } catch {
      // The page says that figures are old; what failed is told to whoever asks for them once.
      return 'event: failed\ndata: {}\n\n';
    }
  }

  #leave(key: string, channel: Channel, watching: Watching): void {
    channel.viewers.delete(watching);
    if (channel.viewers.size > 0) return;
    if (channel.timer) clearInterval(channel.timer);
    if (this.#channels.get(key) === channel) this.#channels.delete(key);
  }
}

/** A key that was revoked and a session that is over end what they opened; where nobody can tell, it ends too. */
async function tell(channel: Channel, watching: Watching, event: string): Promise<void> {
  const { viewer, holds, dropped } = watching;
  const may = await holds().catch(() => false);
  if (!channel.viewers.has(watching) || (may && viewer(event))) return;
  channel.viewers.delete(watching);
  dropped();
}

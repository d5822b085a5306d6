/** Who watches, and what: figures are computed once a turn for all who watch the same, and not at all while nobody does. */
import type { PanelsAnswer, PanelsName } from '../reading/panels.js';

/** Computed again this often. */
export const LIVE_TURN_MS = 5_000;
/** A reader that is this far behind is let go: it comes back by itself. */
export const LIVE_WAITING_BYTES_MAX = 1_048_576;
export const LIVE_VIEWERS_MAX = 200;

/** Takes one event. False: the reader is too far behind. */
export type Viewer = (event: string) => boolean;

interface Channel {
  viewers: Map<Viewer, () => void>;
  timer: NodeJS.Timeout | null;
  latest: string | null;
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

  /** `dropped` is called where the viewer is let go. Gives what ends it. */
  watch(panels: PanelsName, minutes: number, viewer: Viewer, dropped: () => void): () => void {
    const key = `${panels} ${minutes}`;
    const channel = this.#channels.get(key) ?? { viewers: new Map(), timer: null, latest: null };
    this.#channels.set(key, channel);
    channel.viewers.set(viewer, dropped);
    if (channel.latest !== null) viewer(channel.latest);
    const turn = () => void this.#turn(channel, panels, minutes);
    if (channel.timer === null) {
      channel.timer = setInterval(turn, this.turn_ms);
      channel.timer.unref();
      turn();
    }
    return () => this.#leave(key, channel, viewer);
  }

  /** The service ends: everybody is let go. */
  close(): void {
    for (const [key, channel] of this.#channels)
      for (const [viewer, dropped] of channel.viewers) {
        this.#leave(key, channel, viewer);
        dropped();
      }
  }

  async #turn(channel: Channel, panels: PanelsName, minutes: number): Promise<void> {
    let event: string;
    try {
      event = `event: panels\ndata: ${JSON.stringify(await this.look(panels, minutes))}\n\n`;
    } catch {
      // The page says that figures are old; what failed is told to whoever asks for them once.
      event = 'event: failed\ndata: {}\n\n';
    }
    channel.latest = event;
    for (const [viewer, dropped] of channel.viewers) {
      if (viewer(event)) continue;
      channel.viewers.delete(viewer);
      dropped();
    }
  }

  #leave(key: string, channel: Channel, viewer: Viewer): void {
    channel.viewers.delete(viewer);
    if (channel.viewers.size > 0) return;
    if (channel.timer) clearInterval(channel.timer);
    if (this.#channels.get(key) === channel) this.#channels.delete(key);
  }
}

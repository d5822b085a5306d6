/** Notices as messages inside Moodle, by its web service `core_message_send_instant_messages`. */
import { ChannelUnavailable, type Notice, NoticeChannel, NoticeRefused } from '../../notice-ports.js';

export interface MoodleOptions {
  /** Moodle's own address, `https://moodle.example.ac.uk`. */
  url: string;
  token: string;
}

const ANSWER_MS = 20_000;
const ANSWER_BYTES_MAX = 65_536;
/** FORMAT_PLAIN: nothing in a text is markup. */
const PLAIN = '2';

export class MoodleMessageChannel extends NoticeChannel {
  override readonly name = 'moodle-message';
  readonly #address: string;
  readonly #host: string;

  constructor(private readonly options: MoodleOptions) {
    super();
    const base = new URL(options.url);
    this.#host = base.host;
    this.#address = `${base.href.replace(/(?<!\/)\/+$/, '')}/webservice/rest/server.php`;
  }

  override async send({ id, to, subject, text }: Notice): Promise<void> {
    const answer = await this.#asked({
      wstoken: this.options.token,
      wsfunction: 'core_message_send_instant_messages',
      moodlewsrestformat: 'json',
      'messages[0][touserid]': to,
      'messages[0][text]': `${subject}\n\n${text}`,
      'messages[0][textformat]': PLAIN,
      'messages[0][clientmsgid]': id,
    });
    // What goes wrong comes with status 200.
    if (!Array.isArray(answer)) throw this.#away(`says ${wordIn(answer)}`);
    const [message] = answer as { msgid?: unknown }[];
    if (typeof message?.msgid !== 'number' || message.msgid < 0) throw new NoticeRefused('Moodle did not take the message');
  }

  override async close(): Promise<void> {}

  async #asked(fields: Record<string, string>): Promise<unknown> {
    let text: string;
    try {
      const signal = AbortSignal.timeout(ANSWER_MS);
      const answer = await fetch(this.#address, { method: 'POST', body: new URLSearchParams(fields), redirect: 'error', signal });
      if (!answer.ok) throw this.#away(`answers ${answer.status}`);
      text = await answer.text();
    } catch (error) {
      throw error instanceof ChannelUnavailable ? error : this.#away('does not answer');
    }
    if (text.length > ANSWER_BYTES_MAX) throw this.#away('answers without end');
    try {
      return JSON.parse(text);
    } catch {
      throw this.#away('answers something other than JSON');
    }
  }

  #away(problem: string): ChannelUnavailable {
    return new ChannelUnavailable(
      `Moodle at ${this.#host} ${problem}: look at HOLDFAST_MOODLE_WS, at the token, and that its service has core_message_send_instant_messages.`,
    );
  }
}

/** Moodle's word for it, `invalidtoken`; never its message, which may repeat what was sent. */
function wordIn(answer: unknown): string {
  const { errorcode } = (answer ?? {}) as Record<string, unknown>;
  return typeof errorcode === 'string' && /^\w{1,60}$/.test(errorcode) ? errorcode : 'something else than expected';
}

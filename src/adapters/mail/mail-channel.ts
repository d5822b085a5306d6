/** Notices by mail, over SMTP. Plain text, one receiver a mail. */
import nodemailer, { type Transporter } from 'nodemailer';
import { ChannelUnavailable, type Notice, NoticeChannel, NoticeRefused } from '../../notice-ports.js';

export interface MailOptions {
  /** `smtp://USER:PASSWORD@HOST:587` (STARTTLS is asked for beyond this machine), `smtps://HOST:465`. */
  url: string;
  /** `Holdfast <holdfast@example.ac.uk>`. */
  from: string;
}

const ANSWER_MS = 20_000;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;
/** The server's own words for: not this receiver, not this mail. Of the others some are ours to mend, and all may pass. */
const RECEIVER_REFUSED = new Set(['RCPT TO', 'DATA']);

export class MailChannel extends NoticeChannel {
  override readonly name = 'mail';
  readonly #host: string;
  readonly #domain: string;
  readonly #transport: Transporter;

  constructor(private readonly options: MailOptions) {
    super();
    const url = new URL(options.url);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const secure = url.protocol === 'smtps:';
    this.#host = host;
    this.#domain = /@([\w.-]+)/.exec(options.from)?.[1] ?? 'holdfast.invalid';
    this.#transport = nodemailer.createTransport({
      host,
      port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
      secure,
      requireTLS: !secure && !LOOPBACK.test(host),
      auth: url.username === '' ? undefined : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) },
      connectionTimeout: ANSWER_MS,
      greetingTimeout: ANSWER_MS,
      socketTimeout: ANSWER_MS,
      // A text that names a file or an address is text.
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  override async send({ id, to, subject, text, unsubscribe }: Notice): Promise<void> {
    try {
      await this.#transport.sendMail({
        from: this.options.from,
        to,
        subject,
        text,
        messageId: `<${id}@${this.#domain}>`,
        headers: {
          'List-Unsubscribe': `<${unsubscribe}>`,
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
          'Auto-Submitted': 'auto-generated',
        },
      });
    } catch (error) {
      throw this.#fault(error as SmtpError);
    }
  }

  override async close(): Promise<void> {
    this.#transport.close();
  }

  #fault({ code, command, responseCode }: SmtpError): Error {
    const for_good = responseCode !== undefined && responseCode >= 500 && RECEIVER_REFUSED.has(command ?? '');
    if (for_good) return new NoticeRefused(`the mail server answered ${responseCode}`);
    const what = responseCode === undefined ? `does not answer as it should (${code ?? 'no answer'})` : `answers ${responseCode}`;
    return new ChannelUnavailable(
      `The mail server at ${this.#host} ${what}: look at HOLDFAST_SMTP, HOLDFAST_MAIL_FROM and at the server.`,
    );
  }
}

interface SmtpError {
  code?: string;
  command?: string;
  responseCode?: number;
}

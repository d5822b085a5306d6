/** Notices by mail, over SMTP. Plain text, one receiver a mail. */
import { readFileSync } from 'node:fs';
import nodemailer, { type Transporter } from 'nodemailer';
import { ChannelUnavailable, type Notice, NoticeChannel, NoticePostponed, NoticeRefused } from '../../notice-ports.js';

export interface MailOptions {
  /** `smtp://USER:PASSWORD@HOST:587` (STARTTLS is asked for beyond this machine), `smtps://HOST:465?ca=/etc/ssl/mail.pem`. */
  url: string;
  /** `Holdfast <holdfast@example.ac.uk>`. */
  from: string;
}

const ANSWER_MS = 20_000;
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/;
/** A server speaks of this receiver, or this mail, in answer to these. What it says of the others is of all: some is ours to mend, and all may pass. */
const OF_RECEIVER = new Set(['RCPT TO', 'DATA']);
/** It closes, whatever was asked. */
const CLOSING = 421;

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
      tls: { ca: authority(url.searchParams.get('ca')) },
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
      throw this.#fault(error as SmtpError, to);
    }
  }

  override async close(): Promise<void> {
    this.#transport.close();
  }

  #fault({ code, command, responseCode }: SmtpError, to: string): Error {
    if (responseCode !== undefined && responseCode !== CLOSING && isOfReceiver(command, responseCode, to)) {
      const said = `the mail server answered ${responseCode}`;
      return responseCode >= 500 ? new NoticeRefused(said) : new NoticePostponed(said);
    }
    const what = responseCode === undefined ? `does not answer as it should (${code ?? 'no answer'})` : `answers ${responseCode}`;
    return new ChannelUnavailable(
      `The mail server at ${this.#host} ${what}: look at HOLDFAST_SMTP, HOLDFAST_MAIL_FROM and at the server.`,
    );
  }
}

/** For `jörg@…` the sender is announced with SMTPUTF8: a server that refuses it then refuses those letters. */
function isOfReceiver(command: string | undefined, status: number, to: string): boolean {
  return OF_RECEIVER.has(command ?? '') || (command === 'MAIL FROM' && status >= 500 && /[^ -~]/.test(to));
}

/** PEM of the authority that signed the server's certificate, where the system does not know it. */
function authority(path: string | null): string | undefined {
  try {
    return path === null ? undefined : readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error('The file that ca= in HOLDFAST_SMTP names cannot be read. Check that it exists and who may read it.', {
      cause,
    });
  }
}

interface SmtpError {
  code?: string;
  command?: string;
  responseCode?: number;
}

/** A real SMTP server in this process (the package smtp-server), which keeps what it takes and can be told to refuse. */
import type { AddressInfo } from 'node:net';
import { type ParsedMail, simpleParser } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

type Stage = 'login' | 'sender' | 'receiver' | 'mail';

interface MailServerOptions {
  with_login?: boolean;
  port?: number;
  more?: SMTPServerOptions;
}

export class MailServer {
  /** Whole mails as they came over the wire. */
  readonly raw: string[] = [];
  readonly mails: ParsedMail[] = [];
  /** Status for whatever comes next, or for this receiver alone; null = takes all. */
  refuse: { code: number; stage: Stage; only?: string } | null = null;
  logins: string[] = [];
  readonly #server: SMTPServer;

  private constructor(
    private readonly port: number,
    with_login: boolean,
    more: SMTPServerOptions,
  ) {
    this.#server = new SMTPServer({
      authOptional: !with_login,
      disabledCommands: with_login ? ['STARTTLS'] : ['STARTTLS', 'AUTH'],
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => {
        this.logins.push(`${username}:${password}`);
        const fault = this.#fault('login');
        done(fault, fault ? undefined : { user: username });
      },
      onMailFrom: (_address, _session, done) => done(this.#fault('sender')),
      onRcptTo: ({ address }, _session, done) => done(this.#fault('receiver', address)),
      onData: (stream, _session, done) => {
        const parts: Buffer[] = [];
        stream.on('data', (part: Buffer) => parts.push(part));
        stream.on('end', () => {
          const fault = this.#fault('mail');
          if (fault) return done(fault);
          const raw = Buffer.concat(parts);
          void simpleParser(raw).then((mail) => {
            this.raw.push(raw.toString());
            this.mails.push(mail);
            done();
          });
        });
      },
      ...more,
    });
  }

  static async start({ with_login = false, port = 0, more = {} }: MailServerOptions = {}): Promise<MailServer> {
    const server = new MailServer(port, with_login, more);
    server.#server.on('error', () => undefined);
    await new Promise<void>((resolve) => server.#server.listen(port, '127.0.0.1', resolve));
    return server;
  }

  get at(): string {
    return `127.0.0.1:${(this.#server.server.address() as AddressInfo | null)?.port ?? this.port}`;
  }

  #fault(stage: Stage, receiver?: string): Error | null {
    if (this.refuse?.stage !== stage || (this.refuse.only ?? receiver) !== receiver) return null;
    return Object.assign(new Error('not now'), { responseCode: this.refuse.code });
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

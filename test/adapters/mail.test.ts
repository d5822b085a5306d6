/** Notices by mail, taken by a real SMTP server and read. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MailChannel } from '../../src/adapters/mail/mail-channel.js';
import type { Notice } from '../../src/notice-ports.js';
import { MailServer } from './mail-server.js';

const NOTICE: Notice = {
  id: 'abc123',
  to: 'ann.lee@example.org',
  subject: 'Holdfast: 2 neue Hinweise',
  text: 'Für Sie: 2\n\nhttps://holdfast.example.org/at-risk\n.\nEnde\n',
  unsubscribe: 'https://holdfast.example.org/unsubscribe?token=5.mail.x',
};
let server: MailServer;
let channel: MailChannel;
const to = (url: string) => new MailChannel({ url, from: 'Holdfast <holdfast@example.org>' });

beforeEach(async () => {
  server = await MailServer.start();
  channel = to(`smtp://${server.at}`);
});
afterEach(async () => {
  await channel.close();
  await server.close();
});

describe('a mail', () => {
  it('is plain text to one receiver, with what ends it by one click', async () => {
    await channel.send(NOTICE);
    const [mail] = server.mails;
    expect(mail).toMatchObject({ subject: NOTICE.subject, text: NOTICE.text, html: false, messageId: '<abc123@example.org>' });
    expect([mail!.from?.text, (mail!.to as { text: string }).text]).toEqual(['"Holdfast" <holdfast@example.org>', NOTICE.to]);
    const header = (name: string) => mail!.headerLines.find(({ key }) => key === name)?.line.replace(/\s+/g, ' ');
    expect(header('list-unsubscribe')).toBe(`List-Unsubscribe: <${NOTICE.unsubscribe}>`);
    expect(header('list-unsubscribe-post')).toBe('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
    expect(header('auto-submitted')).toBe('Auto-Submitted: auto-generated');
  });

  it('has no header that somebody made up in a name', async () => {
    await channel.send({
      ...NOTICE,
      subject: 'Hello\r\nBcc: evil@example.org',
      text: 'x\r\n.\r\nMAIL FROM:<evil@example.org>\r\n',
    });
    expect(server.mails).toHaveLength(1);
    expect(server.mails[0]!.bcc).toBeUndefined();
    expect(server.mails[0]!.subject).toMatch(/^Hello\s+Bcc: evil@example\.org$/);
  });

  it('goes with the login of the setting', async () => {
    const guarded = await MailServer.start({ with_login: true });
    const known = to(`smtp://ann:s%20p%40@${guarded.at}`);
    await known.send(NOTICE);
    expect(guarded.logins).toEqual(['ann:s p@']);
    await known.close();
    await guarded.close();
  });
});

describe('a mail that is not taken', () => {
  it.each([
    ['receiver', 550],
    ['mail', 554],
  ] as const)('for good, by the %s, is refused and tells nobody’s address', async (stage, code) => {
    server.refuse = { stage, code };
    const failure: unknown = await channel.send(NOTICE).catch((error) => error);
    expect(failure).toMatchObject({ name: 'NoticeRefused', message: `the mail server answered ${code}` });
  });

  it.each([
    ['receiver', 452],
    ['mail', 451],
  ] as const)('for now, by the %s, is tried again later and says nothing of the others', async (stage, code) => {
    server.refuse = { stage, code };
    const failure: unknown = await channel.send(NOTICE).catch((error) => error);
    expect(failure).toMatchObject({ name: 'NoticePostponed', message: `the mail server answered ${code}` });
    server.refuse = null;
    await channel.send(NOTICE);
    expect(server.mails).toHaveLength(1);
  });

  it('since its server closes is of no receiver', async () => {
    server.refuse = { stage: 'receiver', code: 421 };
    const failure: unknown = await channel.send(NOTICE).catch((error) => error);
    expect(failure).toMatchObject({ name: 'ChannelUnavailable' });
  });

  it('since the server knows no such letters is refused, and is nobody else’s fault', async () => {
    const without = Object.assign(new Error('no such parameter'), { responseCode: 555 });
    const plain = await MailServer.start({
      more: { onMailFrom: ({ args }, _session, done) => done(args !== false && args?.SMTPUTF8 ? without : null) },
    });
    const by = to(`smtp://${plain.at}`);
    const failure: unknown = await by.send({ ...NOTICE, to: 'jörg@example.org' }).catch((error) => error);
    expect(failure).toMatchObject({ name: 'NoticeRefused' });
    expect((failure as Error).message).not.toContain('jörg');
    await by.send(NOTICE);
    expect(plain.mails).toHaveLength(1);
    await by.close();
    await plain.close();
    await channel.send({ ...NOTICE, to: 'jörg@example.org' });
    expect(server.mails).toHaveLength(1);
  });

  it('since the login is refused is everybody’s, and says where to look', async () => {
    const guarded = await MailServer.start({ with_login: true });
    guarded.refuse = { stage: 'login', code: 535 };
    const known = to(`smtp://ann:secret@${guarded.at}`);
    const failure = (await known.send(NOTICE).catch((error) => error)) as Error;
    expect([failure.name, failure.message]).toEqual([
      'ChannelUnavailable',
      expect.stringMatching(/answers 535: look at HOLDFAST_SMTP/),
    ]);
    expect(failure.message).not.toContain('secret');
    await known.close();
    await guarded.close();
  });

  it('for now is tried again later, and what to look at is said', async () => {
    server.refuse = { stage: 'sender', code: 451 };
    const failure = (await channel.send(NOTICE).catch((error) => error)) as Error;
    expect(failure.name).toBe('ChannelUnavailable');
    expect(failure.message).toMatch(/127\.0\.0\.1 answers 451: look at HOLDFAST_SMTP/);
    expect(failure.message).not.toContain('ann.lee');
    server.refuse = null;
    await channel.send(NOTICE);
    expect(server.mails).toHaveLength(1);
  });

  it('since nobody answers, says so without the password', async () => {
    const away = to('smtp://ann:secret@127.0.0.1:9');
    const failure = (await away.send(NOTICE).catch((error) => error)) as Error;
    expect([failure.name, failure.message]).toEqual([
      'ChannelUnavailable',
      expect.stringMatching(/does not answer.*HOLDFAST_SMTP/),
    ]);
    expect(failure.message).not.toContain('secret');
  });
});

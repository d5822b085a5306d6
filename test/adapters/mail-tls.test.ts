/** Mail servers beyond this machine: nothing is said to them but by TLS, with a certificate of an authority that is known. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { MailChannel } from '../../src/adapters/mail/mail-channel.js';
import { TempFolder } from '../journey/site.js';
import { needsServer } from '../servers/needed.js';
import { MailServer } from './mail-server.js';

const NOTICE = { id: 'a', to: 'ann@example.org', subject: 'News', text: 'Some\n', unsubscribe: 'https://x.example/u' };
/** An address of this machine which is not loopback to whoever reads it. */
const BEYOND = '0.0.0.0';
const missing = spawnSync('openssl', ['version']).status === 0 ? null : 'openssl is not there';

needsServer('a mail server beyond this machine', missing, () => {
  const temp = new TempFolder();
  let pair: { key: string; cert: string };
  const running: MailServer[] = [];

  beforeAll(() => {
    const openssl = (...args: string[]) => expect(spawnSync('openssl', args).status).toBe(0);
    for (const name of ['ca', 'other'])
      openssl(...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${name}`], ...['-keyout', temp.file(`${name}.key`), '-out', temp.file(`${name}.pem`)]); // biome-ignore format: one command
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=mail', '-keyout', temp.file('key.pem'), '-out', temp.file('csr.pem')); // biome-ignore format: one command
    writeFileSync(temp.file('names'), `subjectAltName=IP:${BEYOND}`);
    openssl(...['x509', '-req', '-in', temp.file('csr.pem'), '-CA', temp.file('ca.pem'), '-CAkey', temp.file('ca.key'), '-CAcreateserial'], ...['-days', '2', '-extfile', temp.file('names'), '-out', temp.file('cert.pem')]); // biome-ignore format: one command
    pair = { key: readFileSync(temp.file('key.pem'), 'utf8'), cert: readFileSync(temp.file('cert.pem'), 'utf8') };
  });
  afterAll(async () => {
    for (const server of running) await server.close();
    temp.remove();
  });

  /** Logs in, so that a word too much would be heard. */
  async function sent(scheme: 'smtp' | 'smtps', more: object, ca: string, host = BEYOND) {
    const server = await MailServer.start({ with_login: true, more });
    running.push(server);
    const query = ca === '' ? '' : `?ca=${temp.file(ca)}`;
    const url = `${scheme}://ann:secret@${server.at.replace('127.0.0.1', host)}${query}`;
    const channel = new MailChannel({ url, from: 'holdfast@example.org' });
    const fault: unknown = await channel.send(NOTICE).then(
      () => null,
      (error: unknown) => error,
    );
    await channel.close();
    return { fault, logins: server.logins, mails: server.mails.length };
  }
  const NOTHING = { fault: expect.objectContaining({ name: 'ChannelUnavailable' }), logins: [], mails: 0 };
  const starttls = () => ({ ...pair, disabledCommands: [] });

  it('takes mail by STARTTLS and by smtps, with its authority named', async () => {
    const all = { fault: null, logins: ['ann:secret'], mails: 1 };
    expect(await sent('smtp', starttls(), 'ca.pem')).toEqual(all);
    expect(await sent('smtps', { ...pair, secure: true }, 'ca.pem')).toEqual(all);
  });

  it('that offers no TLS hears neither login nor mail', async () => {
    expect(await sent('smtp', {}, 'ca.pem')).toEqual(NOTHING);
  });

  it('with a certificate of an authority that nobody named, or another, hears nothing either', async () => {
    for (const ca of ['', 'other.pem']) {
      expect(await sent('smtp', starttls(), ca)).toEqual(NOTHING);
      expect(await sent('smtps', { ...pair, secure: true }, ca)).toEqual(NOTHING);
    }
  });

  it('with a certificate for another name hears nothing', async () => {
    expect(await sent('smtps', { ...pair, secure: true }, 'ca.pem', '127.0.0.1')).toEqual(NOTHING);
  });

  it('with an authority that cannot be read is a fault that names the setting', () => {
    const made = () => new MailChannel({ url: `smtps://mail.example?ca=${temp.file('none.pem')}`, from: 'holdfast@example.org' });
    expect(made).toThrow(/ca= in HOLDFAST_SMTP/);
  });
});

/** What people and things of a site are called arrives as that text and does nothing: in lists, files, mails, requests and the log. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import Papa from 'papaparse';
import { StopTokens } from '../../src/access/unsubscribe.js';
import { MailChannel } from '../../src/adapters/mail/mail-channel.js';
import { MemoryClickStore } from '../../src/adapters/memory/memory-click-store.js';
import { WebhookSink } from '../../src/adapters/webhook/webhook-sink.js';
import { logger } from '../../src/app/log.js';
import { NoticeRounds, type NoticeSettings } from '../../src/app/notice-rounds.js';
import { scrubbed } from '../../src/app/redact.js';
import { clickTables } from '../../src/clickstream/tables.js';
import { createHttp } from '../../src/http/create-http.js';
import { AllTables } from '../../src/reading/all-tables.js';
import { ClickTables } from '../../src/reading/click-tables.js';
import { looksLikeFormula } from '../../src/reading/tables-format.js';
import { MailServer } from '../adapters/mail-server.js';
import { HOSTILE_TEXTS } from '../fixtures/hostile-texts.js';
import { fakeParts } from '../http/fakes.js';
import { Service } from '../http/service.js';
import { type HostileSite, openHostileSite } from './hostile-site.js';

let site: HostileSite;
let asking: Service;
/** As people are called: nothing hangs at the ends of a name. */
const names = HOSTILE_TEXTS.map((text) => text.trim());

beforeAll(async () => {
  site = await openHostileSite();
  const { views, tables } = site.service;
  const clicks = new ClickTables(new MemoryClickStore(), clickTables());
  const parts = { ...fakeParts(), views, tables: new AllTables(tables, clicks) };
  asking = new Service(await createHttp(parts), fakeParts());
  asking.http.ready();
});
afterAll(async () => {
  await asking?.close();
  await site?.service.close();
});

describe('a list', () => {
  it.each([
    'predictions?scored=true&limit=1000',
    'courses?limit=1000',
    'early?limit=1000',
    'alerts?limit=1000',
    'cases?limit=1000',
  ])('as CSV has no cell that a spreadsheet would run: %s', async (path) => {
    const csv = (await asking.get(`/api/v1/${path}`, { accept: 'text/csv' })).text;
    const { data, errors } = Papa.parse<Record<string, string>>(csv, { header: true, skipEmptyLines: true, newline: '\n' });
    expect(errors).toEqual([]);
    const texts = data.flatMap((row) => ['name', 'shortname', 'fullname'].flatMap((column) => row[column] ?? []));
    expect(texts.filter(looksLikeFormula)).toEqual([]);
    const { items } = (await asking.get(`/api/v1/${path}`)).json as { items: object[] };
    expect(data).toHaveLength(items.length);
  });

  it('has every name as it is, in CSV behind an apostrophe where it is needed', async () => {
    const path = '/api/v1/predictions?scored=true&limit=1000';
    const json = (await asking.get(path)).json as { items: { user_id: number; person: { name: string } }[] };
    const { data } = Papa.parse<{ user_id: string; name: string }>((await asking.get(path, { accept: 'text/csv' })).text, {
      header: true,
      newline: '\n',
    });
    for (const [i, { user_id }] of site.named.entries()) {
      const name = names[i]!;
      expect(json.items.find((row) => row.user_id === user_id)!.person.name).toBe(name);
      expect(data.find((row) => Number(row.user_id) === user_id)!.name).toBe(looksLikeFormula(name) ? `'${name}` : name);
    }
  });

  it('finds a person by such a name, and a group by such a name', async () => {
    for (const { text, user_id } of site.named) {
      const { json } = await asking.get(`/api/v1/predictions?scored=true&text=${encodeURIComponent(text.trim())}`);
      expect([text, (json.items as { user_id: number }[]).map((row) => row.user_id)]).toEqual([
        text,
        expect.arrayContaining([user_id]),
      ]);
    }
    const { groups } = (await asking.get('/api/v1/assignments')).json as { groups: string[] };
    expect(groups.toSorted()).toEqual([...HOSTILE_TEXTS].sort());
    for (const { text, user_id } of site.named) {
      const { json } = await asking.get(`/api/v1/predictions?group=${encodeURIComponent(text)}`);
      expect([text, (json.items as { user_id: number }[]).map((row) => row.user_id)]).toEqual([text, [user_id]]);
    }
  });

  it('of rows is one line a row in NDJSON', async () => {
    expect(site.service.tables.infos.length).toBeGreaterThan(8);
    for (const { name } of site.service.tables.infos) {
      const { text } = await asking.get(`/api/v1/tables/${name}?limit=1000`, { accept: 'application/x-ndjson' });
      const lines = text.split('\n').slice(0, -1);
      const { json } = await asking.get(`/api/v1/tables/${name}?limit=1000`);
      expect([name, lines.map((line) => JSON.parse(line))]).toEqual([name, json.items]);
    }
  });
});

describe('a notice by mail', () => {
  const NOON_MS = Date.parse('2026-11-24T12:00:00Z');
  const open = HOSTILE_TEXTS.map((text, i) => ({
    ...{
      alert_id: `${i}`.padStart(16, '0'),
      user_id: i,
      name: text,
      course: HOSTILE_TEXTS.at(-1 - i)!,
      score: 0.8,
      opened_ms: i,
    },
  }));
  let server: MailServer;
  beforeAll(async () => {
    server = await MailServer.start();
  });
  afterAll(() => server.close());

  const sent = async (form: NoticeSettings['form'], language: 'en' | 'de') => {
    [server.mails.length, server.raw.length] = [0, 0];
    const kept = new Map<string, string>();
    const store = {
      position: async (source: string) => kept.get(source) ?? null,
      commit: async ({ position }: { position?: { source: string; to: string } }) =>
        void kept.set(position!.source, position!.to),
      lease: async () => true,
      release: async () => undefined,
    };
    const channel = new MailChannel({ url: `smtp://${server.at}`, from: 'holdfast@example.org' });
    const settings = { form, language, cron: '0 7 * * *', time_zone: 'UTC', quiet: { from_min: 0, to_min: 0, days: [] } };
    const world = {
      store: store as never,
      recipients: async () => [{ user_id: 5, to: 'teacher@example.org' }],
      standing: async () => ({ listed: 3, unread: 0, open }),
      turn: async () => '1',
      named: async () => undefined,
      tokens: new StopTokens(Buffer.alloc(32, 7)),
    };
    const told = { round: () => undefined, away: () => undefined, back: () => undefined, refused: () => undefined };
    const more = { per_hour: 1_000, page: 'https://holdfast.example.org' };
    await new NoticeRounds(world, channel, { ...settings, ...more }, 'test', told).look(NOON_MS);
    await channel.close();
    return server.mails;
  };

  it('in the form of the original has each name on one line of its text, and no header, receiver or second body of a name’s making', async () => {
    const mails = await sent('original', 'en');
    expect(mails).toHaveLength(HOSTILE_TEXTS.length);
    for (const [i, mail] of mails.entries()) {
      expect(mail.subject).toBe('Withdrawal Risky Student');
      expect([mail.bcc, mail.cc, (mail.to as { text: string }).text]).toEqual([undefined, undefined, 'teacher@example.org']);
      expect([mail.html, mail.attachments]).toEqual([false, []]);
      const [first, second] = mail.text!.split('\n');
      expect(first).toMatch(/\(user \d+\) in .* has a withdrawal score of 0\.80\.$/);
      expect(second).toBe('');
      const words = HOSTILE_TEXTS[i]!.split(/[\p{Cc}\u2028\u2029]+/u).map((part) => part.trim());
      for (const word of words) expect(first).toContain(word);
      expect(server.raw[i]!.match(/^(Subject|Bcc|To):/gim)).toEqual(['To:', 'Subject:']);
    }
  });

  it.each([
    ['digest', 'en'],
    ['immediate', 'en'],
    ['digest', 'de'],
    ['immediate', 'de'],
  ] as const)('as %s in %s has nothing of a name', async (form, language) => {
    const [mail] = await sent(form, language);
    expect(mail!.text).toContain(String(HOSTILE_TEXTS.length));
    for (const text of names) expect([text, server.raw[0]!.includes(text) || mail!.text!.includes(text)]).toEqual([text, false]);
    expect(server.raw[0]!.match(/^(Subject|Bcc|To):/gim)).toEqual(['To:', 'Subject:']);
  });
});

describe('a request of the webhook', () => {
  it('is one JSON object that says which alert, with the site’s name as it is and nothing else of a text', async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      request.setEncoding('utf8').on('data', (part: string) => bodies.push(part));
      request.on('end', () => response.writeHead(204).end());
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    for (const text of HOSTILE_TEXTS) {
      const memory = { read: async () => null, keep: async () => undefined };
      const sink = new WebhookSink({ url, secret: 'a secret of this test', site: text, studies: async () => true, memory });
      const alert = { alert_id: '0123456789abcdef', user_id: 7, course_id: 3, state: 'open', opened_ms: 1, score: 0.8 };
      const row = { ...alert, name: text, note: text, assignee: text, course: text };
      await sink.send([{ table: 'alerts', key: [alert.alert_id], row, time_ms: 1 }]);
    }
    await new Promise((resolve) => server.close(resolve));
    const { alert_id, course_id, opened_ms } = { alert_id: '0123456789abcdef', course_id: 3, opened_ms: 1 };
    expect(bodies.map((body) => JSON.parse(body))).toEqual(
      HOSTILE_TEXTS.map((site) => ({ type: 'alert.opened', site, alert_id, course_id, opened_ms })),
    );
  });
});

describe('the log', () => {
  const written = (terminal: boolean, text: string): string => {
    const lines: string[] = [];
    const log = logger('info', { terminal, write: (line) => void lines.push(line) });
    log.warn({ topic: text, position: [text] }, 'cannot read %s', text);
    expect(lines).toHaveLength(1);
    return lines[0]!;
  };

  it('is one line a record, which has the text as it is but for what is private', () => {
    for (const text of HOSTILE_TEXTS) {
      const line = written(false, text);
      expect(line.match(/[\r\n]/g)).toEqual(['\n']);
      const told = scrubbed(text);
      expect(JSON.parse(line)).toMatchObject({ topic: told, message: `cannot read ${told}` });
    }
  });

  it('at a terminal is one line too, and moves no cursor', () => {
    for (const text of HOSTILE_TEXTS)
      expect(written(true, text)).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+\n$/u);
  });
});

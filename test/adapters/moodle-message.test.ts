/** Messages inside Moodle, against a made-up Moodle that answers as the real one's web service is documented to. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MoodleMessageChannel } from '../../src/adapters/moodle-ws/message-channel.js';
import type { Notice } from '../../src/notice-ports.js';

const TOKEN = '0123456789abcdef0123456789abcdef';
const NOTICE: Notice = {
  id: 'abc',
  to: '5',
  subject: 'Holdfast: 1 new alert',
  text: 'one & <two>\n',
  unsubscribe: 'https://x.example/u',
};
let server: Server;
let answer: { status: number; body: string };
const asked: { url: string; fields: Record<string, string> }[] = [];
let channel: MoodleMessageChannel;

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      asked.push({ url: request.url!, fields: Object.fromEntries(new URLSearchParams(body)) });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  channel = new MoodleMessageChannel({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/moodle/`, token: TOKEN });
});
afterAll(() => void server.close());
beforeEach(() => {
  asked.length = 0;
  answer = { status: 200, body: '[{"msgid":71,"clientmsgid":"abc"}]' };
});

const failure = async () => (await channel.send(NOTICE).catch((error) => error)) as Error;

describe('a message by a made-up Moodle', () => {
  it('goes to the person by the web service, as plain text, with its id', async () => {
    await channel.send(NOTICE);
    expect(asked).toEqual([
      {
        url: '/moodle/webservice/rest/server.php',
        fields: {
          wstoken: TOKEN,
          wsfunction: 'core_message_send_instant_messages',
          moodlewsrestformat: 'json',
          'messages[0][touserid]': '5',
          'messages[0][text]': 'Holdfast: 1 new alert\n\none & <two>\n',
          'messages[0][textformat]': '2',
          'messages[0][clientmsgid]': 'abc',
        },
      },
    ]);
  });

  it('is refused for good where Moodle says so of this person', async () => {
    answer.body = '[{"msgid":-1,"errormessage":"Ann Lee blocks you"}]';
    expect(await failure()).toMatchObject({ name: 'NoticeRefused', message: 'Moodle did not take the message' });
  });

  it.each([
    [
      'a wrong token',
      200,
      '{"exception":"moodle_exception","errorcode":"invalidtoken","message":"Invalid token 0123"}',
      /says invalidtoken/,
    ],
    ['a function that is missing', 200, '{"errorcode":"accessexception"}', /says accessexception/],
    ['an error of the server', 503, '', /answers 503/],
    ['a page', 200, '<html>maintenance</html>', /something other than JSON/],
    ['a redirect', 302, '', /does not answer/],
  ])('waits after %s, and says what to look at', async (_, status, body, said) => {
    answer = { status, body };
    const { name, message } = await failure();
    expect([name, message]).toEqual(['ChannelUnavailable', expect.stringMatching(said)]);
    expect(message).toMatch(/HOLDFAST_MOODLE_WS/);
    expect(message).not.toMatch(/0123/);
  });
});

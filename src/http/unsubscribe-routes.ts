/**
 * The address in every notice that ends them: with one click in a mail program (RFC 8058), or on a small page of its own. Whoever has the link may use it: it
 * ends or begins notices of one person by one channel, and tells nothing.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Stop, StopTokens } from '../access/unsubscribe.js';
import { Problem } from './problem.js';

export const UNSUBSCRIBE_PATH = '/unsubscribe';
const FORM_BYTES_MAX = 4_096;
/** As the page's, but for the form that asks this address again, and an Origin that is told there. */
const HEADERS = {
  'content-security-policy': "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
};

export interface UnsubscribeDoor {
  tokens: StopTokens;
  stop: (stop: Stop, stopped: boolean) => Promise<void>;
  language: 'en' | 'de';
}

const WORDS = {
  en: {
    title: 'Notices of Holdfast',
    ask: 'No more notices of this kind?',
    end: 'End them',
    ended: 'You get no more of them. The page shows everything as before.',
    again: 'I want them again',
    begun: 'You get them again.',
  },
  de: {
    title: 'Nachrichten von Holdfast',
    ask: 'Keine Nachrichten dieser Art mehr?',
    end: 'Beenden',
    ended: 'Sie bekommen keine mehr. Die Seite zeigt alles wie bisher.',
    again: 'Ich möchte sie wieder bekommen',
    begun: 'Sie bekommen sie wieder.',
  },
};

export async function serveUnsubscribe(instance: FastifyInstance, door: UnsubscribeDoor): Promise<void> {
  const words = WORDS[door.language];
  // A plugin of its own: forms are read on this address and nowhere else.
  await instance.register(async (inner) => {
    const options = { parseAs: 'string' as const, bodyLimit: FORM_BYTES_MAX };
    inner.addContentTypeParser(['application/x-www-form-urlencoded', 'multipart/form-data'], options, (_request, body, done) =>
      done(null, String(body)),
    );
    inner.get(UNSUBSCRIBE_PATH, async (request, reply) => {
      stopIn(request, door.tokens);
      return page(reply, door.language, words.ask, words.end, '');
    });
    inner.post(UNSUBSCRIBE_PATH, async (request, reply) => {
      const again = new URLSearchParams(String(request.body ?? '')).get('again') === '1';
      await door.stop(stopIn(request, door.tokens), !again);
      return again
        ? page(reply, door.language, words.begun, words.end, '')
        : page(reply, door.language, words.ended, words.again, '<input type="hidden" name="again" value="1">');
    });
  });
}

function stopIn({ query }: FastifyRequest, tokens: StopTokens): Stop {
  const { token } = (query ?? {}) as Record<string, unknown>;
  const stop = typeof token === 'string' ? tokens.read(token) : null;
  if (stop === null) throw new Problem(404, 'This link is not whole: copy all of it from the notice.', { type: 'no-such-link' });
  return stop;
}

/** No text of anybody's stands in it. The form asks the address that it came from. */
function page(reply: FastifyReply, language: 'en' | 'de', text: string, button: string, field: string): FastifyReply {
  const { title } = WORDS[language];
  return reply
    .headers(HEADERS)
    .type('text/html; charset=utf-8')
    .send(`<!doctype html>
<html lang="${language}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title><link rel="stylesheet" href="/holdfast.css"></head>
<body><main id="main"><h1>${title}</h1>
<form class="panel panel-body sign-in" method="post"><p>${text}</p>${field}<button type="submit" class="main">${button}</button></form>
</main></body>
</html>
`);
}

/** Where the links in notices lead: to the page as browsers reach it. */
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { pageOf } from '../../src/app/notices.js';
import { configOf } from '../journey/site.js';
import { Certificates } from '../servers/certificates.js';

const made = new Certificates();
made.make();
const [CERT, KEY] = ['cert.pem', 'key.pem'].map((name) => readFileSync(made.file(name), 'utf8'));
made.remove();
const KEYS = { HOLDFAST_API_KEYS: 'keys.json' };
const OWN_TLS = { ...KEYS, HOLDFAST_TLS_CERT: CERT!, HOLDFAST_TLS_KEY: KEY! };
const NAME = { HOLDFAST_HOSTS: 'holdfast.example.ac.uk,10.0.0.5' };

it.each([
  ['the service speaks TLS on a port of its own', { ...OWN_TLS, ...NAME, HOLDFAST_LISTEN: '0.0.0.0:8443' }, ':8443'],
  [
    'the name has its port',
    { ...OWN_TLS, HOLDFAST_HOSTS: 'holdfast.example.ac.uk:9443', HOLDFAST_LISTEN: '0.0.0.0:8443' },
    ':9443',
  ],
  ['TLS is on the usual port', { ...OWN_TLS, ...NAME, HOLDFAST_LISTEN: '0.0.0.0:443' }, ''],
  ['a proxy in front speaks TLS', { ...NAME, ...KEYS, HOLDFAST_LISTEN: '127.0.0.1:3000' }, ''],
  ['the page has an address', { HOLDFAST_PAGE: 'https://holdfast.example.ac.uk', HOLDFAST_HOSTS: 'other.example', ...KEYS }, ''],
])('links lead to the page where %s', (_, env, port) => {
  expect(pageOf(configOf(env))).toBe(`https://holdfast.example.ac.uk${port}`);
});

/** The file of HOLDFAST_LTI: what it may say, and that a fault names the place and never what stands there. */
import { describe, expect, it } from '@jest/globals';
import { parseLti } from '../../src/access/lti-settings.js';

const MOODLE = {
  issuer: 'https://moodle.example.org',
  client_id: 'AbC',
  auth_url: 'https://moodle.example.org/mod/lti/auth.php',
  jwks_url: 'https://moodle.example.org/mod/lti/certs.php',
};
const file = (changed: object = {}, platform: object = {}) =>
  JSON.stringify({ address: 'https://holdfast.example.org/', platforms: [{ ...MOODLE, ...platform }], ...changed });

describe('the file of platforms', () => {
  it('names our address without the slash, and any deployment where none is named', () => {
    expect(parseLti(file())).toEqual({ address: 'https://holdfast.example.org', platforms: [{ ...MOODLE, deployment_ids: [] }] });
  });

  it('may know one Moodle under several client ids', () => {
    const platforms = [MOODLE, { ...MOODLE, client_id: 'DeF' }];
    expect(parseLti(file({ platforms })).platforms.map(({ client_id }) => client_id)).toEqual(['AbC', 'DeF']);
  });

  it.each([
    ['no JSON', '{', 'the file must be JSON'],
    ['a path in the address', file({ address: 'https://secret.example.org/x' }), /^address must have no path/],
    ['plain http', file({ address: 'http://secret.example.org' }), 'address must be an https address'],
    [
      'plain http for keys',
      file({}, { jwks_url: 'http://secret.example.org/' }),
      'platforms[0].jwks_url must be an https address',
    ],
    ['a password', file({}, { auth_url: 'https://u:secret@example.org/' }), 'platforms[0].auth_url must be an https address'],
    ['no platform', file({ platforms: [] }), /^platforms must be a list of 1 to/],
    ['no client', file({}, { client_id: '' }), /^platforms\[0\].client_id must be a text/],
    ['a field that is not known', file({}, { secret: 1 }), /^platforms\[0\] has a field that is not known/],
    [
      'two Moodles, whose users have the same numbers',
      file({ platforms: [MOODLE, { ...MOODLE, issuer: 'https://secret.example.org' }] }),
      /^platforms must all have the same issuer: .*user 5/,
    ],
    ['the same platform twice', file({ platforms: [MOODLE, MOODLE] }), /^platforms must not name the same/],
  ])('with %s is refused by its place', (_, text, message) => {
    expect(() => parseLti(text)).toThrow(message);
    expect(() => parseLti(text)).not.toThrow(/secret\.example|u:secret/);
  });
});

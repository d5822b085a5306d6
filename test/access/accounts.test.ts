/** The file of HOLDFAST_OIDC: what it may say, whom it lets in, and that a fault names the place and never what stands there. */
import { describe, expect, it } from '@jest/globals';
import { parseAccounts, personOf } from '../../src/access/accounts.js';

const FILE = { address: 'https://holdfast.example.org/', issuer: 'https://login.example.org/staff', client_id: 'holdfast' };
const file = (changed: object = {}) => JSON.stringify({ ...FILE, ...changed });

describe('the file of accounts', () => {
  it('needs three things, and has a usual answer for the rest', () => {
    expect(parseAccounts(file())).toEqual({
      ...FILE,
      address: 'https://holdfast.example.org',
      account_claim: 'preferred_username',
      user_claim: 'holdfast_user',
      scopes: ['risk:read', 'alerts:write'],
      people: {},
    });
  });

  it.each([
    ['no JSON', '{', /^it must be JSON/],
    ['a path in the address', file({ address: 'https://secret.example.org/x' }), /^address: must have no path/],
    ['plain http', file({ issuer: 'http://secret.example.org' }), /^issuer: must be an https address/],
    ['no client', file({ client_id: '' }), /^client_id: /],
    ['a scope that is none', file({ scopes: ['secret.example'] }), /^scopes\.0: /],
    ['a person without a user', file({ people: { 'secret.example': {} } }), /^people: /],
    ['a field that is not known', file({ 'client-secret': 'secret.example' }), /^the file: /],
  ])('with %s is refused by its place', (_, text, message) => {
    expect(() => parseAccounts(text)).toThrow(message);
    expect(() => parseAccounts(text)).not.toThrow(/secret\.example/);
  });
});

describe('who is let in', () => {
  const settings = parseAccounts(
    file({
      people: {
        alee: { user: 5 },
        lead: { user: 7, scopes: ['risk:read'] },
        office: { whole_site: true, scopes: ['risk:read', 'models:admin'] },
      },
    }),
  );

  it('is whom the file names, as the user and with the scopes that it says', () => {
    expect(personOf({ preferred_username: 'alee' }, settings)).toEqual({
      name: 'alee',
      user_id: 5,
      scopes: ['risk:read', 'alerts:write'],
    });
    expect(personOf({ preferred_username: 'lead', holdfast_user: 99 }, settings)).toMatchObject({
      user_id: 7,
      scopes: ['risk:read'],
    });
    expect(personOf({ preferred_username: 'office' }, settings)).toMatchObject({
      user_id: null,
      scopes: ['risk:read', 'models:admin'],
    });
  });

  it('is whose Moodle id the provider says, and nobody else, whatever their name', () => {
    expect(personOf({ preferred_username: 'new', holdfast_user: '12' }, settings)).toMatchObject({ user_id: 12 });
    for (const claims of [
      {},
      { preferred_username: 'new' },
      { preferred_username: 'new', holdfast_user: 0 },
      { preferred_username: 'new', holdfast_user: '5 or 6' },
      { preferred_username: ['alee'] },
      { preferred_username: '', holdfast_user: 5 },
      { preferred_username: 'constructor' },
      { sub: 'alee' },
    ])
      expect([claims, personOf(claims, settings)]).toEqual([claims, null]);
  });

  it('is known by a mail address only where the provider has checked it', () => {
    const by_mail = parseAccounts(file({ account_claim: 'email', people: { 'a@b.example': { user: 5 } } }));
    expect(personOf({ email: 'a@b.example' }, by_mail)).toBeNull();
    expect(personOf({ email: 'a@b.example', email_verified: 'true' }, by_mail)).toBeNull();
    expect(personOf({ email: 'a@b.example', email_verified: true }, by_mail)).toMatchObject({ user_id: 5 });
  });
});

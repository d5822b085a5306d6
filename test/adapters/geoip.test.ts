import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GeoIp, GeoIpUnusable, openGeoIp } from '../../src/adapters/geoip/geoip.js';
import { mmdb } from './mmdb.js';

describe('the database that comes along', () => {
  let locate: GeoIp;
  beforeAll(async () => {
    locate = await openGeoIp();
  });

  it('knows the country of a public address, IPv4 and IPv6', () => {
    expect(locate('8.8.8.8')).toEqual({ country: 'US', city: null });
    expect(locate('::ffff:8.8.8.8')).toEqual({ country: 'US', city: null });
    expect(locate('2001:4860:4860::8888')).toEqual({ country: 'US', city: null });
  });

  it.each(['10.0.0.1', '127.0.0.1', '::1', '233.168.257.122', '1.2.3', 'fe80::1%eth0', 'localhost', ''])(
    'knows nothing of %j',
    (ip) => {
      expect(locate(ip)).toBeNull();
    },
  );

  it('remembers the latest addresses only, and answers the same', async () => {
    const small = await openGeoIp(null, 2);
    const ips = ['8.8.8.8', '10.0.0.1', '1.1.1.1', '8.8.8.8'];
    expect(ips.map(small)).toEqual(ips.map(locate));
  });
});

describe('the operator’s own database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-geoip-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, content: Buffer) => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };

  it('gives cities, in the commercial form and in the flat form of free ones', async () => {
    const nested = { city: { names: { en: 'Bonn', de: 'Bundesstadt' } }, country: { iso_code: 'DE' } };
    const flat = { city: 'Leeds', country_code: 'GB' };
    const path = file(
      'city.mmdb',
      mmdb([
        ['203.0.113', nested],
        ['198.51.100', flat],
        ['192.0.2', { asn: 7 }],
      ]),
    );
    const locate = await openGeoIp(path);
    expect(locate('203.0.113.9')).toEqual({ country: 'DE', city: 'Bonn' });
    expect(locate('198.51.100.200')).toEqual({ country: 'GB', city: 'Leeds' });
    expect(['192.0.2.1', '203.0.114.1', '2001:db8::1'].map(locate)).toEqual([null, null, null]);
  });

  it.each([
    ['is not there', () => join(folder, 'none.mmdb'), 'no such file'],
    ['is a folder', () => folder, 'a directory'],
    ['is packed', () => file('packed.mmdb', Buffer.from('1f8b0800000000', 'hex')), 'unpacked .mmdb'],
    ['is something else', () => file('other.mmdb', Buffer.from('hello')), 'unpacked .mmdb'],
    ['is empty', () => file('empty.mmdb', Buffer.alloc(0)), 'unpacked .mmdb'],
  ])('that %s is refused with the way out, and its path is not told', async (_, path, hint) => {
    const opening = openGeoIp(path());
    await expect(opening).rejects.toThrow(GeoIpUnusable);
    await expect(opening).rejects.toThrow(hint);
    await expect(opening).rejects.not.toThrow(folder);
  });

  it('that is damaged inside knows nothing of an address, and does not fail', async () => {
    const good = mmdb([['203.0.113', { country_code: 'DE' }]]);
    const bad = Buffer.from(good);
    bad.fill(0xff, good.indexOf('country_code') - 2, good.indexOf('country_code') + 4);
    const locate = await openGeoIp(file('damaged.mmdb', bad));
    expect(locate('203.0.113.9')).toBeNull();
  });
});

/** What people and programs beside us hand in: files of the operator, headers and cursors of requests, settings. */
import { readFileSync } from 'node:fs';
import { AccountSettingsFault, parseAccounts, personOf } from '../../../src/access/accounts.js';
import { keyFor, newKey } from '../../../src/access/keys.js';
import { LtiRefused, launchOf } from '../../../src/access/lti-claims.js';
import { LtiSettingsFault, parseLti } from '../../../src/access/lti-settings.js';
import { StopTokens } from '../../../src/access/unsubscribe.js';
import { parseAddress as binlogAddress } from '../../../src/adapters/binlog/options.js';
import { parseBreaks } from '../../../src/adapters/calendar/breaks.js';
import { parseAddress as cassandraAddress } from '../../../src/adapters/cassandra/address.js';
import { CsvFault, parseCsv } from '../../../src/adapters/csv/csv-file.js';
import { parseAddress as kafkaAddress } from '../../../src/adapters/kafka/address.js';
import { parseAddress as mysqlAddress } from '../../../src/adapters/mysql/address.js';
import { Readings } from '../../../src/app/top/between.js';
import { Exposition, NoExposition } from '../../../src/app/top/exposition.js';
import { readConfig } from '../../../src/config.js';
import { cookieOf } from '../../../src/http/cookies.js';
import { revisionsIn } from '../../../src/http/etag.js';
import { KIND_INFOS, kindOf } from '../../../src/imports/kinds.js';
import { LineReader } from '../../../src/imports/rows.js';
import { parseScope } from '../../../src/moodle/scope.js';
import { StoreUnavailable } from '../../../src/ports.js';
import { keyCursor, keyOf, place, placeCursor } from '../../../src/reading/cursors.js';
import { BadCursor } from '../../../src/reading/views.js';
import { parseManifest } from '../../../src/scoring/manifest.js';
import { ACCEPTED, refusedBy, type Target } from './target.js';

const buffers = (texts: readonly string[]) => texts.map((text) => Buffer.from(text));

function imports(): Target {
  const known = {
    course: () => 2,
    studentCourse: () => ({ user_id: 3, course_id: 2 }),
    startOf: (day: string) => Date.parse(day) || null,
  };
  return {
    name: 'CSV imports',
    weight: 6,
    samples: buffers(
      Object.values(KIND_INFOS).map(({ sample }) => `\ufeff${sample.join('\r\n')}\r\n"4","x ""y""",2026-03-10\r\n`),
    ),
    take(bytes) {
      const { header, lines } = parseCsv('list.csv', bytes);
      const kind = kindOf(header);
      if (kind === null) return 'no kind';
      const reader = new LineReader(kind, header, known);
      const read = lines.map(({ fields }) => reader.read(fields)).at(-1);
      return read === undefined ? 'nothing in it' : 'reason' in read ? read.reason : ACCEPTED;
    },
    refusal: refusedBy(CsvFault),
  };
}

const event = (...lines: string[]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n');

function calendar(): Target {
  return {
    name: 'calendars',
    weight: 1.5,
    samples: buffers([
      event('UID:1', 'DTSTART;VALUE=DATE:20261221', 'DTEND;VALUE=DATE:20270104', 'SUMMARY:Winter\\, break'),
      event('DTSTART:20261005T080000', 'DURATION:P1D', 'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1MO', 'EXDATE:20271004T080000'),
      event('DTSTART;TZID=Europe/London:20261005T080000', 'RRULE:FREQ=MONTHLY;BYMONTHDAY=31;COUNT=4', 'RDATE:20261010T080000'),
      'from,to,name,course\n2026-12-21,2027-01-03,"Winter, break",\n2026-10-05,,Excursion,GEO101\n',
    ]),
    take: (bytes) => (parseBreaks('breaks', bytes.toString()).length > 0 ? ACCEPTED : 'nothing in it'),
    refusal: refusedBy(/^HOLDFAST_CALENDAR: breaks /),
  };
}

function cursors(): Target {
  return {
    name: 'cursors and entity tags',
    weight: 8,
    samples: buffers([placeCursor(40), keyCursor([7, 'x']), keyCursor([1_700_000_000_000, 2]), '"3", "4"', 'W/"3"', '*']),
    take(bytes) {
      const text = bytes.toString('latin1');
      if (/[*"]/.test(text)) {
        const revisions = revisionsIn(text);
        return revisions === 'any' || revisions.length > 0 ? ACCEPTED : 'no revision';
      }
      if (text.length % 2 === 0) keyOf(text, 2);
      else place(text);
      return ACCEPTED;
    },
    refusal: refusedBy(BadCursor),
  };
}

function keys(): Target {
  const of = { name: 'fuzz', scopes: ['risk:read' as const], user_id: null, created_ms: 0, expires_ms: null };
  const made = [newKey(of), newKey(of)];
  const kept = made.map((one) => one.kept);
  return {
    name: 'access keys',
    weight: 6,
    samples: buffers(made.map(({ text }) => text)),
    take: (bytes) => (keyFor(kept, bytes.toString('latin1'), 1) === null ? 'no key' : ACCEPTED),
  };
}

function launches(): Target {
  const claim = 'https://purl.imsglobal.org/spec/lti/claim';
  const site = 'https://m.example';
  const platform = { issuer: site, client_id: 'AbC', deployment_ids: ['1'], auth_url: `${site}/auth`, jwks_url: `${site}/certs` };
  const claims = {
    ...{ aud: 'AbC', sub: '7', name: 'Zoë', [`${claim}/version`]: '1.3.0', [`${claim}/message_type`]: 'LtiResourceLinkRequest' },
    ...{ [`${claim}/deployment_id`]: '1', [`${claim}/context`]: { id: '2' }, [`${claim}/roles`]: ['Learner'] },
  };
  return {
    name: 'launches and their settings',
    weight: 4,
    samples: buffers([JSON.stringify(claims), JSON.stringify({ address: 'https://holdfast.example', platforms: [platform] })]),
    take(bytes) {
      const text = bytes.toString();
      if (text.includes('"platforms"')) return parseLti(text).platforms.length > 0 ? ACCEPTED : 'none';
      const read = jsonObject(text);
      // What is verified before it comes here is an object.
      return read === null ? 'no object' : launchOf(read, platform).course_id > 0 ? ACCEPTED : 'none';
    },
    refusal: refusedBy(LtiRefused, LtiSettingsFault),
  };
}

function expositions(): Target {
  const figures = `# HELP a b
# TYPE holdfast_outbox_entries gauge
process_start_time_seconds 1.7e9
holdfast_outbox_entries{sink="kafka",x="a\\"}b"} 12 1395066363000
http_request_duration_seconds_bucket{le="0.5"} 3
http_request_duration_seconds_bucket{le="+Inf"} NaN
`;
  const readings = new Readings();
  let at_ms = 0;
  return {
    name: 'figures that top reads',
    weight: 4,
    samples: buffers([figures, figures.split('\n').slice(2, 5).join('\n')]),
    take(bytes) {
      const between = readings.add({ wall_ms: 0, at_ms: ++at_ms * 1_000, figures: new Exposition(bytes.toString()) });
      between.counts('holdfast_outbox_entries', 'sink');
      between.quantile('http_request_duration_seconds', 0.99);
      return ACCEPTED;
    },
    refusal: refusedBy(NoExposition),
  };
}

function settings(): Target {
  const sample = [
    'HOLDFAST_STORE=mysql://u:p%40w@db:3307/holdfast?ssl=true',
    'HOLDFAST_MOODLE=kafka:moodle',
    'HOLDFAST_KAFKA_BROKERS=sasl_ssl://u:p@b-1:9093,b-2:9093?mechanism=scram-sha-512',
    'HOLDFAST_ELASTICSEARCH=https://u:p@es:9200',
    'HOLDFAST_LISTEN=127.0.0.1:3000',
    'HOLDFAST_COURSES=12,STAT*,category:3,-99',
    'HOLDFAST_ALERT_THRESHOLD=0.7',
    'HOLDFAST_SCORE_CRON=0 3 * * *',
    'HOLDFAST_TIME_ZONE=Europe/London',
    'HOLDFAST_CASSANDRA=cassandra://u:p@c:9042?replication=north:3,south:2',
    'HOLDFAST_UDP=127.0.0.1:9999',
  ];
  return {
    name: 'settings',
    weight: 0.3,
    samples: buffers([sample.join('\n'), sample.slice(3).join('\n')]),
    take(bytes) {
      const pairs = bytes
        .toString()
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
      const read = readConfig(Object.fromEntries(pairs), () => '');
      if (read.ok) parseScope(read.config.courses ?? '');
      else if (read.faults.length === 0) throw new Error('refused without a fault');
      return read.ok ? ACCEPTED : 'faults';
    },
    refusal: refusedBy(/^HOLDFAST_COURSES: /),
  };
}

function addresses(): Target {
  const pem = () => 'PEM';
  const read = [
    (text: string) => binlogAddress(text, pem),
    (text: string) => mysqlAddress(text, pem),
    cassandraAddress,
    (text: string) => kafkaAddress(text, pem),
  ];
  return {
    name: 'addresses of servers',
    weight: 4,
    samples: buffers([
      '0mysql://u:p%40w@db:3307/holdfast?ssl=true',
      '1mariadb://u:p@[::1]/a%20b',
      '2cassandra://u:p@c:9042?datacenter=n&replication=north:3,south:2&ssl=1',
      '3sasl_ssl://u:p%2F@b-1:9093,b-2?mechanism=scram-sha-512&ca=/x.pem',
      '3b-1:9092,[::1]:9093',
    ]),
    take(bytes) {
      const text = bytes.toString();
      return read[(text.charCodeAt(0) || 0) % read.length]!(text.slice(1)).name === '' ? 'nameless' : ACCEPTED;
    },
    refusal: refusedBy(StoreUnavailable, /expected mysql:|HOLDFAST_CASSANDRA|HOLDFAST_KAFKA_BROKERS/),
  };
}

function manifests(): Target {
  const manifest = jsonObject(readFileSync('models/oulad-2013-net-1/manifest.json', 'utf8'));
  return {
    name: 'manifests of models',
    weight: 2,
    samples: [Buffer.from(JSON.stringify({ ...manifest, data: {}, metrics: { auc: 0.8 } }))],
    take: (bytes) => (parseManifest(bytes.toString(), 'models/x').version === '' ? 'nameless' : ACCEPTED),
    refusal: refusedBy(/^models\/x: manifest\.json /),
  };
}

function accounts(): Target {
  const file = {
    ...{
      address: 'https://holdfast.example',
      issuer: 'https://login.example/realms/staff',
      client_id: 'holdfast',
      client_secret: 's',
    },
    people: { alee: { user: 5 }, office: { whole_site: true, scopes: ['risk:read', 'models:admin'] } },
  };
  return {
    name: 'accounts and their claims',
    weight: 3,
    samples: buffers([JSON.stringify(file), JSON.stringify({ ...file, scopes: ['alerts:write'], user_claim: 'uid' })]),
    take(bytes) {
      const settings = parseAccounts(bytes.toString());
      const claims = { [settings.account_claim]: 'alee', [settings.user_claim]: '17' };
      return personOf(claims, settings) === null ? 'nobody' : ACCEPTED;
    },
    refusal: refusedBy(AccountSettingsFault),
  };
}

function stopTokens(): Target {
  const tokens = new StopTokens(Buffer.alloc(32, 1));
  return {
    name: 'links that end notices',
    weight: 4,
    samples: buffers([tokens.of({ user_id: 5, channel: 'mail' }), tokens.of({ user_id: 17, channel: 'moodle-message' })]),
    take: (bytes) => (tokens.read(bytes.toString('latin1')) === null ? 'none of ours' : ACCEPTED),
  };
}

function cookies(): Target {
  return {
    name: 'cookies',
    weight: 4,
    samples: buffers(['a=b; session=0123456789abcdef; c="d e"', 'session=x', 'session=x; session=y']),
    take(bytes) {
      const request = { headers: { cookie: bytes.toString('latin1') } };
      return cookieOf(request as Parameters<typeof cookieOf>[0], 'session') === null ? 'not sent' : ACCEPTED;
    },
  };
}

function jsonObject(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

export const PEOPLE_TARGETS: readonly (() => Target)[] = [
  ...[imports, calendar, cursors, keys, launches, expositions, settings, addresses, manifests],
  ...[accounts, stopTokens, cookies],
];

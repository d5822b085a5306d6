import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Config, type Env, readConfig, withSettings } from '../src/config.js';
import { RETENTION } from '../src/person-tables.js';
import { SETTINGS, type SettingName } from '../src/settings.js';
import { Certificates } from './servers/certificates.js';

const RUNS = 200 * (process.env.HOLDFAST_LONG === '1' ? 50 : 1);

const good = (env: Env, readFile?: (path: string) => string): Config => {
  const result = readConfig(env, readFile);
  if (!result.ok) throw new Error(result.faults.join('\n'));
  return result.config;
};
const faults = (env: Env, readFile?: (path: string) => string): string[] => {
  const result = readConfig(env, readFile);
  return result.ok ? [] : result.faults;
};

describe('with nothing set', () => {
  it('everything has its default', () => {
    const { models, ...config } = good({ PATH: '/bin', HOME: '/nowhere' });
    expect(config).toEqual({
      store: { kind: 'sqlite', path: './data/holdfast.db' },
      moodle: null,
      copy_rate: null,
      udp: null,
      click_topics: false,
      click_retention: 7 * 86_400_000,
      click_version: 'newest',
      cassandra: null,
      geoip: null,
      kafka_brokers: null,
      kafka_gap: 'refuse',
      kafka_topics: false,
      schema_registry: null,
      elasticsearch: null,
      kibana: null,
      kibana_api_key: null,
      webhook: null,
      webhook_secret: null,
      smtp: null,
      mail_from: null,
      moodle_ws: null,
      moodle_ws_token: null,
      notices: 'digest',
      notice_cron: '30 7 * * 1-5',
      quiet_hours: { from_min: 1140, to_min: 420, days: [6, 0] },
      notices_per_hour: 600,
      notice_language: 'en',
      page: null,
      pseudonym_key: null,
      plain_ids: null,
      roles: ['ingest', 'score', 'publish', 'clicks', 'http'],
      moodle_prefix: 'mdl_',
      site: 'moodle',
      time_zone: 'UTC',
      listen: { host: '127.0.0.1', port: 3000 },
      api_keys: null,
      key: null,
      jwks: null,
      jwt_issuer: null,
      jwt_audience: null,
      oidc: null,
      hosts: null,
      tls_cert: null,
      tls_key: null,
      proxy: null,
      alert_threshold: 0.7,
      score_cron: '0 3 * * *',
      drift: 'hold',
      shadow: false,
      retrain_cron: null,
      retrain_from: 'store',
      session_gap_s: 900,
      courses: null,
      calendar: null,
      capacity: null,
      count_anonymous: false,
      clock: null,
      lti: null,
      student_scores: false,
      student_opt_out: false,
      retention: RETENTION,
      erase_deleted: false,
      log_level: 'info',
      given: [],
    });
    expect(models).toMatch(/models$/);
  });

  it('there is one field of the configuration for each setting, in lower case', () => {
    const { given: _, ...fields } = good({});
    expect(Object.keys(fields).sort()).toEqual(SETTINGS.map(({ name }) => name.slice('HOLDFAST_'.length).toLowerCase()).sort());
  });

  it('an empty variable counts as not set, even an unknown one', () => {
    expect(good({ HOLDFAST_STORE: '', HOLDFAST_SITE: '  ', HOLDFAST_KAFKA_BROKERS: '' }).given).toEqual([]);
  });

  it('every setting says what it means, and its default is one that it accepts', () => {
    for (const { name, default: byDefault, meaning } of SETTINGS) {
      expect(meaning.length).toBeGreaterThan(15);
      if (byDefault !== null) expect(faults({ [name]: byDefault })).toEqual([]);
    }
  });
});

describe('what is accepted', () => {
  const accepted: [SettingName, string, Partial<Config>][] = [
    ['HOLDFAST_STORE', 'memory:', { store: { kind: 'memory' } }],
    ['HOLDFAST_STORE', 'sqlite:/var/lib/holdfast/a b.db', { store: { kind: 'sqlite', path: '/var/lib/holdfast/a b.db' } }],
    ['HOLDFAST_STORE', 'mysql://u:p@db/holdfast', { store: { kind: 'mysql', url: 'mysql://u:p@db/holdfast' } }],
    ['HOLDFAST_KAFKA_BROKERS', 'one:9092,two:9092', { kafka_brokers: 'one:9092,two:9092' }],
    ['HOLDFAST_KAFKA_BROKERS', 'sasl_ssl://u:p@one:9093?mechanism=scram-sha-512', { kafka_brokers: 'sasl_ssl://u:p@one:9093?mechanism=scram-sha-512' }], // biome-ignore format: one line each
    ['HOLDFAST_KAFKA_GAP', 'accept', { kafka_gap: 'accept' }],
    ['HOLDFAST_COPY_RATE', '5000', { copy_rate: 5000 }],
    ['HOLDFAST_SCHEMA_REGISTRY', 'http://registry:8081', { schema_registry: 'http://registry:8081' }],
    ['HOLDFAST_ELASTICSEARCH', 'https://u:p@search:9200', { elasticsearch: 'https://u:p@search:9200' }],
    ['HOLDFAST_KIBANA', 'https://u:p@kibana:5601/s/teaching', { kibana: 'https://u:p@kibana:5601/s/teaching' }],
    ['HOLDFAST_KIBANA_API_KEY', 'aWQ6a2V5', { kibana_api_key: 'aWQ6a2V5' }],
    ['HOLDFAST_WEBHOOK_SECRET', '0123456789abcdef', { webhook_secret: '0123456789abcdef' }],
    ['HOLDFAST_PSEUDONYM_KEY', 'ab'.repeat(32), { pseudonym_key: 'ab'.repeat(32) }],
    ['HOLDFAST_PLAIN_IDS', 'false', { plain_ids: false }],
    ['HOLDFAST_ROLES', 'publish, ingest', { roles: ['ingest', 'publish'] }],
    ['HOLDFAST_UDP', '10514', { udp: { host: '127.0.0.1', port: 10514 } }],
    ['HOLDFAST_UDP', '192.0.2.1:10514', { udp: { host: '192.0.2.1', port: 10514 } }],
    ['HOLDFAST_CLICK_RETENTION', '30d', { click_retention: 30 * 86_400_000 }],
    ['HOLDFAST_CLICK_VERSION', '4.1', { click_version: '4.1' }],
    ['HOLDFAST_CASSANDRA', 'cassandra://u:p@one:9042?datacenter=dc1', { cassandra: 'cassandra://u:p@one:9042?datacenter=dc1' }],
    ['HOLDFAST_GEOIP', '/srv/city.mmdb', { geoip: '/srv/city.mmdb' }],
    ['HOLDFAST_MOODLE', 'file:./changes.ndjson.gz', { moodle: { kind: 'file', path: './changes.ndjson.gz' } }],
    ['HOLDFAST_MOODLE', 'mysql://u:p@db:3306/moodle', { moodle: { kind: 'binlog', url: 'mysql://u:p@db:3306/moodle' } }],
    ['HOLDFAST_MOODLE', 'mariadb://u@[::1]/moodle', { moodle: { kind: 'binlog', url: 'mariadb://u@[::1]/moodle' } }],
    ['HOLDFAST_MOODLE_PREFIX', 'm_', { moodle_prefix: 'm_' }],
    ['HOLDFAST_SITE', 'campus-2', { site: 'campus-2' }],
    ['HOLDFAST_TIME_ZONE', 'Europe/Berlin', { time_zone: 'Europe/Berlin' }],
    ['HOLDFAST_LISTEN', '[::1]:8080', { listen: { host: '::1', port: 8080 } }],
    ['HOLDFAST_LISTEN', 'localhost:0', { listen: { host: 'localhost', port: 0 } }],
    ['HOLDFAST_ALERT_THRESHOLD', '.65', { alert_threshold: 0.65 }],
    ['HOLDFAST_SCORE_CRON', '30 4 * * 1-5', { score_cron: '30 4 * * 1-5' }],
    ['HOLDFAST_DRIFT', 'warn', { drift: 'warn' }],
    ['HOLDFAST_SHADOW', 'true', { shadow: true }],
    ['HOLDFAST_RETRAIN_CRON', '0 4 1 * *', { retrain_cron: '0 4 1 * *' }],
    ['HOLDFAST_RETRAIN_FROM', 'oulad:/srv/data', { retrain_from: 'oulad:/srv/data' }],
    ['HOLDFAST_SESSION_GAP_S', '1800', { session_gap_s: 1800 }],
    ['HOLDFAST_COURSES', 'include 1,2', { courses: 'include 1,2' }],
    ['HOLDFAST_CAPACITY', '12', { capacity: 12 }],
    ['HOLDFAST_COUNT_ANONYMOUS', 'true', { count_anonymous: true }],
    ['HOLDFAST_CLOCK', 'event', { clock: 'event' }],
    ['HOLDFAST_MODELS', '/srv/models', { models: '/srv/models' }],
    ['HOLDFAST_LOG_LEVEL', 'silent', { log_level: 'silent' }],
  ];
  it.each(accepted)('%s=%s', (name, value, expected) => {
    expect(good({ [name]: value })).toMatchObject({ ...expected, given: [name] });
    expect(good({ [`${name}_FILE`]: '/secret' }, () => `${value}\n`)).toMatchObject(expected);
  });
});

describe('what is refused', () => {
  const refused: [SettingName, string][] = [
    ['HOLDFAST_STORE', 'sqlite:'],
    ['HOLDFAST_STORE', 'mysql://db/holdfast'],
    ['HOLDFAST_MOODLE', 'kafka:'],
    ['HOLDFAST_KAFKA_BROKERS', 'broker one'],
    ['HOLDFAST_KAFKA_GAP', 'skip'],
    ['HOLDFAST_COPY_RATE', '0'],
    ['HOLDFAST_KAFKA_TOPICS', 'yes'],
    ['HOLDFAST_SCHEMA_REGISTRY', 'registry:8081'],
    ['HOLDFAST_ELASTICSEARCH', 'elasticsearch:9200'],
    ['HOLDFAST_WEBHOOK', 'notices.example/holdfast'],
    ['HOLDFAST_WEBHOOK', 'http://notices.example/holdfast'],
    ['HOLDFAST_WEBHOOK', 'https://hook:p%zz@notices.example'],
    ['HOLDFAST_WEBHOOK_SECRET', 'short'],
    ['HOLDFAST_PSEUDONYM_KEY', 'ab'.repeat(31)],
    ['HOLDFAST_PLAIN_IDS', 'yes'],
    ['HOLDFAST_ROLES', 'ingest,web'],
    ['HOLDFAST_UDP', 'udp'],
    ['HOLDFAST_UDP', '127.0.0.1:70000'],
    ['HOLDFAST_CLICK_TOPICS', 'yes'],
    ['HOLDFAST_CLICK_RETENTION', '7'],
    ['HOLDFAST_CLICK_RETENTION', '1d'],
    ['HOLDFAST_CLICK_VERSION', '5'],
    ['HOLDFAST_CASSANDRA', 'one:9042'],
    ['HOLDFAST_MOODLE', 'mysql://db/moodle'],
    ['HOLDFAST_MOODLE', 'mysql://u:p@db'],
    ['HOLDFAST_MOODLE', 'postgres://u:p@db/moodle'],
    ['HOLDFAST_MOODLE_PREFIX', 'mdl_;drop'],
    ['HOLDFAST_SITE', 'My Campus'],
    ['HOLDFAST_TIME_ZONE', 'Mars/Olympus'],
    ['HOLDFAST_LISTEN', '3000'],
    ['HOLDFAST_HOSTS', 'https://holdfast.example'],
    ['HOLDFAST_PROXY', 'the-proxy'],
    ['HOLDFAST_PROXY', '10.0.0.0/129'],
    ['HOLDFAST_TLS_CERT', '/etc/tls/cert.pem'],
    ['HOLDFAST_LISTEN', '127.0.0.1:70000'],
    ['HOLDFAST_ALERT_THRESHOLD', '0'],
    ['HOLDFAST_ALERT_THRESHOLD', '1'],
    ['HOLDFAST_ALERT_THRESHOLD', '0,7'],
    ['HOLDFAST_ALERT_THRESHOLD', '-0.7'],
    ['HOLDFAST_ALERT_THRESHOLD', '1e-1'],
    ['HOLDFAST_SCORE_CRON', 'daily'],
    ['HOLDFAST_SCORE_CRON', '0 3 * *'],
    ['HOLDFAST_SCORE_CRON', '0 0 3 * * *'],
    ['HOLDFAST_SCORE_CRON', '0 */6 * * *'],
    ['HOLDFAST_SCORE_CRON', '0 3 31 2 *'],
    ['HOLDFAST_DRIFT', 'on'],
    ['HOLDFAST_SHADOW', 'yes please'],
    ['HOLDFAST_RETRAIN_CRON', 'monthly'],
    ['HOLDFAST_SESSION_GAP_S', '0'],
    ['HOLDFAST_SESSION_GAP_S', '15m'],
    ['HOLDFAST_SESSION_GAP_S', '86401'],
    ['HOLDFAST_CAPACITY', '0'],
    ['HOLDFAST_CAPACITY', '2.5'],
    ['HOLDFAST_COUNT_ANONYMOUS', 'yes'],
    ['HOLDFAST_CLOCK', 'sundial'],
    ['HOLDFAST_LOG_LEVEL', 'loud'],
  ];
  it.each(refused)('%s=%s', (name, value) => {
    const found = faults({ [name]: value });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(new RegExp(`^${name}: must be `));
  });

  it('an address that others can reach, with the reason why', () => {
    expect(faults({ HOLDFAST_LISTEN: '0.0.0.0:3000' })).toEqual([
      expect.stringMatching(/HOLDFAST_LISTEN.*keys create.*HOLDFAST_API_KEYS/),
      expect.stringMatching(/HOLDFAST_LISTEN.*HOLDFAST_HOSTS/),
      expect.stringMatching(/HOLDFAST_LISTEN.*HOLDFAST_TLS_CERT_FILE.*HOLDFAST_PROXY/),
    ]);
    const beyond = { HOLDFAST_LISTEN: '0.0.0.0:3000', HOLDFAST_API_KEYS: 'keys.json', HOLDFAST_HOSTS: 'holdfast.example' };
    expect(faults({ ...beyond, HOLDFAST_PROXY: '10.0.0.5' })).toEqual([]);
    expect(faults(beyond)).toHaveLength(1);
    expect(faults({ HOLDFAST_TLS_CERT: '-----BEGIN CERTIFICATE-----' })).toEqual([expect.stringMatching(/set both/)]);
  });

  it('a certificate and a key that cannot be read, or that are not of each other', () => {
    const made = new Certificates();
    made.make();
    const [cert, key, other] = ['cert.pem', 'key.pem', 'ca.key'].map((name) => readFileSync(made.file(name), 'utf8'));
    made.remove();
    const of = (HOLDFAST_TLS_CERT: string, HOLDFAST_TLS_KEY: string) => faults({ HOLDFAST_TLS_CERT, HOLDFAST_TLS_KEY });
    expect(of(cert!, key!)).toEqual([]);
    expect(of(cert!, other!)).toEqual([expect.stringMatching(/^HOLDFAST_TLS_KEY is not the key of HOLDFAST_TLS_CERT/)]);
    expect(of(cert!, cert!)).toEqual([expect.stringMatching(/^HOLDFAST_TLS_KEY holds no private key/)]);
    expect(of(key!, key!)).toEqual([expect.stringMatching(/^HOLDFAST_TLS_CERT holds no certificate/)]);
  });

  it('a service that asks nobody who they are, behind a proxy or under a name that others ask for, though it listens on loopback', () => {
    const asks_nobody = (name: string) => [expect.stringMatching(new RegExp(`^${name} .*keys create.*HOLDFAST_API_KEYS`))];
    expect(faults({ HOLDFAST_PROXY: '127.0.0.1' })).toEqual(asks_nobody('HOLDFAST_PROXY'));
    expect(faults({ HOLDFAST_HOSTS: 'localhost:8080,holdfast.example' })).toEqual(asks_nobody('HOLDFAST_HOSTS'));
    expect(faults({ HOLDFAST_HOSTS: 'localhost:8080,[::1]:8080,127.0.0.1' })).toEqual([]);
    for (const gate of [{ HOLDFAST_API_KEYS: 'k' }, { HOLDFAST_OIDC: 'o' }, { HOLDFAST_LTI: 'l' }])
      expect(faults({ HOLDFAST_PROXY: '127.0.0.1', HOLDFAST_HOSTS: 'holdfast.example', ...gate })).toEqual([]);
  });

  it('a misspelt name, with the one that was probably meant', () => {
    expect(faults({ HOLDFAST_ALERT_TRESHOLD: '0.7' })).toEqual([
      'HOLDFAST_ALERT_TRESHOLD is not a setting: did you mean HOLDFAST_ALERT_THRESHOLD?',
    ]);
    expect(faults({ HOLDFAST_STOER_FILE: 'x' })[0]).toMatch(/did you mean HOLDFAST_STORE\?$/);
    expect(faults({ HOLDFAST_THRESHOLD: '0.7' })[0]).toMatch(/did you mean HOLDFAST_ALERT_THRESHOLD\?$/);
    expect(faults({ HOLDFAST_COLOUR: 'red' })).toEqual(['HOLDFAST_COLOUR is not a setting: README.md lists them']);
  });

  it('a time to keep rows that is none, too short, of an unknown table, or longer for views than the store has them', () => {
    for (const text of ['views', 'views=400', 'views=20d', 'names=100d', 'views=401d', 'views=keep', 'views=100d,'])
      expect(faults({ HOLDFAST_RETENTION: text })).toEqual([expect.stringMatching(/^HOLDFAST_RETENTION: must be NAME=DAYSd/)]);
    expect(good({ HOLDFAST_RETENTION: 'views=30d, scores=keep' }).retention).toEqual({ ...RETENTION, views: 30, scores: null });
  });

  it('a webhook whose address has a password: no request could be sent', () => {
    const named = faults({
      HOLDFAST_WEBHOOK: 'https://u:hunter2@notices.example/x',
      HOLDFAST_WEBHOOK_SECRET: '0123456789abcdef',
    });
    expect(named).toEqual([expect.stringMatching(/^HOLDFAST_WEBHOOK: must be an https address without user and password/)]);
    expect(named.join()).not.toContain('hunter2');
  });

  it('a webhook that nothing would sign', () => {
    expect(faults({ HOLDFAST_WEBHOOK: 'https://notices.example/holdfast' })).toEqual([
      'HOLDFAST_WEBHOOK is signed: set HOLDFAST_WEBHOOK_SECRET, or HOLDFAST_WEBHOOK_SECRET_FILE',
    ]);
  });

  it('notices whose links would lead nowhere', () => {
    const mail = { HOLDFAST_SMTP: 'smtp://mail.example', HOLDFAST_MAIL_FROM: 'holdfast@example.org' };
    expect(faults(mail)).toEqual([expect.stringMatching(/^Notices link to the page: set HOLDFAST_PAGE.*HOLDFAST_HOSTS/)]);
    const moodle = { HOLDFAST_MOODLE_WS: 'https://moodle.example', HOLDFAST_MOODLE_WS_TOKEN: '0123456789abcdef' };
    expect(faults(moodle)).toHaveLength(1);
    expect(good({ ...mail, ...moodle, HOLDFAST_PAGE: 'https://holdfast.example' }).page).toBe('https://holdfast.example');
    expect(good({ ...mail, HOLDFAST_HOSTS: 'holdfast.example', HOLDFAST_API_KEYS: '/keys.json' }).page).toBeNull();
  });

  it('a value and a file for the same setting', () => {
    expect(faults({ HOLDFAST_SITE: 'a', HOLDFAST_SITE_FILE: '/b' }, () => 'b')[0]).toMatch(/are both set/);
  });

  it('a file that is empty or cannot be read, naming the variable and not the path', () => {
    const env = { HOLDFAST_MOODLE_FILE: '/run/secrets/hunter2' };
    const unreadable = () => {
      throw new Error('ENOENT: /run/secrets/hunter2');
    };
    expect(faults(env, unreadable)[0]).toMatch(/^HOLDFAST_MOODLE_FILE: .* cannot be read/);
    expect(faults(env, unreadable)[0]).not.toMatch(/hunter2/);
    expect(faults(env, () => ' \n')[0]).toMatch(/^HOLDFAST_MOODLE_FILE: .* empty/);
  });

  it('Kafka without the address of a broker', () => {
    expect(faults({ HOLDFAST_MOODLE: 'kafka:moodle' })).toEqual([
      'HOLDFAST_MOODLE reads from Kafka: set HOLDFAST_KAFKA_BROKERS, such as kafka-1:9092,kafka-2:9092',
    ]);
    expect(faults({ HOLDFAST_CLICK_TOPICS: 'true' })[0]).toMatch(/^HOLDFAST_CLICK_TOPICS .*HOLDFAST_KAFKA_BROKERS/);
    expect(faults({ HOLDFAST_KAFKA_TOPICS: 'true' })[0]).toMatch(/^HOLDFAST_KAFKA_TOPICS .*HOLDFAST_KAFKA_BROKERS/);
    const read = { HOLDFAST_MOODLE: 'kafka:moodle', HOLDFAST_KAFKA_BROKERS: 'kafka:9092' };
    expect(good(read).moodle).toEqual({ kind: 'kafka', prefix: 'moodle' });
  });

  it('a wall clock for recorded changes', () => {
    expect(faults({ HOLDFAST_MOODLE: 'file:a.ndjson', HOLDFAST_CLOCK: 'wall' })[0]).toMatch(/^HOLDFAST_CLOCK: .*HOLDFAST_MOODLE/);
  });

  it('all at once, so that one start shows all there is to mend', () => {
    expect(faults({ HOLDFAST_CAPACITY: '-1', HOLDFAST_SITE: '!', HOLDFAST_SMTP: '9', HOLDFAST_XYZ: '1' })).toHaveLength(4);
  });

  it('and no fault ever repeats a value', () => {
    const names = [...SETTINGS.map(({ name }) => name), 'HOLDFAST_STOER', 'HOLDFAST_SITE_FILE'];
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom(...names), fc.constantFrom('', 'mysql://', 'file:', '0.')), { minLength: 1 }),
        (set) => {
          const env = Object.fromEntries(set.map(([name, before]) => [name, `${before}zq3Secret/9zq`]));
          expect(faults(env).join('\n')).not.toContain('zq3Secret');
        },
      ),
      { seed: 1, numRuns: RUNS },
    );
  });
});

describe('beside other things', () => {
  it('the variables of the tests are no faults', () => {
    expect(good({ HOLDFAST_LONG: '1', HOLDFAST_TEST_SERVERS: 'required' }).given).toEqual([]);
  });

  it('a command line wins over the variable and over its file', () => {
    const env = { HOLDFAST_STORE_FILE: '/store', HOLDFAST_SITE: 'a' };
    const unread = () => {
      throw new Error('must not be read');
    };
    expect(good(withSettings(env, { HOLDFAST_STORE: 'memory:' }), unread)).toMatchObject({
      store: { kind: 'memory' },
      site: 'a',
    });
    expect(env).toEqual({ HOLDFAST_STORE_FILE: '/store', HOLDFAST_SITE: 'a' });
  });
});

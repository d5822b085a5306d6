/** Every setting: its default, what it means, and how its text is read. What is wrong is said by name, never by value. */
import { z } from 'zod';
import { RETENTION_FAULT, RETENTION_TEXT, retentionOf } from './person-tables.js';
import {
  addresses,
  bearer,
  brokers,
  cassandra,
  days,
  hosts,
  listen,
  mailSender,
  mailServer,
  moodle,
  oneOf,
  parsed,
  pem,
  quietHours,
  ROLES,
  roles,
  safeAddress,
  scoreCron,
  store,
  timeZone,
  truth,
  udp,
  webAddress,
  wholeNumber,
} from './setting-texts.js';

/** A session gap may not be longer than the windows' grace, 24 hours. */
const SESSION_GAP_S_MAX = 86_400;
/** More is no notice to a person. */
const NOTICES_PER_HOUR_MAX = 100_000;
/** More places a week on one course's list than any course has students: a mistyped number. */
const CAPACITY_MAX = 100_000;
/** Less could be found by trying. */
const WEBHOOK_SECRET_MIN = 16;

/** `byDefault` is what holds when nothing is set; null = off, or decided as `meaning` says. */
const setting = (byDefault: string | null, meaning: string, schema: z.ZodType<unknown, string>) => {
  return { default: byDefault, meaning, schema };
};

export const TABLE = {
  HOLDFAST_STORE: setting(
    'sqlite:./data/holdfast.db',
    'Where everything is kept: sqlite:PATH, mysql://USER:PASSWORD@HOST:PORT/DATABASE (or mariadb://…), or memory: (gone when the process ends)',
    parsed('must be sqlite:PATH, mysql://USER:PASSWORD@HOST/DATABASE, mariadb://… or memory:', store),
  ),
  HOLDFAST_MOODLE: setting(
    null,
    "What to read: mysql://USER:PASSWORD@HOST:PORT/DATABASE (or mariadb://…) follows the binary log, kafka:PREFIX Debezium's topics, file:PATH recorded changes",
    parsed('must be mysql://USER:PASSWORD@HOST/DATABASE, mariadb://…, kafka:PREFIX or file:PATH', moodle),
  ),
  HOLDFAST_COPY_RATE: setting(
    null,
    "Rows a second that the first copy of Moodle's tables reads at the most; as many as the store takes when not set",
    parsed('must be a whole number from 1 to 999999999', wholeNumber(1, 999_999_999)),
  ),
  HOLDFAST_KAFKA_BROKERS: setting(
    null,
    'Where Kafka is: HOST:PORT, several with commas; ssl://HOST:PORT, sasl_ssl://USER:PASSWORD@HOST:PORT?mechanism=scram-sha-512',
    parsed('must be HOST:PORT,HOST:PORT or sasl_ssl://USER:PASSWORD@HOST:PORT?mechanism=scram-sha-512', brokers),
  ),
  HOLDFAST_KAFKA_GAP: setting(
    'refuse',
    'What to do where Kafka deleted changes before they were read: refuse, or accept to go on after the gap',
    oneOf('refuse', 'accept'),
  ),
  HOLDFAST_KAFKA_TOPICS: setting(
    'false',
    'Write sessions, scores and alerts to topics of their own too: true or false',
    parsed('must be true or false', truth),
  ),
  HOLDFAST_SCHEMA_REGISTRY: setting(
    null,
    "Where Avro's schemas are, as Confluent's API has them: http://registry:8081",
    parsed('must be a web address such as http://registry:8081', webAddress),
  ),
  HOLDFAST_ELASTICSEARCH: setting(
    null,
    'Where Elasticsearch is, for search and Kibana: http://USER:PASSWORD@HOST:9200',
    parsed('must be a web address such as http://elasticsearch:9200', webAddress),
  ),
  HOLDFAST_KIBANA: setting(
    null,
    'Where kibana load puts dashboards: http://USER:PASSWORD@HOST:5601, with /s/SPACE for a space',
    parsed('must be a web address such as http://kibana:5601', webAddress),
  ),
  HOLDFAST_KIBANA_API_KEY: setting(null, 'In place of user and password for kibana load: an API key, encoded', z.string()),
  HOLDFAST_WEBHOOK: setting(
    null,
    'Where each alert that opens or closes is told by a signed request, without student and score: https://HOST/PATH',
    parsed(
      'must be an https address without user and password, such as https://notices.example/holdfast; http on this machine alone',
      (text) => (webAddress(text) === undefined ? undefined : safeAddress(text)),
    ),
  ),
  HOLDFAST_WEBHOOK_SECRET: setting(
    null,
    'What signs the requests to HOLDFAST_WEBHOOK (HMAC-SHA256), at least 16 characters',
    parsed('must be at least 16 characters', (text) => (text.length >= WEBHOOK_SECRET_MIN ? text : undefined)),
  ),
  HOLDFAST_SMTP: setting(
    null,
    'Mail server that takes notices to staff: smtp://USER:PASSWORD@HOST:587, or smtps://, with ?ca=FILE for an authority of your own; usually HOLDFAST_SMTP_FILE',
    parsed('must be smtp://HOST:587 or smtps://HOST', mailServer),
  ),
  HOLDFAST_MAIL_FROM: setting(
    null,
    'Sender of those mails: Holdfast <holdfast@example.ac.uk>',
    parsed('must be an address, such as Holdfast <holdfast@example.ac.uk>', mailSender),
  ),
  HOLDFAST_MOODLE_WS: setting(
    null,
    "Moodle's address, where staff get notices as messages: https://moodle.example.ac.uk",
    parsed('must be an https address', safeAddress),
  ),
  HOLDFAST_MOODLE_WS_TOKEN: setting(
    null,
    'Token of a web service in Moodle with the function core_message_send_instant_messages; usually HOLDFAST_MOODLE_WS_TOKEN_FILE',
    parsed('must be letters and digits, as Moodle shows it', (text) => (/^\w{16,128}$/.test(text) ? text : undefined)),
  ),
  HOLDFAST_NOTICES: setting(
    'digest',
    'What staff are told: digest (counts and a link, when HOLDFAST_NOTICE_CRON says), immediate (the same as soon as alerts open), or original (a message for each alert, with name and score)',
    oneOf('digest', 'immediate', 'original'),
  ),
  HOLDFAST_NOTICE_CRON: setting(
    '30 7 * * 1-5',
    "When digests are sent, in the site's zone",
    parsed('must be a schedule of five fields that fires at most once a day, such as 30 7 * * 1-5', scoreCron),
  ),
  HOLDFAST_QUIET_HOURS: setting(
    '19:00-07:00,sat,sun',
    "When no notice is sent, in the site's zone: hours, days, or both; off for never",
    parsed('must be hours and days, such as 19:00-07:00,sat,sun, or off', quietHours),
  ),
  HOLDFAST_NOTICES_PER_HOUR: setting(
    '600',
    'Notices an hour at most, by each channel; the rest waits',
    parsed(`must be a whole number from 1 to ${NOTICES_PER_HOUR_MAX}`, wholeNumber(1, NOTICES_PER_HOUR_MAX)),
  ),
  HOLDFAST_NOTICE_LANGUAGE: setting('en', 'Language of notices: en or de', oneOf('en', 'de')),
  HOLDFAST_PAGE: setting(
    null,
    'Address of the page in notices; by default https and the first of HOLDFAST_HOSTS, with the port where this service speaks TLS itself',
    parsed('must be an https address without a slash at the end', (text) => (text.endsWith('/') ? undefined : safeAddress(text))),
  ),
  HOLDFAST_PSEUDONYM_KEY: setting(
    null,
    'What pseudonyms are made with: 64 hex digits, as `openssl rand -hex 32` gives them; a file beside the store, made at the first start, when not set',
    parsed('must be 64 hex digits, as `openssl rand -hex 32` gives them', (text) =>
      /^[0-9a-f]{64}$/i.test(text) ? text : undefined,
    ),
  ),
  HOLDFAST_PLAIN_IDS: setting(
    null,
    "Moodle's own ids in documents and topics (true) or pseudonyms (false); when not set, plain ids only while all of it is on this machine",
    parsed('must be true or false', truth),
  ),
  HOLDFAST_ROLES: setting(
    ROLES.join(','),
    'What this process does of the whole, with commas',
    parsed(`must be some of ${ROLES.join(', ')}, with commas`, roles),
  ),
  HOLDFAST_MOODLE_PREFIX: setting(
    'mdl_',
    "Prefix of Moodle's tables",
    parsed('must be letters, digits and underscores', (text) => (/^\w{1,20}$/.test(text) ? text : undefined)),
  ),
  HOLDFAST_SITE: setting(
    'moodle',
    'Name of the Moodle site; a store belongs to one site for ever',
    parsed('must be lower-case letters, digits and hyphens', (text) => (/^[a-z0-9-]{1,63}$/.test(text) ? text : undefined)),
  ),
  HOLDFAST_TIME_ZONE: setting(
    'UTC',
    'Zone whose midnights divide the days, for example Europe/Berlin',
    parsed('must be an IANA time zone such as UTC or Europe/Berlin', timeZone),
  ),
  HOLDFAST_LISTEN: setting(
    '127.0.0.1:3000',
    'Address and port of the page and the interface. Beyond this machine it takes keys, a name, and TLS or a proxy',
    parsed('must be HOST:PORT, such as 127.0.0.1:3000 or [::1]:3000', listen),
  ),
  HOLDFAST_API_KEYS: setting(
    null,
    'File of the access keys, as `holdfast keys create` makes it: with it nobody reads or changes anything without a key',
    z.string(),
  ),
  HOLDFAST_KEY: setting(
    null,
    'Key that `top` and `generate --http` send to a service that has keys; usually HOLDFAST_KEY_FILE',
    parsed('must be a key as `holdfast keys create` shows it, or a token', bearer),
  ),
  HOLDFAST_JWKS: setting(
    null,
    'Where the public keys of an identity provider are, whose tokens (JWT) are taken as keys: https://login.example.ac.uk/certs',
    parsed('must be an https address', safeAddress),
  ),
  HOLDFAST_JWT_ISSUER: setting(null, 'Who makes those tokens (iss), letter by letter', z.string()),
  HOLDFAST_JWT_AUDIENCE: setting(null, 'For whom they are made (aud): what the provider calls this service', z.string()),
  HOLDFAST_OIDC: setting(
    null,
    'File (JSON) that names the identity provider by which people sign in (OpenID Connect), and who is let in',
    z.string(),
  ),
  HOLDFAST_HOSTS: setting(
    null,
    'Names that the service goes by in browsers, beside localhost: holdfast.example.ac.uk; several with commas',
    parsed('must be host names, such as holdfast.example.ac.uk, with a port where it is not the usual one', hosts),
  ),
  HOLDFAST_TLS_CERT: setting(
    null,
    'Certificate (PEM, with those between it and the root), where the service itself speaks TLS; usually HOLDFAST_TLS_CERT_FILE',
    parsed('must be PEM text: name its file in HOLDFAST_TLS_CERT_FILE', pem),
  ),
  HOLDFAST_TLS_KEY: setting(
    null,
    'Key of that certificate (PEM); usually HOLDFAST_TLS_KEY_FILE',
    parsed('must be PEM text: name its file in HOLDFAST_TLS_KEY_FILE', pem),
  ),
  HOLDFAST_PROXY: setting(
    null,
    'Addresses of the proxy in front that speaks TLS, such as 10.0.0.5 or 10.0.0.0/24: what it says of a sender is believed',
    parsed('must be addresses such as 10.0.0.5 or 10.0.0.0/24, several with commas', addresses),
  ),
  HOLDFAST_ALERT_THRESHOLD: setting(
    '0.7',
    'An alert opens above this score',
    parsed('must be a number above 0 and below 1, for example 0.7', (text) => {
      const value = /^\d{0,15}\.?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
      return value > 0 && value < 1 ? value : undefined;
    }),
  ),
  HOLDFAST_SCORE_CRON: setting(
    '0 3 * * *',
    "When everybody is scored, as a cron line in the site's zone",
    parsed('must be a cron line of five fields that fires at most once a day, for example 0 3 * * *', scoreCron),
  ),
  HOLDFAST_DRIFT: setting(
    'hold',
    'What to do where the data of a day cannot be believed, such as after an outage: hold new alerts back, warn and alert, or off',
    oneOf('hold', 'warn', 'off'),
  ),
  HOLDFAST_SHADOW: setting(
    'false',
    'Keep scores, lists and alerts of a course from people until its own outcomes show that they can be believed: true or false',
    parsed('must be true or false', truth),
  ),
  HOLDFAST_RETRAIN_CRON: setting(
    null,
    "When a new model is trained by itself, as a cron line in the site's zone; it scores only where it is better by the rule. Never when not set",
    parsed('must be a cron line of five fields that fires at most once a day, for example 0 4 1 * *', scoreCron),
  ),
  HOLDFAST_RETRAIN_FROM: setting(
    'store',
    'What a model is trained on by schedule or by POST /api/v1/models/retrain, as in retrain --from: store, moodle or oulad:DIR',
    z.string(),
  ),
  HOLDFAST_SESSION_GAP_S: setting(
    '900',
    'Seconds without activity after which a session is over',
    parsed(`must be whole seconds from 1 to ${SESSION_GAP_S_MAX}`, wholeNumber(1, SESSION_GAP_S_MAX)),
  ),
  HOLDFAST_UDP: setting(
    null,
    'Take click records as datagrams: PORT on this machine, or HOST:PORT',
    parsed('must be a port such as 10514, or HOST:PORT', udp),
  ),
  HOLDFAST_CLICK_TOPICS: setting(
    'false',
    'Read clicks from the topics clickstream, clickstream_users, clickstream_codes and event-topic, and put there what comes by HTTP and UDP: true or false',
    parsed('must be true or false', truth),
  ),
  HOLDFAST_CLICK_RETENTION: setting('7d', 'How long clicks and their tables are kept', parsed('must be days, at least 2d', days)),
  HOLDFAST_CLICK_VERSION: setting(
    'newest',
    "Whose windows the click tables have: those of ksqlDB's newest demo, 5.5's (alerts 30/20 s) or 4.1's (user sessions 300 s)",
    oneOf('newest', '5.5', '4.1'),
  ),
  HOLDFAST_CASSANDRA: setting(
    null,
    'Where clicks are written by user, in keyspace ms: cassandra://USER:PASSWORD@HOST:9042?datacenter=datacenter1',
    parsed('must be cassandra://HOST:9042?datacenter=NAME', cassandra),
  ),
  HOLDFAST_GEOIP: setting(null, 'File (.mmdb) that tells where an address is; a table of countries when not set', z.string()),
  HOLDFAST_COURSES: setting(null, 'Courses that are scored, by id, short name or category; all when not set', z.string()),
  HOLDFAST_CALENDAR: setting(
    null,
    'File of teaching breaks, which are no silence: an iCalendar (.ics), or CSV with from,to,name and, for one course alone, course',
    z.string(),
  ),
  HOLDFAST_CAPACITY: setting(
    null,
    'Students whom staff can contact in a week, per course: length of the early list; 15 % of the active when not set',
    parsed(`must be a whole number from 1 to ${CAPACITY_MAX}`, wholeNumber(1, CAPACITY_MAX)),
  ),
  HOLDFAST_COUNT_ANONYMOUS: setting(
    'false',
    'Count what was done anonymously too: true or false',
    parsed('must be true or false', truth),
  ),
  HOLDFAST_CLOCK: setting(
    null,
    'event runs a live source on the time of its events, for comparing runs; by default live sources run on wall',
    oneOf('event', 'wall'),
  ),
  HOLDFAST_MODELS: setting(null, 'Folder of models; the bundled one when not set', z.string()),
  HOLDFAST_LTI: setting(
    null,
    'File (JSON) that names the address of this service and the learning platforms that open it by LTI 1.3; no launches when not set',
    z.string(),
  ),
  HOLDFAST_STUDENT_SCORES: setting(
    'false',
    'Students see their own scores on their page: true or false',
    parsed('must be true or false', truth),
  ),
  HOLDFAST_STUDENT_OPT_OUT: setting(
    'false',
    'Students may opt out of scoring on their page: true or false',
    parsed('must be true or false', truth),
  ),
  HOLDFAST_RETENTION: setting(
    RETENTION_TEXT,
    'How long rows about people are kept, by name; those left out keep their default. Running courses keep their history',
    parsed(RETENTION_FAULT, retentionOf),
  ),
  HOLDFAST_ERASE_DELETED: setting(
    'false',
    'Erase here whose account Moodle deletes, within a day: true or false. Otherwise they are withdrawn, and their history stays',
    parsed('must be true or false', truth),
  ),
  HOLDFAST_LOG_LEVEL: setting(
    'info',
    'Least level that is logged: trace, debug, info, warn, error, fatal or silent',
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
  ),
};
export type SettingName = keyof typeof TABLE;
export const NAMES = Object.keys(TABLE) as SettingName[];

/** For the help text and the README: every setting, its default (null = none) and what it means. */
export const SETTINGS: readonly { name: SettingName; default: string | null; meaning: string }[] = NAMES.map((name) => ({
  name,
  default: TABLE[name].default,
  meaning: TABLE[name].meaning,
}));

/** Debezium's JSON of a term's log rows, nearly in order of time, as the connector for MariaDB writes it: about 800 bytes each. Seeded. */
const START_S = 1_767_225_600; // 2026-01-01
const DAYS = 60;
/** Users at work at the same time, and how many clicks one makes in a sitting: six, as on the sample site. */
const AT_WORK = 50;
const CLICKS = 6;
const USERS = 10_000;
const COURSES = 5;

export interface LogLine {
  userid: number;
  line: string;
}

export function* logLines(rows: number): Generator<LogLine> {
  let seed = 1;
  const random = (n: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * n); // the low bits of this generator repeat
  };
  const someone = () => ({ userid: 2 + random(USERS), courseid: 2 + random(COURSES) });
  const at_work = Array.from({ length: AT_WORK }, someone);
  for (let id = 1; id <= rows; id++) {
    const time = START_S + Math.floor((id / rows) * DAYS * 86_400) - random(3);
    const slot = random(AT_WORK);
    if (random(CLICKS) === 0) at_work[slot] = someone();
    const row = { id, eventname: '\\mod_page\\event\\course_module_viewed', component: 'mod_page', action: 'viewed', target: 'course_module', objecttable: 'page', objectid: random(500), crud: 'r', edulevel: 2, contextid: random(5000), contextlevel: 70, contextinstanceid: random(5000), ...at_work[slot]!, relateduserid: null, anonymous: 0, other: 'null', timecreated: time, origin: 'web', ip: '127.0.0.1', realuserid: null }; // biome-ignore format: one row
    const source = { version: '3.5.0.Final', connector: 'mariadb', name: 'moodle', ts_ms: time * 1000, snapshot: 'false', db: 'moodle', sequence: null, ts_us: time * 1e6, table: 'mdl_logstore_standard_log', server_id: 4242, gtid: `0-4242-${id}`, file: 'binlog.000001', pos: id * 800, row: 0, thread: null, query: null }; // biome-ignore format: one row
    const line = JSON.stringify({ before: null, after: row, source, transaction: null, op: 'c', ts_ms: time * 1000 + 400 });
    yield { userid: row.userid, line };
  }
}

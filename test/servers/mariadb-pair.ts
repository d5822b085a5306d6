/** Two MariaDB servers for tests of a failover: the second follows the first by GTID until it is promoted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Mariadb, type Settings } from './mariadb.js';

/** A replica applies a statement within milliseconds; a busy machine takes longer. */
const FOLLOW_MS_MAX = 30_000;

/** `first` is server 1 and `second` server 2, each in domain 0 until it is told otherwise. */
export class MariadbPair {
  private constructor(
    readonly first: Mariadb,
    readonly second: Mariadb,
  ) {}

  static async start(): Promise<MariadbPair> {
    const settings = (server_id: number): Settings => ({ 'server-id': String(server_id), 'log-slave-updates': 'ON' });
    // One after the other: side by side mariadb-install-db fails now and then.
    const first = await Mariadb.start(settings(1));
    return new MariadbPair(first, await Mariadb.start(settings(2)));
  }

  /** As on the first day: both run, their logs and the database `moodle` are empty, and `second` follows `first`. */
  async renew(): Promise<void> {
    await this.first.revive();
    for (const [server, server_id] of [
      [this.second, 2],
      [this.first, 1],
    ] as const) {
      await server.sql(
        `STOP SLAVE; RESET SLAVE ALL; SET GLOBAL gtid_domain_id = 0, server_id = ${server_id}; DROP DATABASE IF EXISTS moodle; CREATE DATABASE moodle;
         RESET MASTER; SET GLOBAL gtid_slave_pos = '';`,
      );
    }
    await this.follow();
  }

  async follow(): Promise<void> {
    const { port, user, password } = this.first;
    await this.second.sql(
      `CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = ${port}, MASTER_USER = '${user}', MASTER_PASSWORD = '${password}',
         MASTER_CONNECT_RETRY = 1, MASTER_USE_GTID = slave_pos; START SLAVE;`,
    );
  }

  /** Until `second` has applied all that `first` has committed. */
  async caughtUp(): Promise<void> {
    const at = (await this.first.sql('SELECT @@GLOBAL.gtid_binlog_pos')).trim();
    const waited = await this.second.sql(`SELECT MASTER_GTID_WAIT('${at}', ${FOLLOW_MS_MAX / 1000})`);
    if (waited.trim() !== '0') throw new Error(`the replica did not reach ${at}`);
  }

  /** What `first` commits from here on does not reach `second`: as when the line is cut before the machine dies. */
  async cut(): Promise<void> {
    await this.caughtUp();
    await this.second.sql('STOP SLAVE IO_THREAD');
  }

  /** The first server dies without a word; the second applies what it has received and takes its place. */
  async failOver(): Promise<void> {
    await this.first.kill();
    await this.applied();
    await this.second.sql('STOP SLAVE; RESET SLAVE ALL;');
  }

  async stop(): Promise<void> {
    await Promise.all([this.first.stop(), this.second.stop()]);
  }

  private async applied(): Promise<void> {
    for (let waited_ms = 0; waited_ms < FOLLOW_MS_MAX; waited_ms += 20) {
      const status = (await this.second.sql('SHOW SLAVE STATUS')).split('\t');
      if (status.some((value) => value.startsWith('Slave has read all relay log'))) return;
      await sleep(20);
    }
    throw new Error('the replica does not get through its relay log');
  }
}

/** A private MariaDB with databases for stores. */
import { MysqlStore } from '../../src/adapters/mysql/mysql-store.js';
import type { StoreMode } from '../../src/ports.js';
import { SITE } from '../contracts/store-samples.js';
import { Mariadb, type Settings } from '../servers/mariadb.js';

/** As an operator sets it up: every commit is on the disk before it is answered. */
const DURABLE: Settings = {
  'innodb-flush-log-at-trx-commit': '1',
  'innodb-buffer-pool-size': '256M',
  'innodb-log-file-size': '64M',
};

const USER = 'keeper';
const PASSWORD = 'p@ss:word/1';

export class StoreServer {
  private constructor(readonly server: Mariadb) {}

  static async start(settings: Settings = {}): Promise<StoreServer> {
    const server = await Mariadb.start({ ...DURABLE, ...settings });
    await server.sql(`CREATE USER '${USER}'@'%' IDENTIFIED BY '${PASSWORD}'; CREATE USER 'poor'@'%' IDENTIFIED BY 'poor';`);
    return new StoreServer(server);
  }

  /** An empty database, in a character set of its own that the store must not care about. */
  async create(database: string): Promise<void> {
    await this.server.sql(
      `DROP DATABASE IF EXISTS ${database}; CREATE DATABASE ${database} CHARACTER SET latin1;
       GRANT ALL ON ${database}.* TO '${USER}'@'%'; GRANT SELECT ON ${database}.* TO 'poor'@'%';`,
    );
  }

  url(database: string): string {
    return this.server.url(database, USER, encodeURIComponent(PASSWORD));
  }

  /** All rows go; the schema stays. */
  async empty(database: string): Promise<void> {
    const tables = (await this.server.sql('SHOW TABLES', database)).trim().split('\n');
    const stored = tables.filter((table) => table !== '' && !table.endsWith('_migrations'));
    await this.server.sql(stored.map((table) => `DELETE FROM ${table};`).join('\n'), database);
  }

  async open(database: string, mode: StoreMode = 'own', log?: (message: string) => void): Promise<MysqlStore> {
    const store = new MysqlStore(this.url(database), log ? { log } : {});
    await store.open(SITE, mode);
    return store;
  }
}

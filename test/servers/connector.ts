/** The connector file of deploy/, filled in as an operator's environment does, for a private MariaDB. */
import { readFileSync } from 'node:fs';
import type { ConnectorConfig } from './connect.js';

/** As in `CREATE USER debezium`. */
export const DEBEZIUM_PASSWORD = 'fast-hold';
/** The user of the connector, with the rights that docs/scale.md names, and a user of stores. */
export const PLATFORM_USERS = `CREATE USER store@'%' IDENTIFIED BY '${DEBEZIUM_PASSWORD}'; GRANT ALL ON \`store%\`.* TO store@'%';
  CREATE USER debezium@'%' IDENTIFIED BY '${DEBEZIUM_PASSWORD}';
  GRANT SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, REPLICATION CLIENT, LOCK TABLES, BINLOG MONITOR, SLAVE MONITOR ON *.* TO debezium@'%';`;

export function connectorOf(db: { port: number }, brokers: string, database: string): ConnectorConfig {
  const values: Record<string, string> = {
    BOOTSTRAP_SERVERS: brokers,
    MOODLE_DB_HOST: '127.0.0.1',
    MOODLE_DB_PORT: String(db.port),
    MOODLE_DB_USER: 'debezium',
    MOODLE_DB_PASSWORD: DEBEZIUM_PASSWORD,
    MOODLE_DB_NAME: database,
    MOODLE_DB_SERVER_ID: String(5400 + Math.floor(Math.random() * 1000)),
  };
  const text = readFileSync('deploy/connectors/moodle-mariadb.json', 'utf8');
  return JSON.parse(text.replace(/\$\{env:(\w+)\}/g, (_, name: string) => values[name]!)) as ConnectorConfig;
}

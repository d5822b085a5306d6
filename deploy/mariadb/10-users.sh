#!/bin/sh
# The databases and users of deploy/mariadb, made once, when the server's data folder is empty. The image of MariaDB runs it; on
# a server of your own run it by hand as root, with the passwords in the environment (docs/scale.md has the same as SQL).
#
#   holdfast  the store: everything on its own database, nothing elsewhere
#   debezium  change capture: reads Moodle's tables and the binary log
set -eu

MYSQL_PWD="${MARIADB_ROOT_PASSWORD:-}"
export MYSQL_PWD

# ' and \ in a password would end the string that it is put into.
quoted() {
  printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e "s/'/''/g"
}

mariadb --user=root ${MARIADB_SOCKET:+"--socket=$MARIADB_SOCKET"} --default-character-set=utf8mb4 <<SQL
CREATE DATABASE IF NOT EXISTS moodle CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
CREATE DATABASE IF NOT EXISTS holdfast CHARACTER SET utf8mb4;

CREATE USER IF NOT EXISTS holdfast@'%' IDENTIFIED BY '$(quoted "$STORE_PASSWORD")';
GRANT ALL PRIVILEGES ON holdfast.* TO holdfast@'%';

CREATE USER IF NOT EXISTS debezium@'%' IDENTIFIED BY '$(quoted "$MOODLE_DB_PASSWORD")';
GRANT SELECT, LOCK TABLES ON moodle.* TO debezium@'%';
GRANT RELOAD, REPLICATION SLAVE, BINLOG MONITOR ON *.* TO debezium@'%';
SQL

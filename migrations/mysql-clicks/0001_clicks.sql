-- Clicks, beside a site's own tables or without them, for MariaDB 10.6 and MySQL 8.0 and newer. Times are epoch milliseconds UTC.
-- What comes out of the input and names a row is VARBINARY: it compares and sorts by its UTF-8 bytes, so that neither case nor
-- spaces at its end are folded. What is longer than an index takes is cut there (`adapters/mysql/click-names.ts`), and stands
-- beside it as a whole.
--
-- These servers cannot roll a CREATE TABLE back. A step may therefore be cut off in its middle and run again from its
-- beginning: every statement has to be harmless the second time.

-- Where each source is. Moves by compare-and-set only.
CREATE TABLE IF NOT EXISTS click_positions (
  source VARBINARY(1020) NOT NULL PRIMARY KEY,
  position LONGTEXT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS click_clock (
  id TINYINT NOT NULL PRIMARY KEY,
  clock LONGTEXT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Windows of all tables. The key is text in the order that readers see (`keyText` in click-ports.ts); the values are a JSON list.
CREATE TABLE IF NOT EXISTS click_windows (
  table_name VARBINARY(64) NOT NULL,
  key_name VARBINARY(2932) NOT NULL,
  key_whole LONGTEXT,
  start_ms BIGINT NOT NULL,
  end_ms BIGINT NOT NULL,
  window_values LONGTEXT NOT NULL,
  PRIMARY KEY (table_name, key_name, start_ms),
  KEY click_windows_by_end (table_name, end_ms)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- One click a row, joined when it was counted: a JSON object without what is not known of it.
CREATE TABLE IF NOT EXISTS click_joined (
  time_ms BIGINT NOT NULL,
  id_name VARBINARY(2932) NOT NULL,
  id_whole LONGTEXT,
  click LONGTEXT NOT NULL,
  PRIMARY KEY (time_ms, id_name)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Senders' own ids that were counted: the first 16 bytes of their SHA-256, since they are of any length and never shown.
CREATE TABLE IF NOT EXISTS click_seen (
  id BINARY(16) NOT NULL PRIMARY KEY,
  time_ms BIGINT NOT NULL,
  KEY click_seen_by_time (time_ms)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Versions of users and codes.
CREATE TABLE IF NOT EXISTS click_references (
  table_name VARBINARY(64) NOT NULL,
  key_name VARBINARY(2932) NOT NULL,
  key_whole LONGTEXT,
  valid_from_ms BIGINT NOT NULL,
  `columns` LONGTEXT NOT NULL,
  PRIMARY KEY (table_name, key_name, valid_from_ms)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

CREATE TABLE IF NOT EXISTS click_rejected (
  source VARBINARY(1520) NOT NULL,
  position VARBINARY(1020) NOT NULL,
  reason VARBINARY(64) NOT NULL,
  detail LONGTEXT NOT NULL,
  PRIMARY KEY (source, position, reason)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- kind: 'rejected' by reason, 'counted' by what it was, 'kept' = rows of `click_rejected` by source. lane: as in `counts`.
CREATE TABLE IF NOT EXISTS click_counts (
  kind VARBINARY(16) NOT NULL,
  name VARBINARY(1520) NOT NULL,
  lane VARBINARY(255) NOT NULL,
  count BIGINT NOT NULL,
  PRIMARY KEY (kind, name, lane)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What one process at a time does. The token grows with each lease of a name; a row stays when its lease is over.
CREATE TABLE IF NOT EXISTS click_leases (
  name VARCHAR(255) NOT NULL PRIMARY KEY,
  holder VARCHAR(512) NOT NULL,
  token BIGINT NOT NULL,
  until_ms BIGINT NOT NULL
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- What each sink has yet to hear of: gzipped JSON.
CREATE TABLE IF NOT EXISTS click_outbox (
  id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  sink VARCHAR(64) NOT NULL,
  body LONGBLOB NOT NULL,
  KEY click_outbox_by_sink (sink, id)
) ENGINE = InnoDB ROW_FORMAT = DYNAMIC DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- Who was erased, as a keyed hash: consulted before anything about a person is written, so that no old file brings them back.
CREATE TABLE IF NOT EXISTS erased (
  person CHAR(32) NOT NULL PRIMARY KEY,
  erased_ms BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
-- Grows with each erasure: a commit that was made by an older list is refused. Commits share a lock on its row, an erasure has it alone.
CREATE TABLE IF NOT EXISTS erased_version (
  id TINYINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL
) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
INSERT INTO erased_version (id, version) VALUES (1, 0) ON DUPLICATE KEY UPDATE version = version;

-- Who was erased, as a keyed hash: consulted before anything about a person is written, so that no old file brings them back.
CREATE TABLE erased (
  person TEXT NOT NULL PRIMARY KEY,
  erased_ms INTEGER NOT NULL
) WITHOUT ROWID;
-- Grows with each erasure: a commit that was made by an older list is refused.
CREATE TABLE erased_version (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  version INTEGER NOT NULL
);
INSERT INTO erased_version (id, version) VALUES (1, 0);

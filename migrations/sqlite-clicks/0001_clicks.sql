-- Clicks of other sites, apart from everything about students. Times are epoch milliseconds UTC; lists and objects are JSON text.

-- 'HolC': tells the clicks of Holdfast from a site's store ('Hold') and from the database of another program.
PRAGMA application_id = 1215261763;

-- Where each source is. Moves by compare-and-set only.
CREATE TABLE positions (
  source TEXT NOT NULL PRIMARY KEY,
  position TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE clock (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  clock TEXT NOT NULL
);

-- Windows of all tables. The key is text in the order that readers see (`keyText` in click-ports.ts).
CREATE TABLE windows (
  table_name TEXT NOT NULL,
  key TEXT NOT NULL,
  start_ms INTEGER NOT NULL,
  end_ms INTEGER NOT NULL,
  window_values TEXT NOT NULL,
  PRIMARY KEY (table_name, key, start_ms)
) WITHOUT ROWID;
-- What may still change after a restart, and what is too old to keep.
CREATE INDEX windows_by_end ON windows (table_name, end_ms);

-- One click a row, joined when it was counted: a JSON object without what is not known of it.
CREATE TABLE clicks (
  time_ms INTEGER NOT NULL,
  id TEXT NOT NULL,
  click TEXT NOT NULL,
  PRIMARY KEY (time_ms, id)
) WITHOUT ROWID;

-- Senders' own ids that were counted.
CREATE TABLE seen_ids (
  id TEXT NOT NULL PRIMARY KEY,
  time_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX seen_ids_by_time ON seen_ids (time_ms);

-- Versions of users and codes.
CREATE TABLE click_references (
  table_name TEXT NOT NULL,
  key TEXT NOT NULL,
  valid_from_ms INTEGER NOT NULL,
  columns TEXT NOT NULL,
  PRIMARY KEY (table_name, key, valid_from_ms)
) WITHOUT ROWID;

CREATE TABLE rejected (
  source TEXT NOT NULL,
  position TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (source, position, reason)
) WITHOUT ROWID;

-- kind: 'rejected' by reason, 'counted' by what it was, 'kept' = rows of `rejected` by source.
CREATE TABLE counts (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (kind, name)
) WITHOUT ROWID;

-- What one process at a time does. The token grows with each lease of a name; a row stays when its lease is over.
CREATE TABLE leases (
  name TEXT NOT NULL PRIMARY KEY,
  holder TEXT NOT NULL,
  token INTEGER NOT NULL,
  until_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- What each sink has yet to hear of, as JSON. An id is never given twice, so that later is always greater.
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  sink TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX outbox_by_sink ON outbox (sink, id);

-- Several lanes may count into one store, and what is committed may be told to sinks outside it.

-- The clock of each lane; heard_ms: when its latest commit was.
CREATE TABLE lane_clocks (
  lane TEXT NOT NULL PRIMARY KEY,
  clock TEXT NOT NULL,
  heard_ms INTEGER NOT NULL
) WITHOUT ROWID;

-- For which lane a user is counted: the latest claim.
CREATE TABLE user_claims (
  user_id INTEGER NOT NULL PRIMARY KEY,
  lane TEXT NOT NULL
);

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

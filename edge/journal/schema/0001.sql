-- The journal of one store. Forward only: never edit this file after a release, add 0002.sql.

-- Who writes here. The epoch is given by the hub; a new one starts at the event after
-- `after_position`, so that seq = position - after_position counts from 1 in every epoch.
CREATE TABLE epochs (
  epoch INTEGER PRIMARY KEY CHECK (epoch >= 1),
  store TEXT NOT NULL,
  after_position INTEGER NOT NULL CHECK (after_position >= 0),
  opened_ms INTEGER NOT NULL
) STRICT;

-- The events themselves: raw bytes and the chain hash after them. Never updated, never deleted
-- before their retention ends.
CREATE TABLE events (
  position INTEGER PRIMARY KEY CHECK (position >= 1),
  raw BLOB NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

-- What was answered to a request that carried an idempotency key; written in the transaction of
-- its events. `position` is that of its last event, and the age by which replies are pruned.
CREATE TABLE replies (
  position INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  reply BLOB NOT NULL
) STRICT;

BEGIN;

CREATE TABLE prints (
    print_n INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    lane TEXT NOT NULL,
    wanted TEXT NOT NULL,
    used TEXT NOT NULL,
    who TEXT NOT NULL,
    copy_n INTEGER NOT NULL,
    repeats TEXT NOT NULL,
    state TEXT NOT NULL
        CHECK (state IN ('queued', 'sent', 'fenced', 'done', 'doubtful', 'dropped')),
    size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    sent_bytes INTEGER,
    fenced_bytes INTEGER,
    attempts_n INTEGER NOT NULL,
    late_ms INTEGER NOT NULL,
    kick INTEGER NOT NULL,
    why TEXT NOT NULL,
    settled TEXT NOT NULL,
    queued_ms INTEGER NOT NULL,
    sent_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    is_open INTEGER NOT NULL GENERATED ALWAYS AS
        (state IN ('queued', 'sent', 'fenced') OR (state = 'doubtful' AND settled = '')) STORED,
    document BLOB CHECK (length(document) <= 1048576),
    data BLOB CHECK (length(data) <= 1048576)
) STRICT;

CREATE INDEX prints_subject ON prints (subject);
CREATE INDEX prints_ended ON prints (ended_ms);
CREATE INDEX prints_open ON prints (print_n) WHERE is_open = 1;

-- Without what it printed, which may be large.
CREATE VIEW jobs AS SELECT
    print_n, id, subject, kind, title, lane, wanted, used, who, copy_n, repeats, state,
    size_bytes, sha256, sent_bytes, fenced_bytes, attempts_n, late_ms, kick, why, settled,
    queued_ms, sent_ms, ended_ms, is_open
    FROM prints;

PRAGMA user_version = 1;

COMMIT;

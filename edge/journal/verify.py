"""Walking the journal: every hash from the first event on, and a listing for people."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from cext.errors import StorageError
from cext.lang.events import GENESIS_HASH, Stored, chain_hash, decode_envelope

EPOCHS = "SELECT epoch, store, after_position FROM epochs ORDER BY epoch"
ALL = "SELECT position, raw, hash FROM events ORDER BY position"
SHOW = """SELECT position, raw, hash FROM events WHERE position >= :first
  ORDER BY position LIMIT :limit_n"""


class Report(Struct, frozen=True, kw_only=True):
    """What the walk found. `problem` is empty when every link of the chain holds."""

    store: str
    epoch: int
    events_n: int
    size_bytes: int
    head_seq: int
    head_hash: str  # hex
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the journal is whole."""
        return not self.problem


def walk(path: Path) -> Report:
    """Compute the whole chain again from the first event; reads only, also beside a daemon.

    StorageError("journal_unreadable") when `path` is no journal at all.
    """
    try:
        with closing(_open(path)) as db:
            epochs = db.execute(EPOCHS).fetchall()
            return _walk(db, epochs)
    except sqlite3.Error as exc:
        raise StorageError("journal_unreadable", str(exc), path=str(path)) from exc


def show(path: Path, *, first: int = 1, limit_n: int = 100) -> list[tuple[int, Stored]]:
    """(position, event) from position `first` on; `Stored.seq` is the number inside the event."""
    try:
        with closing(_open(path)) as db:
            rows = db.execute(SHOW, {"first": first, "limit_n": limit_n}).fetchall()
    except sqlite3.Error as exc:
        raise StorageError("journal_unreadable", str(exc), path=str(path)) from exc
    return [(at, Stored(decode_envelope(raw).seq, raw, link)) for at, raw, link in rows]


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path.absolute().as_uri() + "?mode=ro", uri=True)


def _walk(db: sqlite3.Connection, epochs: list[tuple[int, str, int]]) -> Report:
    epoch, store, after = epochs[0] if epochs else (1, "", 0)
    coming: Iterator[tuple[int, str, int]] = iter(epochs[1:])
    following = next(coming, None)
    link, count, size_bytes, problem = GENESIS_HASH, 0, 0, ""
    for position, raw, stored_hash in db.execute(ALL):
        while following is not None and position > following[2]:
            (epoch, store, after), link = following, GENESIS_HASH
            following = next(coming, None)
        link = chain_hash(link, epoch=epoch, seq=position - after, raw=raw)
        if position != count + 1:
            problem = f"event {count + 1} is missing"
        elif link != stored_hash:
            problem = f"event {position} does not carry the hash of its content"
        if problem:
            break
        count, size_bytes = position, size_bytes + len(raw)
    while following is not None:
        (epoch, store, after), link = following, GENESIS_HASH
        following = next(coming, None)
    return Report(
        store=store,
        epoch=epoch,
        events_n=count,
        size_bytes=size_bytes,
        head_seq=max(count - after, 0),
        head_hash=link.hex(),
        problem=problem,
    )

"""The one writer of the journal's database: numbers, chains and commits. Runs on one thread."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cext.errors import Refused, StorageError
from cext.kit.clock import Clock
from cext.lang.events import (
    GENESIS_HASH,
    Body,
    Stored,
    chain_hash,
    decode_envelope,
    encode_event,
)
from cext.lang.wire import fits_frame
from edge.journal.schema import upgrade

CHECKED_ON_OPEN_N = 256
REPLIES_KEPT_N = 10_000  # positions back from the head
PRUNE_EVERY_N = 1_000  # positions between two prunings of the replies
WAL_KEPT_BYTES = 16 * 1024 * 1024

TAIL = "SELECT position, raw, hash FROM events ORDER BY position DESC LIMIT :limit_n"
EPOCH = "SELECT epoch, store, after_position FROM epochs ORDER BY epoch DESC LIMIT 1"
ADD_EPOCH = "INSERT INTO epochs VALUES (:epoch, :store, :after_position, :opened_ms)"
ADD_EVENT = "INSERT INTO events VALUES (?, ?, ?)"
ADD_REPLY = "INSERT INTO replies VALUES (?, ?, ?)"
HAS_REPLY = "SELECT 1 FROM replies WHERE key = :key"
PRUNE = "DELETE FROM replies WHERE position <= :position"


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it has a number: what happened, at which lane, by whom."""

    body: Body
    lane: str = ""
    worker: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the journal: the last seq of `epoch` (0: empty) and the chain hash there."""

    epoch: int
    seq: int
    hash: bytes


MakeReply = Callable[[tuple[Stored, ...]], bytes]
Reply = bytes | MakeReply | None


@dataclass(frozen=True, slots=True)
class Work:
    """One append: its drafts become durable together, with the reply of its request."""

    drafts: tuple[Draft, ...]
    key: str | None = None
    reply: Reply = None


class Writer:
    """Synchronous and single-threaded; `Journal` runs it on the database's thread."""

    def __init__(self, path: Path, *, store: str, clock: Clock) -> None:
        """Open or create the journal of `store` at `path`.

        StorageError: journal_in_use, journal_newer, journal_foreign, journal_corrupt,
        journal_unreadable.
        """
        self._clock = clock
        self.store = store
        self.head = Head(1, 0, GENESIS_HASH)
        self.hlc = 0
        self.after_position = 0
        self._pruned_at = 0
        self._lock = _lock(path)
        try:
            self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._open()
        except sqlite3.Error as exc:
            self.close()
            raise StorageError("journal_unreadable", str(exc), path=str(path)) from exc
        except StorageError:
            self.close()
            raise

    def close(self) -> None:
        with suppress(AttributeError, sqlite3.Error):
            self.db.close()
        self._lock.close()

    def commit(self, works: Sequence[Work]) -> list[tuple[Stored, ...] | Refused]:
        """Make all of `works` durable in one transaction; one outcome per work, in order.

        A work that breaks a rule gets its Refused and leaves no trace; the others are not
        touched by it. StorageError: nothing was written, and nothing may be written any more.
        """
        group = _Group(self, works)
        if not group.rows:
            return group.outcomes
        try:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.executemany(ADD_EVENT, group.rows)
            if group.replies:
                self.db.executemany(ADD_REPLY, group.replies)
                self._prune(group.rows[-1][0])
            self.db.execute("COMMIT")
        except sqlite3.Error as exc:
            with suppress(sqlite3.Error):
                self.db.execute("ROLLBACK")
            raise StorageError(
                "journal_write_failed", f"the journal cannot be written, look at the disk: {exc}"
            ) from exc
        self.head, self.hlc = group.head, group.hlc
        return group.outcomes

    def has_reply(self, key: str) -> bool:
        """Whether a request with `key` was answered before."""
        return self.db.execute(HAS_REPLY, {"key": key}).fetchone() is not None

    def next_hlc(self, last: int) -> int:
        """The hybrid time after `last`: the clock's, but never back and never twice."""
        return max(self._clock.now_ms() << 16, last + 1)

    def _open(self) -> None:
        for pragma in (
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
        ):
            self.db.execute(pragma)
        self.db.execute("PRAGMA journal_size_limit = " + str(WAL_KEPT_BYTES))
        upgrade(self.db)
        row = self.db.execute(EPOCH).fetchone()
        if row is None:
            row = (1, self.store, 0)
            facts = {"epoch": 1, "store": self.store, "after_position": 0}
            self.db.execute(ADD_EPOCH, facts | {"opened_ms": self._clock.now_ms()})
        epoch, store, self.after_position = row
        if store != self.store:
            raise StorageError(
                "journal_foreign", f"this is the journal of {store!r}, not of {self.store!r}"
            )
        tail = self.db.execute(TAIL, {"limit_n": CHECKED_ON_OPEN_N + 1}).fetchall()[::-1]
        self._check_tail(tail, epoch)
        last = tail[-1] if tail else None
        self.hlc = decode_envelope(last[1]).hlc if last else 0
        if last is None or last[0] == self.after_position:
            self.head = Head(epoch, 0, GENESIS_HASH)
        else:
            self.head = Head(epoch, last[0] - self.after_position, last[2])

    def _check_tail(self, tail: list[tuple[int, bytes, bytes]], epoch: int) -> None:
        """The last events must be without gaps and chained; the first of `tail` is the anchor."""
        first = tail[0][0] if tail else 1
        position, link = (0, GENESIS_HASH) if first == 1 else (first, tail[0][2])
        for found, raw, stored_hash in tail if first == 1 else tail[1:]:
            if found <= self.after_position:  # of an earlier epoch: walk() checks those
                position, link = found, stored_hash
                continue
            link = GENESIS_HASH if found == self.after_position + 1 else link
            link = chain_hash(link, epoch=epoch, seq=found - self.after_position, raw=raw)
            position += 1
            if found != position or link != stored_hash:
                raise StorageError(
                    "journal_corrupt",
                    f"the chain breaks at event {found}: run `store-edge journal verify`",
                    position=found,
                )

    def _prune(self, position: int) -> None:
        if position - self._pruned_at >= PRUNE_EVERY_N:
            self.db.execute(PRUNE, {"position": position - REPLIES_KEPT_N})
            self._pruned_at = position


class _Group:
    """Numbers and chains the works of one transaction, without touching the disk."""

    def __init__(self, writer: Writer, works: Sequence[Work]) -> None:
        self._writer = writer
        self.head, self.hlc = writer.head, writer.hlc
        self.rows: list[tuple[int, bytes, bytes]] = []
        self.replies: list[tuple[int, str, bytes]] = []
        self._keys: set[str] = set()
        self.outcomes: list[tuple[Stored, ...] | Refused] = [self._take(work) for work in works]

    def _take(self, work: Work) -> tuple[Stored, ...] | Refused:
        if work.key is not None and (work.key in self._keys or self._writer.has_reply(work.key)):
            return Refused("request_conflict", "a request with this key was carried out before")
        stored, hlc = self._number(work.drafts)
        if not all(fits_frame(event.raw) for event in stored):
            return Refused("event_too_large", "more lines than one sale can carry to the hub")
        base = self._writer.after_position
        self.rows += [(base + event.seq, event.raw, event.hash) for event in stored]
        self.head = Head(self.head.epoch, stored[-1].seq, stored[-1].hash)
        self.hlc = hlc
        if work.key is not None:
            self._keys.add(work.key)
            reply = work.reply(stored) if callable(work.reply) else work.reply or b""
            self.replies.append((base + stored[-1].seq, work.key, reply))
        return stored

    def _number(self, drafts: Sequence[Draft]) -> tuple[tuple[Stored, ...], int]:
        epoch, seq, link, hlc = self.head.epoch, self.head.seq, self.head.hash, self.hlc
        stored = []
        for draft in drafts:
            seq, hlc = seq + 1, self._writer.next_hlc(hlc)
            raw = encode_event(draft.body, seq=seq, hlc=hlc, lane=draft.lane, worker=draft.worker)
            link = chain_hash(link, epoch=epoch, seq=seq, raw=raw)
            stored.append(Stored(seq, raw, link))
        return tuple(stored), hlc


class _Lock:
    """Holds the lock file while the journal is open: two writers would fork the chain."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _lock(path: Path) -> _Lock:
    try:
        descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as exc:
        raise StorageError("journal_unreadable", str(exc), path=str(path)) from exc
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        os.close(descriptor)
        raise StorageError(
            "journal_in_use", "another process has this journal open", path=str(path)
        ) from exc
    return _Lock(descriptor)

"""The database: where it is, how it is opened, and whether its file is still the one we opened."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from cext.errors import ConfigError, StorageError
from hub.store.migrations import load_revisions, migrate

log = structlog.get_logger(__name__)

READERS_MAX_N = 4
BUSY_WAIT_MS = 5_000
WAL_KEPT_BYTES = 64 << 20

# FULL: an acknowledgement is a promise, and only FULL syncs the WAL on every commit.
_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    f"PRAGMA busy_timeout = {BUSY_WAIT_MS}",
    f"PRAGMA journal_size_limit = {WAL_KEPT_BYTES}",
    "PRAGMA cache_size = -16000",
)
_BESIDE = ("-wal", "-shm", "-journal")
_Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class StoreUrl:
    """Where the database is: an SQLAlchemy address, and the file when it is SQLite."""

    text: str
    path: Path | None

    @classmethod
    def of(cls, text: str, *, state_dir: Path) -> StoreUrl:
        """The address `text`, or hub.db in `state_dir` when it is empty; ConfigError if wrong."""
        if not text:
            text = f"sqlite+aiosqlite:///{state_dir / 'hub.db'}"
        try:
            url = make_url(text)
        except ArgumentError as exc:
            raise ConfigError((f"database.url: {exc}",)) from exc
        if url.get_backend_name() not in {"sqlite", "postgresql"}:
            raise ConfigError(("database.url: must begin with sqlite or postgresql",))
        if url.get_backend_name() == "postgresql":
            return cls(url.set(drivername="postgresql+asyncpg").render_as_string(False), None)
        if not url.database or url.database == ":memory:":
            raise ConfigError(("database.url: must name a file; a hub in memory keeps nothing",))
        return cls(
            url.set(drivername="sqlite+aiosqlite").render_as_string(hide_password=False),
            Path(url.database),
        )


class Database:
    """One writer and a few readers on one database. Made by `open_database`."""

    def __init__(self, url: StoreUrl) -> None:
        self._url = url
        self._writer: AsyncEngine | None = None
        self._readers: AsyncEngine | None = None
        self._identity: _Identity | None = None
        self._wal_identity: _Identity | None = None

    async def open(self) -> None:
        """Connect and bring the schema up to date.

        StorageError when that cannot be done, ConfigError when the driver is not installed.
        """
        try:
            await asyncio.to_thread(self._prepare_file)
            revisions = await asyncio.to_thread(load_revisions)
            self._writer = await asyncio.to_thread(self._connect, writes=True)
            self._readers = await asyncio.to_thread(self._connect, writes=False)
            async with self._writer.begin() as connection:
                await connection.run_sync(migrate, revisions)
            self._identity = await asyncio.to_thread(self._identify)
            self._wal_identity = await asyncio.to_thread(self._identify, "-wal")
        except ImportError as exc:
            problem = f"database.url: the driver {exc.name} is not installed"
            raise ConfigError((problem,)) from exc
        except (SQLAlchemyError, OSError) as exc:
            await self.close()
            raise StorageError("storage_failed", f"the database cannot be opened: {exc}") from exc

    async def close(self) -> None:
        """Let go of every connection."""
        for engine in (self._readers, self._writer):
            if engine is not None:
                await engine.dispose()
        self._readers = self._writer = None

    async def reopen(self) -> None:
        """Start over on whatever lies at the address now; an absent file becomes an empty one."""
        await self.close()
        await asyncio.to_thread(self._drop_leftovers)
        await self.open()

    async def is_replaced(self) -> bool:
        """Whether the file was deleted or exchanged since it was opened."""
        return await asyncio.to_thread(self._identify) != self._identity

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that alone may write; committed durably at the end, or rolled back."""
        async with self._engine(writes=True).begin() as connection:
            yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that sees one state and changes nothing."""
        try:
            async with self._engine(writes=False).connect() as connection:
                yield connection
        except SQLAlchemyError as exc:
            raise StorageError("storage_failed", f"the database cannot be read: {exc}") from exc

    def _engine(self, *, writes: bool) -> AsyncEngine:
        engine = self._writer if writes else self._readers
        if engine is None:
            raise StorageError("storage_closed", "the database is being reopened; try again")
        return engine

    def _connect(self, *, writes: bool) -> AsyncEngine:
        size = 1 if writes else READERS_MAX_N
        engine = create_async_engine(self._url.text, pool_size=size, max_overflow=0)
        if self._url.path is not None:
            _tune_sqlite(engine, writes=writes)
        return engine

    def _identify(self, ending: str = "") -> _Identity | None:
        """Device and inode of the file or of what lies beside it; (0, 0) when it is absent."""
        if self._url.path is None:
            return None
        try:
            stat = self._beside(self._url.path, ending).stat()
        except FileNotFoundError:
            return (0, 0)
        return (stat.st_dev, stat.st_ino)

    def _prepare_file(self) -> None:
        path = self._url.path
        if path is None:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            return
        # A WAL without its database would be replayed into the new, empty file (sqlite.org,
        # "How To Corrupt An SQLite Database File", 1.4).
        for ending in _BESIDE:
            self._beside(path, ending).unlink(missing_ok=True)

    def _drop_leftovers(self) -> None:
        """Remove the WAL of the file we lost, lest it be replayed into the one that took over."""
        path = self._url.path
        if path is None or self._identify("-wal") != self._wal_identity:
            return
        for ending in _BESIDE:
            self._beside(path, ending).unlink(missing_ok=True)

    @staticmethod
    def _beside(path: Path, ending: str) -> Path:
        return path.with_name(path.name + ending)


@asynccontextmanager
async def open_database(url: StoreUrl) -> AsyncIterator[Database]:
    """The database at `url`, created and migrated as needed; closed at the end."""
    database = Database(url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


def _tune_sqlite(engine: AsyncEngine, *, writes: bool) -> None:
    """Durability and one-writer locking on every connection of `engine`."""

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        # The driver must not begin transactions behind our back: BEGIN is ours, below.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        if not writes:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

"""A small SQLite database that one thread owns, so that every call is one ordered transaction."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, TypeVar

from msgspec import Struct

from cext.errors import StorageError

T = TypeVar("T")

SYNC = {
    "NORMAL": "PRAGMA synchronous = NORMAL",
    "FULL": "PRAGMA synchronous = FULL",
}


class Plan(Struct, frozen=True, kw_only=True):
    """What a database is.

    `sync` is SQLite's `synchronous`; the folder `schema` of `package` has the numbered files.
    `name` begins its error codes, `what` the sentence for a person, such as "open baskets".
    """

    name: str
    what: str
    sync: Literal["NORMAL", "FULL"]
    package: str
    schemas: tuple[str, ...]


class SmallDb:
    """An open database; StorageError NAME_failed when the disk refuses."""

    def __init__(
        self, plan: Plan, connection: sqlite3.Connection, thread: ThreadPoolExecutor
    ) -> None:
        self._plan = plan
        self._connection = connection
        self._thread = thread

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do `work` as one transaction; it must not give away a cursor.

        A cursor must die on the thread that made it: on another it resets a statement that may be
        in use again.
        """

        def transact() -> T:
            with self._connection:
                return work(self._connection)

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, transact)
        except sqlite3.Error as exc:
            what = self._plan.what
            raise StorageError(
                f"{self._plan.name}_failed", f"{what} cannot be written, look at the disk: {exc}"
            ) from exc

    async def write(self, query: str, *rows: Mapping[str, Any]) -> None:
        """Execute `query` for each row, together; it is done when this returns."""

        def write(db: sqlite3.Connection) -> None:
            db.executemany(query, rows)

        await self.run(write)

    async def load(self, query: str, facts: Mapping[str, Any]) -> list[sqlite3.Row]:
        """The rows that `query` finds."""
        return await self.run(lambda db: db.execute(query, facts).fetchall())


@asynccontextmanager
async def open_small_db(path: Path, plan: Plan) -> AsyncIterator[SmallDb]:
    """Open or make it; StorageError NAME_failed, or NAME_newer for a later program's schema."""
    thread = ThreadPoolExecutor(1, thread_name_prefix=plan.name)
    loop = asyncio.get_running_loop()
    try:
        connection = await loop.run_in_executor(thread, _connect, path, plan)
        try:
            yield SmallDb(plan, connection, thread)
        finally:
            await loop.run_in_executor(thread, connection.close)
    finally:
        thread.shutdown(wait=False)


def _connect(path: Path, plan: Plan) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(path, check_same_thread=False)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(SYNC[plan.sync])
        done_n = connection.execute("PRAGMA user_version").fetchone()[0]
        if done_n > len(plan.schemas):
            code = f"{plan.name}_newer"
            said = f"{path} is of a newer program (schema {done_n}): update this one"
            raise StorageError(code, said)
        for name in plan.schemas[done_n:]:
            script = files(plan.package).joinpath("schema", name).read_text("utf-8")
            connection.executescript(script)
    except sqlite3.Error as exc:
        raise StorageError(f"{plan.name}_failed", f"{path}: {exc}") from exc
    return connection

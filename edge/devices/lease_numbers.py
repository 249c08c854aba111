"""Numbers for lease tokens that only grow, over restarts, crashes and power cuts too."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from cext.errors import StorageError

BLOCK_N = 100
NUMBER_MAX = 2**53 - 1  # what a page in JavaScript still counts exactly


class LeaseNumbers:
    """Gives each number once. The file holds one that is not below any number given so far.

    It is written a block at a time, and before the first number of the block is given, so that
    after a crash the rest of the block is skipped and nothing comes twice.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._given: int | None = None
        self._written = 0
        self._turn = asyncio.Lock()

    async def take(self) -> int:
        """The next number, from 1; StorageError when the file cannot be read or written."""
        async with self._turn:
            if self._given is None:
                self._given = self._written = await asyncio.to_thread(_load, self._path)
            if self._given == self._written:
                reserved = self._given + BLOCK_N
                await asyncio.to_thread(_save, self._path, reserved)
                self._written = reserved
            self._given += 1
            return self._given


def _load(path: Path) -> int:
    try:
        text = path.read_bytes().removesuffix(b"\n")
    except FileNotFoundError:
        return 0
    except OSError as exc:
        raise StorageError("lease_numbers_failed", f"{path.name}: {exc.strerror}") from exc
    if not (text.isdigit() and len(text) <= 16 and int(text) < NUMBER_MAX):
        cure = "put a number above every lease token seen so far into it, or restore it"
        raise StorageError("lease_numbers_failed", f"{path.name} is damaged: {cure}")
    return int(text)


def _save(path: Path, number: int) -> None:
    """Replace the file whole: written, synced, renamed, and the folder synced."""
    fresh = path.with_suffix(".new")
    try:
        with fresh.open("wb") as file:
            file.write(b"%d\n" % number)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        raise StorageError("lease_numbers_failed", f"{path.name}: {exc.strerror}") from exc

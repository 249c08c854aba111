"""Tokens for the doors: made by a command, shown once, kept only as a hash.

A token is 256 random bits, so a plain SHA-256 is enough; slow hashes are for what people invent.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from cext.errors import Refused, StorageError

TOKENS_MAX_N = 1000
FRESH_S = 1.0  # a token made or revoked by a command is known to a running daemon this soon
Name = Annotated[str, Meta(pattern=r"^[a-z0-9_-]{1,32}$")]


class Grant(Struct, frozen=True):
    """What the bearer of a token may do."""

    name: Name
    scopes: tuple[str, ...]

    def allows(self, scope: str) -> bool:
        """Whether `scope` is among the granted ones."""
        return scope in self.scopes


class _Entry(Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    scopes: tuple[str, ...]
    sha256: str


class Tokens:
    """The file of token hashes; read again whenever a command has changed it."""

    def __init__(self, path: Path, *, scopes: tuple[str, ...]) -> None:
        """`scopes` are all the scopes that exist at these doors."""
        self._path = path
        self._known = scopes
        self._entries: tuple[_Entry, ...] = ()
        self._stamp: tuple[int, int, int] | None = None
        self._read_at_s = -FRESH_S

    def create(self, name: str, scopes: tuple[str, ...]) -> str:
        """Make a token and return its text, which nobody can read again.

        Refused("scope_not_known") for a scope that does not exist, Refused("token_conflict") when
        the name is taken.
        """
        self._refresh()
        for scope in scopes:
            if scope not in self._known:
                detail = f"no scope {scope!r}; choose from {', '.join(self._known)}"
                raise Refused("scope_not_known", detail)
        if any(entry.name == name for entry in self._entries):
            raise Refused("token_conflict", f"a token named {name!r} exists; choose another name")
        if len(self._entries) >= TOKENS_MAX_N:
            raise Refused("tokens_full", f"more than {TOKENS_MAX_N} tokens; revoke some first")
        text = secrets.token_urlsafe(32)
        entry = msgspec.convert(
            {"name": name, "scopes": list(scopes), "sha256": _digest(text)}, _Entry
        )
        self._write((*self._entries, entry))
        return text

    def revoke(self, name: str) -> None:
        """Forget the token called `name`; Refused("token_unknown") when there is none."""
        self._refresh()
        rest = tuple(entry for entry in self._entries if entry.name != name)
        if len(rest) == len(self._entries):
            raise Refused("token_unknown", f"no token is named {name!r}")
        self._write(rest)

    async def load_grant(self, text: str) -> Grant | None:
        """The grant of a token, or None; looks at the file off the loop, at most once a second."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self._read_at_s >= FRESH_S:
            await asyncio.to_thread(self._refresh)
            self._read_at_s = now_s
        return self._find(text)

    def check(self, text: str) -> Grant | None:
        """The grant of a token, or None; reads the file."""
        self._refresh()
        return self._find(text)

    def _find(self, text: str) -> Grant | None:
        """Compares with every hash in constant time, so that timing tells nothing."""
        digest = _digest(text)
        found = None
        for entry in self._entries:
            if hmac.compare_digest(entry.sha256, digest):
                found = Grant(entry.name, entry.scopes)
        return found

    def _refresh(self) -> None:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            self._entries, self._stamp = (), None
            return
        stamp = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
        if stamp != self._stamp:
            try:
                raw = self._path.read_bytes()
                self._entries = msgspec.json.decode(raw, type=tuple[_Entry, ...])
            except (OSError, msgspec.MsgspecError) as exc:
                raise StorageError("tokens_unreadable", f"{self._path}: {exc}") from exc
            self._stamp = stamp

    def _write(self, entries: tuple[_Entry, ...]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = self._path.with_suffix(".new")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(entries))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._path)
        self._refresh()


def _digest(text: str) -> str:
    # What came in a header may hold bytes that are no UTF-8; they only have to match nothing.
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()

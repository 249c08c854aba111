"""The journal's schema: numbered SQL files, applied forward only, one transaction each."""

from __future__ import annotations

import sqlite3
from importlib.resources import files

from cext.errors import StorageError


def upgrade(db: sqlite3.Connection) -> None:
    """Bring `db` to the newest schema; StorageError("journal_newer") if it is ahead of us."""
    texts = load_schemas()
    (held,) = db.execute("PRAGMA user_version").fetchone()
    if held > len(texts):
        raise StorageError(
            "journal_newer",
            f"the journal has schema {held}, this program knows {len(texts)}: update the program",
            schema=held,
        )
    for number, text in enumerate(texts[held:], start=held + 1):
        step = "\nPRAGMA user_version = " + str(number) + ";\nCOMMIT;"
        db.executescript("BEGIN IMMEDIATE;\n" + text + step)


def load_schemas() -> tuple[str, ...]:
    """The text of every schema file in order; file n is named with four digits of n."""
    found = sorted(
        (entry for entry in files(__package__).iterdir() if entry.name.endswith(".sql")),
        key=lambda entry: entry.name,
    )
    return tuple(entry.read_text(encoding="utf-8") for entry in found)

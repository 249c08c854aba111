"""The tables that hold what the stores said, and the column types every table of the hub uses."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, Text
from sqlalchemy.types import TypeEngine

METADATA = MetaData()

# SQLite's STRICT tables know INTEGER and TEXT only; PostgreSQL's INTEGER has 32 bits.
Number: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
Words = Text()

# The truth: one row per event, byte for byte as the store chained it.
events = Table(
    "events",
    METADATA,
    Column("store", Words, primary_key=True),
    Column("epoch", Number, primary_key=True),
    Column("seq", Number, primary_key=True),
    Column("kind", Words, nullable=False),
    Column("at_ms", Number),  # NULL: the envelope could not be read
    Column("raw", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    sqlite_strict=True,
)

# How far the hub has each journal; committed together with the events.
cursors = Table(
    "cursors",
    METADATA,
    Column("store", Words, primary_key=True),
    Column("epoch", Number, primary_key=True),
    Column("seq", Number, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("received_ms", Number, nullable=False),
    sqlite_strict=True,
)

# Events that are stored but that no projection could read. Derived, hence rebuilt.
quarantine = Table(
    "quarantine",
    METADATA,
    Column("store", Words, primary_key=True),
    Column("epoch", Number, primary_key=True),
    Column("seq", Number, primary_key=True),
    Column("code", Words, nullable=False),
    Column("detail", Words, nullable=False),
    sqlite_strict=True,
)

# When each store was last heard, by the hub's clock; a hint, written now and then.
presence = Table(
    "presence",
    METADATA,
    Column("store", Words, primary_key=True),
    Column("last_seen_ms", Number, nullable=False),
    sqlite_strict=True,
)

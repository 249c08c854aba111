"""Storage: tables, migrations, one transaction per ingest.

The only door to the database. Every key leads with the store, nothing is counted by the database,
and every statement is said once for SQLite and PostgreSQL through SQLAlchemy Core.
"""

from hub.store.database import Database, StoreUrl, open_database
from hub.store.events import Storage
from hub.store.facts import Change, Fact, Projection, Quarantined, Value
from hub.store.rebuild import TableProof, rebuild
from hub.store.tables import METADATA, Number, Words, cursors, events

__all__ = [
    "METADATA",
    "Change",
    "Database",
    "Fact",
    "Number",
    "Projection",
    "Quarantined",
    "Storage",
    "StoreUrl",
    "TableProof",
    "Value",
    "Words",
    "cursors",
    "events",
    "open_database",
    "rebuild",
]

"""The store's memory: an append-only, hash-chained journal on SQLite, durable at every sale."""

from edge.journal.journal import Journal, open_journal
from edge.journal.verify import Report, show, walk
from edge.journal.writer import Draft, Head, Reply

__all__ = ["Draft", "Head", "Journal", "Reply", "Report", "open_journal", "show", "walk"]

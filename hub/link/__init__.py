"""The hub's end of the line: sessions, ingest, broker."""

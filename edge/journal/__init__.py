"""The store's memory: append, read, verify. The only writer of its database."""

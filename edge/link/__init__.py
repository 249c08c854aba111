"""The store's end of the line to the hub."""

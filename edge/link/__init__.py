"""The store's end of the line: the journal goes to the hub, cursor by cursor."""

from edge.link.run import LinkSettings, LinkState, run_link

__all__ = ["LinkSettings", "LinkState", "run_link"]

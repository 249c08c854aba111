"""The hub's end of every line: takes events in, acknowledges what is durable."""

from hub.link.ports import Checked, Cursor, EventStore
from hub.link.run import LinkSettings, StoreLink, run_link

__all__ = ["Checked", "Cursor", "EventStore", "LinkSettings", "StoreLink", "run_link"]

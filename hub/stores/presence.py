"""Who is on the line: kept in memory from what the link says, written down now and then."""

from __future__ import annotations

from dataclasses import dataclass

from hub.link import StoreLink


@dataclass(slots=True)
class _Seen:
    """One store on the line. Times are the hub's clock, UTC milliseconds."""

    last_seen_ms: int = 0  # 0: never
    complete_ms: int = 0  # when the store last said that it has nothing the hub lacks
    link_up: bool = False


class Presence:
    """When each store was last heard, whether it is on the line, and how complete we are."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self._unsaved: set[str] = set()

    def restore(self, last_seen_ms: dict[str, int]) -> None:
        """Take over what was written down before; nobody counts as on the line."""
        for store, at_ms in last_seen_ms.items():
            self._seen.setdefault(store, _Seen(at_ms))

    def on_link(self, link: StoreLink) -> None:
        """Take what the link now knows of a store; `seen_ms` 0 means not heard since start."""
        seen = self._seen.setdefault(link.store, _Seen())
        seen.link_up = link.up
        if link.seen_ms > seen.last_seen_ms:
            seen.last_seen_ms = link.seen_ms
            self._unsaved.add(link.store)
        if link.up and link.cursor >= link.head_seq:
            seen.complete_ms = link.seen_ms

    def take_unsaved(self) -> dict[str, int]:
        """Last-seen times that changed since this was last asked."""
        taken = {store: self._seen[store].last_seen_ms for store in sorted(self._unsaved)}
        self._unsaved.clear()
        return taken

    def get_last_seen_ms(self, store: str) -> int | None:
        """When `store` was last heard; None if never."""
        seen = self._seen.get(store)
        return seen.last_seen_ms or None if seen else None

    def get_complete_ms(self, store: str) -> int:
        """When the hub last knew itself to hold everything of `store`; 0 if never since start."""
        seen = self._seen.get(store)
        return seen.complete_ms if seen else 0

    def is_up(self, store: str) -> bool:
        """Whether `store` is on the line."""
        seen = self._seen.get(store)
        return seen is not None and seen.link_up

    def count(self) -> tuple[int, int]:
        """(stores known, stores on the line)."""
        return len(self._seen), sum(seen.link_up for seen in self._seen.values())

"""One thing the review of a price book has to say."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Level = Literal["error", "warning"]


class Finding(Struct, frozen=True):
    """`offer` is empty for the book as a whole; `detail` is one sentence, with the cure."""

    level: Level
    offer: str
    code: str
    detail: str

    def say(self) -> str:
        """The finding as one line."""
        return f"offer {self.offer!r}: {self.detail}" if self.offer else self.detail

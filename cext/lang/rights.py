"""Rights: what a customer may have, beside what is in the basket."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct, field

from cext.lang.ids import ItemId, OfferId

Count = Annotated[int, Meta(ge=0, le=1_000_000_000)]


class Rights(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything a price may depend on that is neither goods, price book nor time.

    Declared rights only: no hidden score of a person can enter a price. `utc_offset_min` is how
    far the store's own clock is ahead of UTC at the moment of the quote, so that weekdays and hours
    need no table of time zones and replay to the same bytes everywhere. `gifts` does not count the
    pieces that are in the basket already.
    """

    tier: str = ""  # of the member
    channel: str = "counter"
    first_order: bool = False
    points_n: Count = 0  # the customer wants to spend at most these
    used: dict[OfferId, Count] = field(default_factory=dict)  # uses this customer made before
    left: dict[OfferId, Count] = field(default_factory=dict)  # uses left in all; absent: no bound
    gifts: dict[ItemId, Count] = field(default_factory=dict)  # pieces left; absent: not known
    utc_offset_min: Annotated[int, Meta(ge=-1440, le=1440)] = 0


NO_RIGHTS = Rights()

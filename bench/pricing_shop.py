"""What the pricing bench hands to every engine: wares, offers, baskets, as plain data."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct


class Offering(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One offer of the workload. Which of the numbers count depends on `kind`.

    buy_get: of each `buy_n + get_n` units of `items`, `get_n` are free. nth_half: each second unit
    of `items` costs half. n_for: each `buy_n` units of `items` cost `price_minor` together.
    percent: `percent` off `category`. amount_off: `amount_minor` off each unit of `items`.
    spend: `amount_minor` off a basket of at least `least_minor`. coupon: `amount_minor` off the
    basket that shows `code`. Spend thresholds and coupons add to each other and to all others.
    """

    offer: str
    kind: str
    items: tuple[str, ...] = ()
    category: str = ""
    buy_n: int = 0
    get_n: int = 0
    percent: int = 0
    price_minor: int = 0
    amount_minor: int = 0
    least_minor: int = 0
    code: str = ""


class Ware(Struct, frozen=True, array_like=True):
    """An item: its price, its price for members (0: the same), its category."""

    item: str
    price_minor: int
    member_minor: int
    category: str


class Shopping(Struct, frozen=True, kw_only=True):
    """A basket: whether a member buys, the coupon shown ("" is none), item and units a line."""

    member: bool
    coupon: str
    lines: tuple[tuple[str, int], ...]


class World(Struct, frozen=True, kw_only=True):
    """Everything an engine is given. `baskets` are by their number of lines."""

    wares: tuple[Ware, ...]
    offers: tuple[Offering, ...]
    baskets: dict[str, tuple[Shopping, ...]]


def save_world(world: World, path: Path) -> None:
    """Write `world` as JSON for the engines of other languages."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(world))


def load_world(path: Path) -> World:
    """What `save_world` wrote."""
    return msgspec.json.decode(path.read_bytes(), type=World)

"""Competing deals as a problem of their own, apart from any basket: what tests and bench solve."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Pieces(Struct, frozen=True, kw_only=True):
    """`count` pieces that are alike; `gross` of one in minor units.

    Free pieces save something anyway: `free_each` times their number, or `free_saving[k]` for k
    of them (0..count) where rounding makes it uneven.
    """

    count: int
    gross: int
    free_each: int = 0
    free_saving: tuple[int, ...] = ()


class Deal(Struct, frozen=True, kw_only=True):
    """Pieces taken together: every use fills each slot with `slots[s]` pieces.

    `slot_of[kind]` is the slot a kind goes into, -1 none. `benefit` and `value` as in
    `cext.offers.rows.DealRow`; "fixed" takes all pieces of its kinds, once, and saves `value`.
    `gets` says which slots get (all if empty); of a single slot the `get_n` cheapest pieces get
    (0: all). `piece_saving[kind]` is what a piece saves beside the deal (empty: nothing).
    """

    benefit: Literal["price", "off", "rate", "amount", "unit_price", "fixed"]
    value: int
    slot_of: tuple[int, ...]
    slots: tuple[int, ...] = (1,)
    gets: tuple[bool, ...] = ()
    get_n: int = 0
    uses_max: int = 1_000_000
    piece_saving: tuple[int, ...] = ()


class Threshold(Struct, frozen=True, kw_only=True):
    """`off` from the sum when what is left to pay reaches `min_minor`.

    It sees the free pieces of `kinds`, or everything left after all savings if that is empty.
    """

    min_minor: int
    off: int
    kinds: tuple[int, ...] = ()


class Problem(Struct, frozen=True, kw_only=True):
    """Deals in order of rank over kinds of pieces; thresholds make the choice a joint one."""

    pieces: tuple[Pieces, ...]
    deals: tuple[Deal, ...]
    thresholds: tuple[Threshold, ...] = ()
    work_max_n: int = 400_000_000


class Solved(Struct, frozen=True, kw_only=True):
    """The best choice found, and a bound no choice is below; `proven` when they meet.

    `times`, `saving` (by the deal alone) and `taken` (pieces by kind) have one entry a deal;
    `work_n` is the steps it took.
    """

    times: tuple[int, ...]
    taken: tuple[tuple[int, ...], ...]
    saving: tuple[int, ...]
    objective: int
    bound: int
    work_n: int
    proven: bool

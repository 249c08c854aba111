"""Accounts: whose what lies where, what of it is free, and what a posting has to say."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

VALUE_PER_MAJOR = 10_000  # a value is an integer in 1/10,000 of the currency's major unit
VARIANCE = "variance"  # the place that takes the differences between costs
ASSUMED = "assumed"  # the right under which a lot is booked that nobody has read off the goods
LOT = "lot"  # the account kind that says of which lots the stock of a place is made


def quarantine_of(place: str) -> str:
    """Where goods of `place` lie that must not be sold."""
    return f"{place}/quarantine"


class Account(Struct, frozen=True):
    """The six names of an account. Empty where the kind does not tell accounts apart by it."""

    kind: str
    item: str
    place: str
    lot: str = ""
    owner: str = ""
    right: str = ""


class Standing(Struct, frozen=True, kw_only=True):
    """`available` = on hand - reserved - buffer - quarantine, in the unit of the kind."""

    on_hand: int
    reserved: int
    buffer: int
    quarantine: int
    available: int


What = Literal[
    "low", "low_over", "high", "high_over", "short", "near_expiry", "expired", "expiry_over"
]


class Crossing(Struct, frozen=True):
    """A posting took `account` across a line; `balance` is what it left there.

    low / low_over: under `level`, and back. high / high_over: above it, and back. short: a floor
    that only warns; `level` is how much is missing. near_expiry, expired: `level` is the instant
    (ms) the lot passed; expiry_over: nothing of that lot is left.
    """

    what: What
    account: Account
    level: int
    balance: int


class Posted(Struct, frozen=True):
    """What a posting did: the number of its last movement, the value of each, what it crossed."""

    number: int
    values: tuple[int, ...]
    crossings: tuple[Crossing, ...]


class Reservation(Struct, frozen=True):
    """`quantity` of `source` is promised to `owner`, to go to `target`; None never expires."""

    number: int
    source: Account
    target: Account
    quantity: int
    owner: str
    expires_ms: int | None


class Expired(Struct, frozen=True):
    """What time alone has done: reservations that lapsed, in order, and lots that passed a date."""

    reservations: tuple[Reservation, ...]
    crossings: tuple[Crossing, ...]


class LotDates(Struct, frozen=True):
    """When a lot must leave the shelf, and when it may no longer be sold; UTC milliseconds."""

    lot: str
    remove_ms: int
    expires_ms: int


class SerialStep(Struct, frozen=True, array_like=True):
    """One step in the life of a serial number: the posting, from where to where, on what paper."""

    number: int
    source: str
    target: str
    document: str

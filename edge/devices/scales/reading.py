"""What a scale may answer, and what a protocol must be able to say; pure.

A protocol turns bytes into answers and questions into bytes. It knows no port, no clock and no
loop: `cable_scale.py` owns the cable, asks, waits and judges what is late.
"""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol, runtime_checkable

from msgspec import Struct

Unit = Literal["kg", "g", "lb", "oz"]


class Reading(Struct, frozen=True, kw_only=True):
    """One whole answer of a scale.

    `weight_g` is None whenever it told no weight: an unknown weight is never a zero. A weight
    below zero keeps its sign and is `under`. `stable` only where the scale says it is at rest: such
    a weight may price a line. `tare_g` is None when net is shown but the tare is not told.
    `unit` is the one the weight came in, told by the scale or set by the shop. `division_g` is the
    smallest step, where the protocol or the shop tells it. `checked` is True if a checksum held
    and None if the protocol has none; an answer whose checksum is wrong is `Noise`. A scale that
    shows prices tells the `amount_minor` of this weight at `price_minor` a kilogram.
    """

    weight_g: int | None
    stable: bool
    in_motion: bool = False
    over: bool = False
    under: bool = False
    zero: bool = False
    net: bool = False
    tare_g: int | None = 0
    unit: Unit = "kg"
    division_g: int | None = None
    checked: bool | None = None
    price_minor: int | None = None
    amount_minor: int | None = None
    raw: bytes


class Noise(Struct, frozen=True):
    """Bytes that are no answer in this protocol. `detail` says what is wrong with them."""

    detail: str
    raw: bytes


Answer = Reading | Noise


class Heard(Struct, frozen=True):
    """What some bytes meant: `answers` in order, and `reply`, to be sent at once (handshakes)."""

    answers: tuple[Answer, ...] = ()
    reply: bytes = b""


class Talk(Protocol):
    """One conversation in one protocol; `name` goes onto the sale as evidence.

    The answers depend on the bytes alone and not on how they were cut into chunks. No bytes raise
    an error, and what is held back is bounded.
    """

    name: ClassVar[str]

    def ask(self) -> bytes:
        """What asks for a weight; empty where the scale speaks by itself."""

    def receive(self, data: bytes) -> Heard:
        """Take bytes of the scale.

        An acknowledgement that tells no weight (of a zero or a tare), or a "not yet", is a Reading
        without weight that is not stable: the owner then asks again.
        """

    def clear(self) -> None:
        """Forget half an answer and any handshake, before a new question."""

    def zero(self) -> bytes:
        """What sets the scale to zero; Refused("device_unfit") where the protocol cannot."""

    def tare(self, weight_g: int | None) -> bytes:
        """What sets the tare: None what lies on it, 0 clears it, else so many grams.

        Refused("device_unfit") where the protocol cannot do that one.
        """


@runtime_checkable
class TellsSerial(Protocol):
    """A conversation with a scale that tells its serial number when it is asked for it."""

    serial: str
    """What it told so far; empty until then."""

    def ask_serial(self) -> bytes:
        """What asks for it. The answer is none for `receive`: it is no weight."""


@runtime_checkable
class ShowsPrice(Protocol):
    """A conversation with a scale that shows the customer a price and an amount."""

    def set_price(self, price_minor: int | None) -> None:
        """What a kilogram costs from the next question on; None where the shop does not know."""

"""Counter scale that speaks Checkout-Dialog 02 or 04: Mettler, Bizerba, Epelsa, Ohaus Aviator 7000.

Sources: Ohaus Aviator 7000 service manual pages 40 and 45 (2400 7-O-1 for Dialog 02, 4800 for 04),
METTLER TOLEDO DIVA service manual page 54, Cely PI100 page 18; that every answer is acknowledged
with EOT is as read in a driver [src]. No checksum. A price has to be sent before a weight comes:

    EOT STX 01 ESC price ESC ETX             or, with a tare,  03 ESC price ESC 4 digits ETX
    ACK, then EOT ENQ, then  STX 02 ESC 3 ESC 5 digits grams ESC price ESC amount ETX
    NAK, then EOT STX 08 ETX, then  STX 09 ESC 2 digits status ETX

The scale shows the customer a price and an amount: those of the item where the shop tells its
price, else those of `price_minor`. A result whose price is another is not believed. The 3 says
kilograms; pounds (0, 1, 2) are refused. Status 21 is what some say while goods that were weighed
still lie there: lift them. Whether net is shown is told of a tare that was sent, and not of one
from the scale's keys.

A Dialog 06 now and then asks for checksums before it tells a weight (record 11) and gets them
(record 10): see `dialog_secret.py`. Without the secret of its vendor it has to be set to 02 or 04.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from cext.errors import Refused
from cext.kit.clock import Clock
from edge.devices.scales.cable_scale import CableScale
from edge.devices.scales.dialog_secret import Secret, Veil, load_secret
from edge.devices.scales.orders import refuse_order
from edge.devices.scales.reading import Answer, Heard, Noise, Reading
from edge.devices.scales.serial_scale import ScaleSettings, open_scale
from edge.devices.tap import UNTAPPED, Tap

STX, ETX, EOT, ENQ, ACK, NAK, ESC = 0x02, 0x03, 0x04, 0x05, 0x06, 0x15, 0x1B
LONGEST_N = 40
TARE_MAX_G = 9_999
CHECKS_MAX_N = 2  # a scale that asks for checksums a third time does not believe them
ASK_RESULT, ASK_STATUS, DONE = b"\x04\x05", b"\x04\x0208\x03", b"\x04"

_RESULT = re.compile(r"02\x1b(.)\x1b(\d{5})\x1b(\d{5,6})\x1b(\d{6})", re.ASCII)
_CHECK = re.compile(r"11\x1b(?:2([0-?])([0-?])|([01]).*)", re.ASCII | re.DOTALL)
_STATUS = re.compile(r"09\x1b(\d\d)", re.ASCII)
_NO_WEIGHT_YET = {"00", "20", "21", "22", "30", "31", "32"}
_FAULTS = {
    "01": "a general error",
    "02": "a parity error or an overflow: are parity and baud right?",
    "10": "it does not know the record",
    "11": "it does not take the price: see price_minor and price_digits_n",
    "12": "it does not take the tare",
    "13": "it does not take the text",
}


class Settings(ScaleSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Keys of a `dialog_scale`; the tables in README.md say what each is for."""

    KIND: ClassVar[str] = "dialog_scale"

    price_minor: Annotated[int, Meta(ge=1, le=99_999)] = 100
    price_digits_n: Literal[5, 6] = 6
    secret_file: str = ""
    baud: Annotated[int, Meta(ge=300, le=115_200)] = 4800
    data_bits: Literal[7, 8] = 7
    parity: Literal["N", "E", "O"] = "O"


class DialogTalk:
    """The dialogue of one cable; holds at most LONGEST_N bytes.

    What comes out of turn belongs to a former question and is let go. A tare goes with every
    question once it was acknowledged.
    """

    name: ClassVar[str] = "checkout_dialog"

    def __init__(
        self,
        price_minor: int = 100,
        *,
        price_digits_n: int = 6,
        seven_bits: bool = True,
        secret: Secret | None = None,
    ) -> None:
        self._usual_minor = price_minor
        self._digits_n = price_digits_n
        self._price = f"{price_minor:0{price_digits_n}}"
        self._is_told = False
        self._mask = 0x7F if seven_bits else 0xFF
        self._secret = secret
        self._checks_n = 0
        self._held = bytearray()
        self._stray = False
        self._awaits: Literal["ack", "check_ack", "result", "status", "nothing"] = "ack"
        self._tare_g: int | None = None
        self._tare_asked_g: int | None = None

    def set_price(self, price_minor: int | None) -> None:
        """A price that does not fit into the digits is not shown, and no amount is believed."""
        self._is_told = price_minor is not None and 0 < price_minor < 10**self._digits_n
        shown_minor = price_minor if self._is_told else self._usual_minor
        self._price = f"{shown_minor:0{self._digits_n}}"

    def ask(self) -> bytes:
        self._tare_asked_g = self._tare_g
        return self._record()

    def clear(self) -> None:
        self._held.clear()
        self._stray = False
        self._checks_n = 0
        self._awaits = "ack"

    def zero(self) -> bytes:
        raise refuse_order(self.name, "zero", "press its zero key.")

    def tare(self, weight_g: int | None) -> bytes:
        if weight_g is None:
            raise refuse_order(self.name, "tare", "give the tare in grams, or press its tare key.")
        if weight_g > TARE_MAX_G:
            raise Refused("tare_refused", f"A tare of {weight_g} g has more than 4 digits.")
        self._tare_asked_g = weight_g
        return self._record()

    def _record(self) -> bytes:
        if self._tare_asked_g is None:
            return f"\x04\x0201\x1b{self._price}\x1b\x03".encode()
        return f"\x04\x0203\x1b{self._price}\x1b{self._tare_asked_g:04}\x03".encode()

    def receive(self, data: bytes) -> Heard:
        answers: list[Answer] = []
        reply = b""
        for byte in data:
            value = byte & self._mask
            if value == STX:
                if self._held:
                    answers.append(Noise("half an answer", bytes(self._held)))
                self._held[:] = (value,)
                self._stray = False
            elif self._held:
                found, back = self._on_record_byte(value)
                answers += found
                reply += back
            elif value in {ACK, NAK}:
                reply += self._on_handshake(value)
            elif not self._stray:
                self._stray = True
                answers.append(Noise("bytes before an answer", bytes((byte,))))
        return Heard(tuple(answers), reply)

    def _on_handshake(self, value: int) -> bytes:
        if value == ACK and self._awaits == "ack":
            self._awaits = "result"
            self._tare_g = self._tare_asked_g
            return ASK_RESULT
        if value == ACK and self._awaits == "check_ack":
            return ASK_RESULT
        if value == NAK and self._awaits in {"ack", "result"}:
            self._awaits = "status"
            return ASK_STATUS
        return b""

    def _on_record_byte(self, value: int) -> tuple[tuple[Answer, ...], bytes]:
        """What became whole with this byte, and what to send for it."""
        self._held.append(value)
        frame = bytes(self._held)
        if value == ETX:
            self._held.clear()
            if match := _CHECK.fullmatch(frame[1:-1].decode("latin-1")):
                return self._on_check(match, frame)
            return (self._decode(frame),), DONE
        if len(frame) >= LONGEST_N:
            self._held.clear()
            return (Noise("an answer without an end", frame),), DONE
        return (), b""

    def _on_check(self, match: re.Match[str], frame: bytes) -> tuple[tuple[Answer, ...], bytes]:
        """Take a record 11: a request for checksums, or what the scale thinks of them."""
        first, second, verdict = match.groups()
        if self._secret is None:
            cure = "set it to Dialog 02 or 04, or name its vendor's secret in secret_file"
            return (Noise(f"it asks for checksums (Dialog 06): {cure}", frame),), DONE
        if verdict == "1" and self._awaits == "check_ack":
            self._awaits = "ack"
            return (), self._record()
        if verdict == "0" or self._checks_n >= CHECKS_MAX_N:
            self._awaits = "nothing"
            detail = "it does not believe our checksums: is secret_file the one of its vendor?"
            return (Noise(detail, frame),), DONE
        if verdict is not None or self._awaits not in {"result", "check_ack"}:
            return (Noise("an answer that was not asked for", frame),), DONE
        self._checks_n += 1
        self._awaits = "check_ack"
        return (), self._secret.encode_checksums(ord(first) & 0x0F, ord(second) & 0x0F)

    def _decode(self, frame: bytes) -> Answer:
        text = frame[1:-1].decode("latin-1")
        awaited, self._awaits = self._awaits, "nothing"
        if awaited == "result" and (match := _RESULT.fullmatch(text)):
            return self._decode_result(match, frame)
        if awaited == "status" and (match := _STATUS.fullmatch(text)):
            return self._decode_status(match[1], frame)
        self._awaits = awaited
        return Noise("an answer that was not asked for", frame)

    def _decode_result(self, match: re.Match[str], frame: bytes) -> Answer:
        unit, grams, price, amount = match.groups()
        if price != self._price:
            return Noise("the weight of another price", frame)
        if unit != "3":
            return Noise("a weight in pounds: set the scale to kg", frame)
        weight_g = int(grams)
        net = bool(self._tare_g)
        return Reading(
            weight_g=weight_g,
            stable=True,
            zero=weight_g == 0,
            net=net,
            tare_g=self._tare_g,
            price_minor=int(price) if self._is_told else None,
            amount_minor=int(amount) if self._is_told else None,
            raw=frame,
        )

    def _decode_status(self, status: str, frame: bytes) -> Answer:
        if status not in _NO_WEIGHT_YET:
            return Noise(_FAULTS.get(status, f"status {status}, which is none"), frame)
        return Reading(
            weight_g=None,
            stable=False,
            in_motion=status == "20",
            under=status == "31",
            over=status == "32",
            net=bool(self._tare_g),
            tare_g=self._tare_g,
            raw=frame,
        )


def make_talk(settings: Settings, secret: Secret | None = None) -> DialogTalk:
    """The conversation of a scale with these settings."""
    return DialogTalk(
        settings.price_minor,
        price_digits_n=settings.price_digits_n,
        seven_bits=settings.data_bits == 7,
        secret=secret,
    )


@asynccontextmanager
async def open(  # noqa: A001 - the name every driver gives its opener
    settings: Settings, *, device: str, clock: Clock, tap: Tap = UNTAPPED
) -> AsyncIterator[CableScale]:
    """Open the scale's port; raises DeviceGone, for a secret that cannot be used too."""
    secret = None
    if settings.secret_file:
        secret = await asyncio.to_thread(load_secret, settings.secret_file, device=device)
        tap = Veil(tap)
    talk = make_talk(settings, secret)
    async with open_scale(settings, talk, device=device, clock=clock, tap=tap) as scale:
        yield scale

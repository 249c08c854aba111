"""Finds out whether a printer is on a cable, and whether it speaks ESC/POS or Star.

Both are asked at once, as each brand ignores the other's question: `ESC ACK SOH` of Star, whose
answer begins with a byte that tells its length (`star_status`), and the four `DLE EOT` of ESC/POS,
whose answers have fixed bits. On a network Star wraps whatever it answers to their single bytes
into statuses of its own. A language is claimed when two rounds in a row were answered in full and
with nothing else. No question prints, feeds or cuts; but on a serial
line of another speed they arrive as other characters, which a printer may put on paper.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import structlog
from msgspec import Struct

from cext.errors import OutsideError
from cext.kit.clock import Clock
from edge.devices.printers.escpos_parts import INITIALIZE
from edge.devices.printers.escpos_status import ASK_STATUS, STATUS_ANSWERS_N, XOFF, XON
from edge.devices.printers.escpos_talk import PrinterIdentity, Talk
from edge.devices.printers.node_wire import NodeWire
from edge.devices.printers.plugged_wire import open_plugged
from edge.devices.printers.star_status import ASK_STAR, is_star
from edge.devices.printers.tcp_wire import connect
from edge.devices.printers.wire import Site, Wire
from edge.devices.serial_port import Line
from edge.devices.tap import UNTAPPED

log = structlog.get_logger(__name__)

Language = Literal["", "escpos", "star"]

BAUDS = (9600, 19200, 38400, 115200, 57600, 4800)
ROUNDS_N = 2
ANSWER_MS = 600
CONNECT_MS = 3_000
SHOWN_MAX_N = 32
TCP_PORT = 9100


class FoundPrinter(Struct, frozen=True, kw_only=True):
    """A printer that was proved. `keys` are those of its cable, for the settings."""

    language: Language
    kind: str
    keys: dict[str, str | int]
    identity: PrinterIdentity

    def to_toml(self) -> str:
        """Give the table for the configuration; the rest of its keys have their defaults."""
        told = [self.identity.maker, self.identity.model, self.identity.firmware]
        unnamed = {"star": "It speaks Star Line Mode."}
        silent = unnamed.get(self.language, "It does not tell its name.")
        lines = [f"# {' '.join(filter(None, told)) or silent}"]
        lines += ["[devices.printer1]", f'kind = "{self.kind}"']
        lines += [
            f"{key} = {value}" if isinstance(value, int) else f'{key} = "{value}"'
            for key, value in self.keys.items()
        ]
        return "\n".join(lines) + "\n"


class NoPrinter(Struct, frozen=True):
    """None was proved; `detail` says what was heard, and what to do."""

    detail: str


def tell_language(answer: bytes) -> Language:
    """Say whose answer this is to both questions; "" for silence, rubbish and half an answer."""
    data = bytes(value for value in answer if value not in (XON, XOFF))
    if len(data) == STATUS_ANSWERS_N and all(value & 0x93 == 0x12 for value in data):
        return "escpos"
    return "star" if is_star(answer) else ""


async def find_on_tcp(
    host: str, port: int = TCP_PORT, *, clock: Clock, answer_ms: int = ANSWER_MS
) -> FoundPrinter | NoPrinter:
    """Ask what is at `host`; takes some two seconds. Raises DeviceGone."""
    site = Site("printer", f"{host}:{port}", clock, UNTAPPED)
    async with _held(await connect(site, host, port, wait_ms=CONNECT_MS)) as wire:
        keys: dict[str, str | int] = {"host": host, "port": port}
        return await _ask(wire, "escpos_tcp_printer", keys, answer_ms=answer_ms)


async def find_on_port(
    port: str, *, clock: Clock, answer_ms: int = ANSWER_MS
) -> FoundPrinter | NoPrinter:
    """Ask what is on a serial port, at every usual speed, or behind /dev/usb/lp0.

    Takes up to ten seconds. Raises DeviceGone, also if another program has the port open.
    """
    site = Site("printer", port, clock, UNTAPPED)
    heard: list[str] = []
    for baud in BAUDS:
        async with _held(await open_plugged(site, Line(port, baud))) as wire:
            if isinstance(wire, NodeWire):
                return await _ask(wire, "escpos_usb_printer", {"port": port}, answer_ms=answer_ms)
            keys: dict[str, str | int] = {"port": port, "baud": baud}
            found = await _ask(wire, "escpos_serial_printer", keys, answer_ms=answer_ms)
        if isinstance(found, FoundPrinter) or "Star" in found.detail:
            return found
        heard.append(f"at {baud}: {found.detail}")
    return NoPrinter("\n".join(heard))


class _Listener:
    """Keeps the first bytes it hears."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self.heard = bytearray()
        wire.listen(self)

    def take(self, data: bytes) -> None:
        if len(self.heard) < SHOWN_MAX_N:
            self.heard += data

    def fail(self, error: OutsideError) -> None:
        log.debug("printer_not_found", device=error.facts.get("device"), detail=error.detail)


@asynccontextmanager
async def _held(wire: Wire) -> AsyncIterator[Wire]:
    try:
        yield wire
    finally:
        await wire.close()


async def _ask(
    wire: Wire, kind: str, keys: dict[str, str | int], *, answer_ms: int
) -> FoundPrinter | NoPrinter:
    listener = _Listener(wire)
    await _wait(wire, answer_ms // 2)
    if listener.heard:
        return NoPrinter(f"It speaks without being asked ({listener.heard.hex(' ')}): no printer.")
    languages = set()
    for _ in range(ROUNDS_N):
        listener.heard.clear()
        wire.send(ASK_STAR + ASK_STATUS)
        await _wait(wire, answer_ms)
        languages.add(tell_language(bytes(listener.heard)))
    if languages == {"escpos"}:
        identity = await _name(wire, answer_ms=answer_ms)
        return FoundPrinter(language="escpos", kind=kind, keys=keys, identity=identity)
    if languages == {"star"} and "host" in keys:
        return FoundPrinter(
            language="star", kind="star_tcp_printer", keys=keys, identity=PrinterIdentity()
        )
    if languages == {"star"}:
        return NoPrinter(
            "A printer that speaks Star's own language, which is driven over the network alone: "
            "set its emulation to ESC/POS (by its switches or Star's set-up program) and look "
            "again."
        )
    if not listener.heard:
        return NoPrinter("No answer: is it on, and is this its speed, cable and address?")
    return NoPrinter(f"Answers that are no printer's this knows: {listener.heard.hex(' ')}")


async def _name(wire: Wire, *, answer_ms: int) -> PrinterIdentity:
    talk = Talk(wire, asb=False)
    await asyncio.wait((talk.ask_identity(),), timeout=answer_ms / 1000)
    wire.send(INITIALIZE)  # a printer without GS I may hold its letters for the next line
    return PrinterIdentity(**talk.named)


async def _wait(wire: Wire, wait_ms: int) -> None:
    await asyncio.wait((wire.lost,), timeout=wait_ms / 1000)
    wire.check()

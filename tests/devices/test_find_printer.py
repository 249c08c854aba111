"""Which printer is on a cable: what is claimed, and what must not be."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import DeviceGone
from cext.kit.clock import SystemClock
from edge.__main__ import main
from edge.devices import decode_settings
from edge.devices.printers.find_printer import (
    FoundPrinter,
    NoPrinter,
    find_on_port,
    find_on_tcp,
    tell_language,
)
from edge.devices.printers.star_status import ASK_STAR
from edge.sim.escpos_serial_printer import SimSerialPrinter
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.escpos_usb_printer import SimUsbPrinter
from edge.sim.pty_port import PtyPort
from edge.sim.star_tcp_printer import SimStarPrinter

STAR_STATUS = bytes.fromhex("23 06 00 00 00 00 00 00 00")
CLOCK = SystemClock()


class StarOnALine(PtyPort):
    """Answers Star's request alone."""

    def on_bytes(self, data: bytes) -> None:
        if ASK_STAR in data:
            self.send(STAR_STATUS)


class Scale(PtyPort):
    """Tells its weight, whatever it hears."""

    def on_bytes(self, data: bytes) -> None:
        del data
        self.send(b"ST,GS,+  1.234kg\r\n")


class Echo(PtyPort):
    """Says back what it hears, as an open plug or a modem does."""

    def on_bytes(self, data: bytes) -> None:
        self.send(data)


@pytest.mark.parametrize(
    ("answer", "language"),
    [
        ("12 12 12 12", "escpos"),
        ("11 1a 16 12 7e", "escpos"),
        ("23 06 00 00 00 00 00 00 00", "star"),
        ("23 86 00 00 00 00 00 00 00 00 00", "star"),
        ("23 86 00 00 00 00 00 00 00 00 08 30 32 3a 42 00 01 14 3b", "star"),
        ("23 86 00 00 00 00 00 00 00", ""),
        ("23 06 00 00 00 00 00 00 00 12 12 12 12", ""),
        ("12 12 12", ""),
        ("23 06 00 00", ""),
        ("12 12 12 12 12", ""),
        ("", ""),
        ("02 3f 40 0d", ""),
    ],
)
def test_an_answer_tells_its_language_only_if_it_is_whole(answer: str, language: str) -> None:
    assert tell_language(bytes.fromhex(answer)) == language


@given(st.binary(max_size=40))
def test_any_bytes_are_told_or_not_but_never_fail(answer: bytes) -> None:
    assert tell_language(answer) in {"", "escpos", "star"}


async def test_a_printer_on_the_network_is_found_with_its_name() -> None:
    async with SimPrinter() as sim, asyncio.timeout(10):
        found = await find_on_tcp(sim.host, sim.port, clock=CLOCK, answer_ms=100)

        assert isinstance(found, FoundPrinter)
        assert (found.identity.maker, found.identity.model) == ("STORELINE", "SIM-80")
        decode_settings(tomllib.loads(found.to_toml())["devices"])
        assert (sim.jobs_n, sim.torn) == (0, [])


async def test_a_printer_that_tells_no_name_is_found_too() -> None:
    async with SimPrinter() as sim, asyncio.timeout(10):
        sim.has_names = False
        found = await find_on_tcp(sim.host, sim.port, clock=CLOCK, answer_ms=100)

    assert isinstance(found, FoundPrinter)
    assert "does not tell its name" in found.to_toml()


async def test_printers_on_a_line_and_on_usb_are_found(tmp_path: Path) -> None:
    async with SimSerialPrinter() as sim, asyncio.timeout(10):
        serial = await find_on_port(sim.path, clock=CLOCK, answer_ms=100)
    async with SimUsbPrinter(tmp_path / "lp0") as sim, asyncio.timeout(10):
        usb = await find_on_port(sim.path, clock=CLOCK, answer_ms=100)

    assert isinstance(serial, FoundPrinter)
    assert (serial.kind, serial.keys["baud"]) == ("escpos_serial_printer", 9600)
    assert isinstance(usb, FoundPrinter)
    assert usb.kind == "escpos_usb_printer"


async def test_a_star_printer_on_the_network_is_found_and_nothing_is_printed() -> None:
    async with SimStarPrinter() as sim, asyncio.timeout(10):
        found = await find_on_tcp(sim.host, sim.port, clock=CLOCK, answer_ms=100)

        assert isinstance(found, FoundPrinter)
        settings = decode_settings(tomllib.loads(found.to_toml())["devices"])
        assert settings["printer1"].KIND == "star_tcp_printer"
        assert (sim.jobs_n, sim.torn, sim.kicks_n) == (0, [], 0)


async def test_a_star_printer_on_a_line_is_named_and_not_claimed() -> None:
    async with StarOnALine() as port, asyncio.timeout(20):
        found = await find_on_port(port.path, clock=CLOCK, answer_ms=100)

    assert isinstance(found, NoPrinter)
    assert "emulation to ESC/POS" in found.detail


async def test_scales_echoes_and_silence_are_no_printers() -> None:
    details = []
    for port in (Scale(), Echo(), PtyPort()):
        async with port, asyncio.timeout(20):
            found = await find_on_port(port.path, clock=CLOCK, answer_ms=50)
        assert isinstance(found, NoPrinter)
        details.append(found.detail)

    assert [detail.count("no printer's this knows") for detail in details] == [6, 6, 0]
    assert details[2].count("No answer") == 6


async def test_a_port_that_is_taken_or_missing_says_so(tmp_path: Path) -> None:
    with pytest.raises(DeviceGone, match="No such file"):
        await find_on_port(str(tmp_path / "tty"), clock=CLOCK)


async def test_the_command_prints_a_table_that_the_settings_accept(
    capsys: pytest.CaptureFixture[str],
) -> None:
    async with SimPrinter() as sim, asyncio.timeout(20):
        place = f"{sim.host}:{sim.port}"
        code = await asyncio.to_thread(main, ["printer", "find", "--host", place])

    assert code == 0
    settings = decode_settings(tomllib.loads(capsys.readouterr().out)["devices"])
    assert settings["printer1"].KIND == "escpos_tcp_printer"


@pytest.mark.parametrize("place", ["printer:x", "printer:99999", "", "me@printer", "printer/9100"])
def test_a_place_that_is_none_is_refused_with_its_form(
    place: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["printer", "find", "--host", place])

    assert f"argument --host: {place!r}" in capsys.readouterr().err

"""Label printers of both languages: confirmed jobs, and everything that can stop one."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from cext.errors import ConfigError, DeviceGone, DeviceSlow, Refused
from cext.kit.clock import SystemClock
from cext.lang.money import Currency
from edge.devices import KINDS, Label, Media, decode_settings
from edge.devices.printers.tspl_label_printer import LANGUAGE as TSPL
from edge.devices.printers.tspl_label_printer import StatusBytes
from edge.devices.printers.tspl_label_printer import decode_status as decode_tspl
from edge.devices.printers.wired_label import LABELS_MAX_N, open_printer
from edge.devices.printers.zpl_label_printer import LANGUAGE as ZPL
from edge.devices.printers.zpl_label_printer import HostStatus
from edge.sim.label_printing import SimLabelPrinting
from edge.sim.pty_port import PtyPort
from edge.sim.tcp_port import Caller
from edge.sim.tspl_label_printer import SimTsplPrinter
from edge.sim.zpl_label_printer import SimZplPrinter
from tests.devices.conftest import supervised

SIMS = (SimZplPrinter, SimTsplPrinter)
each = pytest.mark.parametrize("make", SIMS, ids=["zpl", "tspl"])
CODES = ("4006381333931", "6923644266066", "5901234123457")
LABELS = tuple(
    Label(name=f"Item {index}", currency=Currency(code="CNY"), price_minor=100, ean=code)
    for index, code in enumerate(CODES)
)
HOST_STATUS = (
    b"\x02030,0,0,1225,000,0,0,0,000,0,0,0\x03\r\n"
    b"\x02001,0,0,0,1,2,6,0,00000000,1,000\x03\r\n"
    b"\x021234,0\x03\r\n"
)


def open_on(sim: SimLabelPrinting, **more: int | str) -> Any:
    settings: Any = decode_settings({"labels": {**sim.table(), **more}})["labels"]
    language = ZPL if sim.kind.startswith("zpl") else TSPL
    return open_printer(settings, language, device="labels", clock=SystemClock())


def codes_of(sim: SimLabelPrinting) -> list[str]:
    return [code for label in sim.labels for code in label.codes()]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (b"030,0,0", b"030,1,0", "paper_out"),
        (b"030,0,0", b"030,0,1", "printer_paused"),
        (b"001,0,0,0", b"001,0,1,0", "cover_open"),
        (b"001,0,0,0", b"001,0,0,1", "ribbon_out"),
        (b"2,6,0,0", b"2,6,1,0", "label_waiting"),
        (b"0,0,0\x03", b"0,0,1\x03", "printer_error"),
        (b"", b"", ""),
    ],
)
def test_the_three_strings_say_what_is_wrong(old: bytes, new: bytes, problem: str) -> None:
    (status,) = HostStatus().feed(
        HOST_STATUS.replace(old, new, 1) if old else HOST_STATUS, asked_n=1
    )

    assert status.problem()[0] == problem
    assert (status.busy, status.waiting_n) == (False, 0)


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"1225,000", b"1225,002"), (b"00000000", b"00000003"), (b"000,0,0,0,000", b"000,0,0,1,000")],
)
def test_what_is_left_in_a_zpl_printer_keeps_it_busy(old: bytes, new: bytes) -> None:
    (status,) = HostStatus().feed(HOST_STATUS.replace(old, new, 1), asked_n=1)

    assert status.busy


def test_an_answer_in_pieces_is_one_answer_and_half_a_one_is_none() -> None:
    answers = HostStatus()

    found = [one for byte in HOST_STATUS for one in answers.feed(bytes((byte,)), asked_n=1)]

    assert len(found) == 1
    assert answers.feed(HOST_STATUS[:-8], asked_n=1) == []


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (0x00, ""), (0x20, ""), (0x01, "cover_open"), (0x02, "paper_jam"), (0x04, "paper_out"),
        (0x05, "cover_open"), (0x08, "ribbon_out"), (0x10, "printer_paused"),
        (0x40, "cover_open"), (0x80, "printer_error"),
    ],
)  # fmt: skip
def test_the_status_byte_says_what_is_wrong(value: int, problem: str) -> None:
    status = decode_tspl(value)

    assert status.problem()[0] == problem
    assert status.busy == (value == 0x20)


def test_bytes_nobody_asked_for_and_bytes_that_cannot_be_are_no_answer() -> None:
    answers = StatusBytes()

    assert answers.feed(b"\x00", asked_n=0) == []
    assert answers.feed(b"\xff\x24", asked_n=2) == []
    assert answers.strays_n == 3


@each
async def test_labels_come_out_in_order_and_are_then_confirmed(make: type[Any]) -> None:
    async with make() as sim, open_on(sim) as printer, asyncio.timeout(10):
        sim.busy_answers_n = 3

        await printer.print_labels(LABELS)

        assert codes_of(sim) == list(CODES)
        assert sim.unknown == []


@each
async def test_a_printer_that_still_prints_confirms_nothing(make: type[Any]) -> None:
    async with make() as sim, open_on(sim, job_wait_ms=1_000) as printer, asyncio.timeout(10):
        sim.busy_answers_n = 10_000

        with pytest.raises(DeviceSlow) as slow:
            await printer.print_labels(LABELS)

    assert slow.value.code == "job_slow"


@each
async def test_as_many_labels_as_a_job_may_have_are_printed_whatever_their_size(
    make: type[Any],
) -> None:
    hanzi = Label(
        name="有机纯牛奶" * 6, currency=Currency(code="CNY"), price_minor=5990, ean=CODES[1]
    )
    async with make(dpi=300) as sim, open_on(sim) as printer, asyncio.timeout(60):
        await printer.print_labels((hanzi,) * LABELS_MAX_N)

        assert sim.labels_n == LABELS_MAX_N
        assert sim.received_bytes > 1 << 20


@each
async def test_two_jobs_at_once_do_not_mix(make: type[Any]) -> None:
    async with make() as sim, open_on(sim) as printer, asyncio.timeout(10):
        async with asyncio.TaskGroup() as group:
            for label in LABELS:
                group.create_task(printer.print_labels((label, label)))

        found = codes_of(sim)
        assert [found[index] for index in (0, 2, 4)] == [found[index] for index in (1, 3, 5)]
        assert sorted(found) == sorted(CODES * 2)


@each
async def test_a_roll_that_ends_is_told_and_nothing_stays_in_the_printer(
    make: type[Any],
) -> None:
    async with make() as sim, open_on(sim) as printer, asyncio.timeout(10):
        sim.run_out_after(1)

        with pytest.raises(DeviceGone) as gone:
            await printer.print_labels(LABELS)
        await sim.changed.until(lambda: not sim.waiting)
        sim.set_labels(True)

        assert gone.value.code == "paper_out"
        assert (codes_of(sim), sim.dropped_n) == ([CODES[0]], 1)


@each
async def test_an_open_head_is_told_and_nothing_is_sent(make: type[Any]) -> None:
    async with make() as sim, open_on(sim) as printer, asyncio.timeout(10):
        sim.set_head_open(True)

        with pytest.raises(DeviceGone) as gone:
            await printer.print_labels(LABELS)
        sim.set_head_open(False)
        await printer.print_labels(LABELS[:1])

        assert gone.value.code == "cover_open"
        assert codes_of(sim) == [CODES[0]]


@each
async def test_a_printer_that_is_mute_in_trouble_is_slow_and_says_where_to_look(
    make: type[Any],
) -> None:
    async with make() as sim, asyncio.timeout(10), open_on(sim, answer_wait_ms=200) as printer:
        sim.mute_in_trouble = True
        sim.run_out_after(1)

        with pytest.raises(DeviceSlow) as slow:
            await printer.print_labels(LABELS)

        assert ("has labels" in slow.value.detail) == (make is SimZplPrinter)


@each
async def test_a_reset_in_the_middle_of_a_label_claims_nothing(make: type[Any]) -> None:
    async with make() as sim, open_on(sim) as printer, asyncio.timeout(10):
        sim.reset_after(700)

        with pytest.raises(DeviceGone):
            await printer.print_labels(LABELS)
        with pytest.raises(DeviceGone):
            await printer.print_labels(LABELS)

        assert sim.labels_n < len(LABELS)


@each
async def test_the_power_goes_and_comes_and_the_same_handle_prints(make: type[Any]) -> None:
    async with (
        make() as sim,
        asyncio.timeout(20),
        supervised({"labels": sim.table()}) as (devices, heard),
    ):
        printer = devices.get_label_printer("labels")
        await heard.until_state("labels", "ready")
        sim.run_out_after(1)
        with pytest.raises(DeviceGone):
            await printer.print_labels(LABELS)
        await sim.power_off()
        await heard.until_state("labels", "gone")
        sim.set_labels(True)
        await sim.power_on()
        await heard.until_state("labels", "ready")

        await printer.print_labels(LABELS[1:2])

        assert codes_of(sim) == [CODES[0], CODES[1]]
        assert printer.media == Media()
        assert (await printer.label_status()).problem() == ("", "")


@each
async def test_trouble_is_told_to_the_clerk_and_taken_back(make: type[Any]) -> None:
    async with make() as sim, asyncio.timeout(20):
        sim.set_labels(False)
        async with supervised({"labels": {**sim.table(), "poll_ms": 200}}) as (_, heard):
            gone = await heard.until_state("labels", "gone")
            sim.set_labels(True)
            await heard.until_state("labels", "ready")

    assert gone.detail == "The label printer is out of labels."


@each
async def test_a_job_that_is_cancelled_drops_what_was_not_printed(make: type[Any]) -> None:
    async with make() as sim, open_on(sim) as printer, asyncio.timeout(10):
        sim.busy_answers_n = 10_000
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await printer.print_labels(LABELS)

        with pytest.raises(DeviceGone):
            await printer.print_labels(LABELS)
        await sim.changed.until(lambda: sim.clients_n == 0)

        assert sim.labels_n == len(LABELS)


class _Plug(Caller):
    """The computer at the other end of a plug."""

    def __init__(self, port: PluggedPrinter) -> None:
        super().__init__(port.printer.make_reader())
        self._port = port

    def reply(self, data: bytes) -> None:
        self._port.send(data)


class PluggedPrinter(PtyPort):
    """A label printer behind a pseudo-terminal."""

    def __init__(self, printer: SimLabelPrinting, link: Path) -> None:
        super().__init__(link)
        self.printer = printer
        self._plug = _Plug(self)

    def on_bytes(self, data: bytes) -> None:
        self.printer.run(self._plug, data)


@each
@pytest.mark.parametrize("name", ["ttyS0", "lp0"])
async def test_a_label_printer_that_is_plugged_in_prints(
    make: type[Any], name: str, tmp_path: Path
) -> None:
    async with PluggedPrinter(make(), tmp_path / name) as port, asyncio.timeout(10):
        table = {"kind": port.printer.kind, "node": port.path, "job_wait_ms": 5_000}
        async with supervised({"labels": table}) as (devices, heard):
            await heard.until_state("labels", "ready")
            await devices.get_label_printer("labels").print_labels(LABELS)
            await port.unplug()
            await heard.until_state("labels", "gone")

        assert codes_of(port.printer) == list(CODES)


@pytest.mark.parametrize("more", [{}, {"host": "h", "node": "/dev/usb/lp0"}])
def test_a_label_printer_is_on_the_network_or_plugged_in(more: dict[str, str]) -> None:
    with pytest.raises(ConfigError) as refused:
        decode_settings({"labels": {"kind": "zpl_label_printer", **more}})

    assert "either host" in refused.value.problems[0]


async def test_more_labels_than_one_job_holds_are_refused() -> None:
    async with SimZplPrinter() as sim, open_on(sim) as printer, asyncio.timeout(10):
        with pytest.raises(Refused) as refused:
            await printer.print_labels(LABELS * LABELS_MAX_N)

    assert refused.value.code == "labels_too_many"


@each
async def test_a_label_printer_is_no_receipt_printer(make: type[Any]) -> None:
    async with make() as sim, supervised({"labels": sim.table()}) as (devices, _):
        with pytest.raises(Refused) as refused:
            devices.get_printer("labels")

    assert refused.value.code == "device_unfit"


def test_labels_wider_than_any_head_are_no_setting() -> None:
    table = {"kind": "zpl_label_printer", "host": "x", "width_mm": 500}

    with pytest.raises(ConfigError) as refused:
        decode_settings({"labels": table})

    assert "devices.labels.width_mm" in refused.value.problems[0]
    assert {"zpl_label_printer", "tspl_label_printer"} <= set(KINDS)

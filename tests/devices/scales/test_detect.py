"""The plan that finds a scale: what it claims, and what it must not claim."""

from __future__ import annotations

import asyncio
import tomllib
from importlib import import_module
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cext.errors import DeviceGone
from cext.kit.clock import SystemClock
from edge.__main__ import main
from edge.devices import KINDS, decode_settings
from edge.devices.scales.detect import (
    EIGHT_NONE,
    SEVEN_EVEN,
    Found,
    Step,
    Unknown,
    Verdict,
    Wire,
    make_talk,
    plan,
)
from edge.devices.scales.find import find_scale
from edge.devices.scales.probe import ListenProbe
from edge.sim.pty_port import PtyPort
from tests.devices.scales.conftest import SERIAL_SCALES, make_sim, open_on

# What each is known by; the others are set by hand.
KNOWN_BY = {
    "ascii_lines_scale": "grammar",
    "digi_ds_scale": "grammar",
    "enq_dc1_scale": "checksum",
    "mt_sics_scale": "name",
    "nci_scale": "grammar",
    "sma_scale": "name",
    "toledo_8217_scale": "echo",
    "yaohua_xk3190_scale": "checksum",
}
ROUNDS_MAX_N = 50


class Plugged:
    """A simulator without a cable: it hears and is heard on its own setting of the line only."""

    def __init__(self, sim: Any, wire: Wire) -> None:
        self.sim = sim
        self.wire = wire
        self.said: list[bytes] = []
        self.sim.send = self.said.append
        self.asked = b""

    def hear(self, data: bytes, wire: Wire) -> bytes:
        if wire == self.wire:
            self.asked += data
            self.sim.on_bytes(data)
        return self.speak(wire)

    def listen(self, wire: Wire) -> bytes:
        if self.sim.speaks_by_itself:
            for _ in range(5):
                self.sim.answer(self.sim.tell())
        return self.speak(wire)[3:]  # nobody plugs in at the beginning of a line

    def speak(self, wire: Wire) -> bytes:
        data = b"".join(self.said)
        self.said.clear()
        return data if wire == self.wire else bytes(byte * 37 + 11 & 0xFF for byte in data)


class Other:
    """A thing that is no scale: what it answers, and what it says by itself."""

    def __init__(self, answer: Any, says: bytes = b"") -> None:
        self.answer = answer
        self.says = says
        self.asked = b""

    def hear(self, data: bytes, _wire: Wire) -> bytes:
        self.asked += data
        return bytes(self.answer(data))

    def listen(self, _wire: Wire) -> bytes:
        return self.says


def take_step(step: Step, plugged: Any) -> bytes:
    heard = out = b""
    if step.listens:
        heard = plugged.listen(step.wire)
        step.probe.hear(heard)
        return heard
    out = step.probe.begin()
    for _ in range(ROUNDS_MAX_N):
        if not out or step.probe.proofs():
            break
        back = plugged.hear(out, step.wire)
        heard += back
        out = step.probe.hear(back)
    if step.probe.end():
        plugged.hear(step.probe.end(), step.wire)
    return heard


def search(plugged: Any) -> Found | Unknown:
    verdict = Verdict()
    for step in plan():
        if verdict.wants(step):
            verdict.take(step, take_step(step, plugged))
    return verdict.found or verdict.unknown()


def plug_in(kind: str, folder: Path) -> Plugged:
    sim = make_sim(kind, folder)
    its: Any = decode_settings({"it": sim.table()})["it"]
    return Plugged(sim, Wire(its.baud, its.data_bits, its.parity, its.stop_bits))


STATES = {
    "loaded": {"load_g": 982},
    "empty": {"load_g": 0},
    "moving": {"load_g": 500, "in_motion": True},
    "overloaded": {"load_g": 99_999},
    "tared": {"load_g": 300, "tare_g": 50},
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("kind", SERIAL_SCALES)
def test_a_scale_is_found_as_what_it_is_or_not_at_all(
    kind: str, state: str, tmp_path: Path
) -> None:
    plugged = plug_in(kind, tmp_path)
    for name, value in STATES[state].items():
        setattr(plugged.sim, name, value)
    loads = (plugged.sim.load_g, plugged.sim.tare_g)

    found = search(plugged)

    assert (plugged.sim.load_g, plugged.sim.tare_g) == loads, "looking must not zero or tare it"
    told = state != "overloaded" or plugged.sim.tells_over
    if kind in KNOWN_BY and told:
        assert isinstance(found, Found), found
        assert (found.kind, found.wire, found.how) == (kind, plugged.wire, KNOWN_BY[kind])
    elif isinstance(found, Found):
        assert found.kind == kind


@pytest.mark.parametrize("kind", ["toledo_8217_scale", "nci_scale", "enq_dc1_scale"])
def test_one_set_to_the_other_usual_line_is_found_too(kind: str, tmp_path: Path) -> None:
    plugged = plug_in(kind, tmp_path)
    plugged.wire = EIGHT_NONE if plugged.wire == SEVEN_EVEN else SEVEN_EVEN
    plugged.sim.set_load(300)
    plugged.sim.tare_g = 50

    found = search(plugged)

    assert isinstance(found, Found), found
    assert (found.kind, found.wire, plugged.sim.tare_g) == (kind, plugged.wire, 50)


def test_a_scale_that_speaks_by_itself_is_asked_nothing(tmp_path: Path) -> None:
    plugged = plug_in("ascii_lines_scale", tmp_path)
    plugged.sim.GARBAGE = b"$GPGGA,123519,4807.038,N*47\r\n"
    plugged.sim.garbled = True

    assert isinstance(search(plugged), Unknown)
    assert plugged.asked == b""


def test_what_two_kinds_could_be_is_neither() -> None:
    talks = {kind: make_talk("ascii_lines_scale", EIGHT_NONE) for kind in ("this", "that")}
    step = Step(EIGHT_NONE, 1_000, listens=True, probe=ListenProbe(talks))
    line = b"ST,GS,+  1.234kg\r\n"
    step.probe.hear(line * 3)
    verdict = Verdict()

    verdict.take(step, line)

    assert verdict.found is None
    assert "It may be a that or this: set the kind by hand." in verdict.unknown().detail


def test_the_serial_number_of_a_bench_scale_is_told(tmp_path: Path) -> None:
    found = search(plug_in("mt_sics_scale", tmp_path))

    assert isinstance(found, Found)
    assert found.serial == "1234567890"


OTHERS = {
    "nothing": Other(lambda _data: b""),
    "a plug that sends back what it gets": Other(lambda data: data),
    "a modem": Other(lambda data: data + b"\r\nERROR\r\n" * data.count(b"\r")),
    "a shell": Other(lambda data: data + b"\r\nlogin: " * data.count(b"\r")),
    "one that says yes to all": Other(lambda data: b"\x06" * len(data)),
    "one that says no to all": Other(lambda data: b"\x15" * len(data)),
    "a scanner on a conveyor": Other(lambda _data: b"", b"96385074\r\n" * 6),
    "a satellite receiver": Other(lambda _data: b"", b"$GPGGA,123519,4807.038,N*47\r\n" * 6),
    "a number after each question": Other(lambda _data: b"  1.234kg\r\n"),
    "a line once": Other(lambda _data: b"", b"ST,GS,+  1.234kg\r\n"),
    "a line among others": Other(lambda _data: b"", b"ST,GS,+  1.234kg\r\nhello\r\n" * 6),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_scale_is_not_claimed_and_its_bytes_are_shown(what: str) -> None:
    other = OTHERS[what]

    found = search(other)

    assert isinstance(found, Unknown)
    if what != "nothing":
        assert "Heard 9600 7-E-1: " in found.detail
        bytes.fromhex(found.detail.rpartition(": ")[2])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(max_size=30), min_size=1, max_size=40), st.binary(max_size=200))
def test_rubbish_is_never_a_scale(answers: list[bytes], says: bytes) -> None:
    # hypothesis reads our sources for bytes to try: the name of a scale is no rubbish.
    assume(not any(name in b"".join(answers * 2) for name in (b"SMA:", b"I4 A", b"\x02E\r")))
    left = cycle(answers)

    assert isinstance(search(Other(lambda _data: next(left), says)), Unknown)


@pytest.mark.parametrize("kind", sorted(KNOWN_BY))
def test_what_is_found_makes_a_configuration_that_loads(kind: str, tmp_path: Path) -> None:
    found = search(plug_in(kind, tmp_path))
    assert isinstance(found, Found)
    tables = tomllib.loads(found.to_toml("/dev/serial/by-id/it"))["devices"]

    assert decode_settings(tables)["scale1"] == import_module(KINDS[kind]).Settings(
        port="/dev/serial/by-id/it"
    )


@pytest.mark.parametrize("kind", sorted(KNOWN_BY))
async def test_each_is_found_on_a_real_port(kind: str, tmp_path: Path) -> None:
    async with make_sim(kind, tmp_path) as sim, asyncio.timeout(30):
        sim.set_load(982)

        found = await find_scale(sim.path, clock=SystemClock(), listen_ms=300)

        assert isinstance(found, Found), found
        assert found.kind == kind
        async with open_on(sim) as scale:
            assert (await scale.read()).weight_g == 982  # it was left as it was found


class Asked(PtyPort):
    """A cable with nothing at its end but an ear."""

    def __init__(self, link: Path) -> None:
        super().__init__(link)
        self.asked = asyncio.Event()

    def on_bytes(self, data: bytes) -> None:
        self.asked.set()


async def test_unplugging_it_while_it_is_asked_is_told(tmp_path: Path) -> None:
    async with (
        Asked(tmp_path / "it") as sim,
        asyncio.timeout(10),
        asyncio.TaskGroup() as group,
    ):
        finding = group.create_task(expect_gone(sim.path))
        await sim.asked.wait()
        await sim.unplug()

    assert finding.result()


async def expect_gone(path: str) -> bool:
    with pytest.raises(DeviceGone):
        await find_scale(path, clock=SystemClock(), listen_ms=20, answer_ms=5_000)
    return True


async def test_the_command_prints_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with make_sim("toledo_8217_scale", tmp_path) as sim, asyncio.timeout(30):
        code = await asyncio.to_thread(main, ["scale", "find", "--port", sim.path])

    assert code == 0
    assert 'kind = "toledo_8217_scale"' in capsys.readouterr().out


async def test_the_command_says_that_nothing_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = await asyncio.to_thread(main, ["scale", "find", "--port", str(tmp_path / "none")])

    assert code == 1
    assert "device_gone" in capsys.readouterr().err

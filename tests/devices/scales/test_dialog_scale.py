"""Checkout-Dialog: a price before each weight, and why there is none."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.errors import DeviceGarbled, DeviceGone, Refused
from cext.kit.clock import SystemClock
from edge.devices.scales.dialog_scale import DialogTalk, Settings
from edge.devices.scales.dialog_scale import open as open_dialog
from edge.devices.scales.dialog_secret import Secret, Veil, turn_left
from edge.devices.scales.reading import Answer, Reading
from edge.sim.dialog_scale import SimScale
from tests.devices.scales.conftest import open_on

RESULT = b"\x0202\x1b3\x1b%05d\x1b000100\x1b000000\x03"


@settings(deadline=None)
@given(st.integers(0, 99_999))
def test_every_weight_is_read_back_and_acknowledged(weight_g: int) -> None:
    talk = DialogTalk(100)
    talk.receive(b"\x06")

    heard = talk.receive(RESULT % weight_g)

    assert heard.reply == b"\x04"
    (found,) = heard.answers
    assert isinstance(found, Reading)
    assert (found.weight_g, found.stable) == (weight_g, True)


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"\x06", b"\x15", RESULT % 123, b"\x0209\x1b20\x03"]), max_size=8))
def test_one_question_has_one_answer_at_most(said: list[bytes]) -> None:
    talk = DialogTalk(100)
    told: list[Answer] = [one for part in said for one in talk.receive(part).answers]

    assert sum(isinstance(one, Reading) for one in told) <= 1


async def test_goods_that_were_told_once_are_told_again_when_they_were_lifted() -> None:
    async with SimScale() as sim, open_on(sim, settle_wait_ms=0) as scale, asyncio.timeout(5):
        sim.lifts = True
        sim.set_load(450)
        first = await scale.read()
        second = await scale.read()
        sim.set_load(300)
        third = await scale.read()

    assert [one.weight_g for one in (first, second, third)] == [450, None, 300]
    with pytest.raises(Refused, match="settled"):
        second.settled_g()


async def test_too_little_is_no_weight() -> None:
    async with SimScale() as sim, open_on(sim, settle_wait_ms=0) as scale, asyncio.timeout(5):
        sim.min_g = 40
        sim.set_load(20)

        assert (await scale.read()).weight_g is None


@pytest.mark.parametrize(
    ("fault", "told"), [("11", "price"), ("02", "parity"), ("01", "general"), ("99", "99")]
)
async def test_a_fault_is_said_in_words(fault: str, told: str) -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=100) as scale, asyncio.timeout(5):
        sim.fault = fault

        with pytest.raises(DeviceGarbled, match=told):
            await scale.read()


async def test_a_dialog_06_without_its_secret_is_refused_with_both_cures() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=600) as scale, asyncio.timeout(5):
        sim.asks_checksums = True

        with pytest.raises(DeviceGarbled, match=r"set it to Dialog 02 or 04.*secret_file"):
            await scale.read()


def write_secret(folder: Path, text: str = "1234\n", mode: int = 0o600) -> str:
    """A file as the site keeps it; this polynomial is of no vendor."""
    path = folder / "secret"
    path.write_text(text, encoding="ascii")
    path.chmod(mode)
    return str(path)


async def test_a_dialog_06_gets_its_checksums_as_often_as_it_asks(tmp_path: Path) -> None:
    secret_file = write_secret(tmp_path)
    async with (
        SimScale() as sim,
        open_on(sim, secret_file=secret_file) as scale,
        asyncio.timeout(10),
    ):
        sim.asks_checksums = True
        for load_g in (450, 300, 0, 7, 14_000):
            sim.set_load(load_g)
            weight = await scale.read()

            assert (weight.weight_g, weight.stable) == (load_g, True)


async def test_a_wrong_secret_is_named_and_asked_about_once(tmp_path: Path) -> None:
    secret_file = write_secret(tmp_path, "0x4321")
    async with (
        SimScale() as sim,
        open_on(sim, secret_file=secret_file, answer_wait_ms=900) as scale,
        asyncio.timeout(5),
    ):
        sim.asks_checksums = True

        with pytest.raises(DeviceGarbled, match="is secret_file the one of its vendor"):
            await scale.read()
    assert sim.questions_n == 1


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        ("1234", 0o640, "others may read it: chmod 600"),
        ("x1234", 0o600, "something else than four hexadecimal digits"),
        ("", 0o600, "something else than four hexadecimal digits"),
    ],
)
async def test_a_secret_that_is_none_keeps_the_scale_shut_and_is_in_no_text(
    text: str, mode: int, words: str, tmp_path: Path
) -> None:
    secret_file = write_secret(tmp_path, text, mode)
    async with SimScale() as sim:
        with pytest.raises(DeviceGone, match=words) as gone:
            async with open_on(sim, secret_file=secret_file):
                pass

    assert "1234" not in gone.value.detail.replace(secret_file, "")


async def test_a_missing_secret_and_a_pipe_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    async with SimScale() as sim, asyncio.timeout(5):
        for name, words in (("none", "No such file"), ("pipe", "no plain file")):
            with pytest.raises(DeviceGone, match=words):
                async with open_on(sim, secret_file=str(tmp_path / name)):
                    pass


class Ear:
    """A tap that keeps everything."""

    def __init__(self) -> None:
        self.sent_bytes = b""

    def took(self, data: bytes, at_mono_ns: int) -> None:
        del data, at_mono_ns

    def sent(self, data: bytes) -> None:
        self.sent_bytes += data


async def test_no_recording_of_the_cable_holds_the_checksums(tmp_path: Path) -> None:
    ear = Ear()
    async with SimScale() as sim, asyncio.timeout(5):
        sim.asks_checksums = True
        settings = Settings(port=sim.path, secret_file=write_secret(tmp_path))
        async with open_dialog(settings, device="it", clock=SystemClock(), tap=ear) as scale:
            await scale.read()

    assert b"\x04\x0210\x1b********\x03" in ear.sent_bytes
    assert "1234" not in repr(Secret(0x1234))
    Veil(ear).sent(b"\x04\x04\x0210\x1b12AB")  # the line took no more
    assert ear.sent_bytes.endswith(b"\x1b****")


@settings(deadline=None)
@given(st.integers(0, 0xFFFF), st.integers(0, 15), st.integers(0, 15))
def test_checksums_turned_back_divide_without_a_rest(
    polynomial: int, first: int, second: int
) -> None:
    record = Secret(polynomial).encode_checksums(first, second)
    turned, rest = int(record[5:9], 16), int(record[9:13], 16)

    picked = turn_left(turned, 16 - first)
    assert Secret(polynomial).remainder(picked) == turn_left(rest, second)
    assert (record[:5], record[13:]) == (b"\x04\x0210\x1b", b"\x03")


async def test_the_price_of_the_item_is_shown_and_its_amount_believed() -> None:
    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(386)
        known = await scale.read(price_minor=1_596)
        unknown = await scale.read()
        too_long = await scale.read(price_minor=1_000_000)

    assert sim.prices == [1_596, 100, 100]
    assert (known.price_minor, known.amount_minor) == (1_596, 616)
    assert {(one.price_minor, one.amount_minor) for one in (unknown, too_long)} == {(None, None)}


async def test_a_tare_goes_with_every_weight_until_it_is_cleared() -> None:
    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(450)
        tared = await scale.tare(20)
        weight = await scale.read()
        cleared = await scale.tare(0)

    assert [(one.weight_g, one.net, one.tare_g) for one in (tared, weight, cleared)] == [
        (430, True, 20), (430, True, 20), (450, False, 0),
    ]  # fmt: skip


async def test_a_tare_that_the_scale_does_not_take_goes_with_no_weight() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=100) as scale, asyncio.timeout(5):
        sim.set_load(450)
        sim.fault = "12"
        with pytest.raises(Refused, match="does not take the tare") as refused:
            await scale.tare(20)
        sim.fault = ""
        weight = await scale.read()

        with pytest.raises(Refused, match="more than 4 digits"):
            await scale.tare(10_000)

    assert refused.value.code == "tare_refused"
    assert (weight.weight_g, weight.tare_g) == (450, None)

"""Checkout-Dialog: a price before each weight, and why there is none."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cext.errors import DeviceGarbled, Refused
from edge.devices.scales.dialog_scale import DialogTalk
from edge.devices.scales.reading import Answer, Reading
from edge.sim.dialog_scale import SimScale
from tests.devices.scales.conftest import open_on

RESULT = b"\x0202\x1b3\x1b%05d\x1b000100\x1b000000\x03"


@settings(deadline=None)
@given(st.integers(0, 99_999))
def test_every_weight_is_read_back_and_acknowledged(weight_g: int) -> None:
    talk = DialogTalk("000100")
    talk.receive(b"\x06")

    heard = talk.receive(RESULT % weight_g)

    assert heard.reply == b"\x04"
    (found,) = heard.answers
    assert isinstance(found, Reading)
    assert (found.weight_g, found.stable) == (weight_g, True)


@settings(deadline=None)
@given(st.lists(st.sampled_from([b"\x06", b"\x15", RESULT % 123, b"\x0209\x1b20\x03"]), max_size=8))
def test_one_question_has_one_answer_at_most(said: list[bytes]) -> None:
    talk = DialogTalk("000100")
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


async def test_a_dialog_06_is_told_to_be_set_otherwise() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=100) as scale, asyncio.timeout(5):
        sim.asks_checksums = True

        with pytest.raises(DeviceGarbled, match="set it to Dialog 02 or 04"):
            await scale.read()


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

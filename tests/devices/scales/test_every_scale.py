"""What every scale keeps, whatever it speaks, told over its simulator and a pseudo-terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from cext.errors import DeviceGarbled, DeviceGone, DeviceSlow, OutsideError, Refused
from cext.lang.item import Item
from edge.devices.ports import Weight
from edge.sales.reading import weigh
from tests.devices.conftest import supervised
from tests.devices.scales.conftest import SCALES, make_sim, open_on

pytestmark = pytest.mark.parametrize("kind", SCALES)
PATIENCE_S = 10
PEARS = Item(item="pears", name="Pears", price_minor=898, unit="g")


async def test_loads_are_weighed_to_the_gram(kind: str, tmp_path: Path) -> None:
    async with make_sim(kind, tmp_path) as sim, open_on(sim) as scale, asyncio.timeout(PATIENCE_S):
        for load_g in (982, 5, 0, 14_995):
            sim.set_load(load_g)
            weight: Weight = await scale.read()

            assert (weight.weight_g, weight.stable) == (load_g, True)
            assert not any((weight.in_motion, weight.over, weight.under, weight.net))
            assert weight.raw
            assert weight.protocol


async def test_a_weight_is_the_evidence_of_a_sale_line(kind: str, tmp_path: Path) -> None:
    async with make_sim(kind, tmp_path) as sim, open_on(sim) as scale, asyncio.timeout(PATIENCE_S):
        sim.set_load(386)
        weighing = (await weigh(lambda: scale, PEARS)).weighing

    assert (weighing.weight_g, weighing.device) == (386, "scale")
    assert weighing.protocol
    assert weighing.identity == sim.path
    assert weighing.unit in {"kg", "g"}
    assert (weighing.net is None) == (weighing.tare_g is None)
    assert weighing.at_ms > 0
    assert 0 < len(bytes.fromhex(weighing.raw_hex)) <= 64


async def test_motion_prices_nothing(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        open_on(sim, settle_wait_ms=0) as scale,
        asyncio.timeout(PATIENCE_S),
    ):
        sim.set_load(500)
        sim.in_motion = True
        weight = await scale.read()

    with pytest.raises(Refused) as refused:
        weight.settled_g()
    assert refused.value.code == "weight_unstable"


async def test_too_much_is_told_and_prices_nothing(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        open_on(sim, settle_wait_ms=0) as scale,
        asyncio.timeout(PATIENCE_S),
    ):
        sim.set_load(sim.capacity_g + 500)
        weight = await scale.read()

    assert weight.weight_g is None
    with pytest.raises(Refused) as refused:
        weight.settled_g()
    assert refused.value.code == ("weight_over" if sim.tells_over else "weight_unstable")


async def test_less_than_nothing_prices_nothing(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        open_on(sim, settle_wait_ms=0) as scale,
        asyncio.timeout(PATIENCE_S),
    ):
        sim.tare_g = 200
        sim.set_load(100)
        weight = await scale.read()

    assert weight.weight_g is None or weight.weight_g < 0
    with pytest.raises(Refused) as refused:
        weight.settled_g()
    assert refused.value.code == ("weight_under" if sim.tells_under else "weight_unstable")


async def test_an_unplugged_scale_is_gone_and_comes_back(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        supervised({"scale": {**sim.table(), "answer_wait_ms": 5_000}}) as (devices, heard),
        asyncio.timeout(PATIENCE_S),
    ):
        await heard.until_state("scale", "ready")
        sim.silent = True
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(fail(devices.get_scale("scale").read()))
            await asyncio.sleep(0)
            await sim.unplug()
        assert isinstance(reading.result(), DeviceGone)
        await heard.until_state("scale", "gone")
        sim.silent = False
        sim.set_load(345)
        await sim.plug()
        await heard.until_state("scale", "ready")

        assert (await devices.get_scale("scale").read()).weight_g == 345


async def fail(weighing: Any) -> OutsideError:
    with pytest.raises(OutsideError) as failed:
        await weighing
    return failed.value


async def unless_unfit(order: Awaitable[Weight]) -> Weight | None:
    """What the scale showed after the order, or None where its protocol does not have it."""
    try:
        return await order
    except Refused as exc:
        if exc.code != "device_unfit":
            raise
    return None


@pytest.mark.parametrize("fault", ["garbled", "halved"])
async def test_what_is_no_answer_is_shown_and_the_next_one_counts(
    kind: str, fault: str, tmp_path: Path
) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        open_on(sim, answer_wait_ms=150) as scale,
        asyncio.timeout(PATIENCE_S),
    ):
        sim.set_load(111)
        setattr(sim, fault, True)
        failed = await fail(scale.read())
        setattr(sim, fault, False)
        sim.set_load(222)

        assert isinstance(failed, DeviceGarbled)
        assert bytes.fromhex(failed.detail.rpartition("(")[2].rstrip(")"))
        assert (await scale.read()).weight_g == 222


async def test_a_unit_of_no_shop_is_named_and_never_converted(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        open_on(sim, answer_wait_ms=150) as scale,
        asyncio.timeout(PATIENCE_S),
    ):
        if not hasattr(sim, "unit_told"):
            pytest.skip("it does not tell its unit, or it is tested by its kind")
        sim.set_load(111)
        sim.unit_told = "ct"
        failed = await fail(scale.read())
        sim.unit_told = "g"
        weight = await scale.read()

    assert isinstance(failed, DeviceGarbled)
    assert "'ct' is no unit of a shop" in failed.detail
    assert (weight.weight_g, weight.unit) == (0, "g")  # it writes 0.111 whatever its unit


async def test_a_line_of_another_parity_gives_the_weight_or_none(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        open_on(sim, answer_wait_ms=300) as scale,
        asyncio.timeout(PATIENCE_S),
    ):
        if kind == "hid_scale":
            pytest.skip("USB has no parity")
        sim.set_load(345)
        sim.even_parity = True  # as 8-N-1 hears a line of 7-E-1
        try:
            told: Any = (await scale.read()).weight_g
        except DeviceGarbled as exc:
            told = bytes.fromhex(exc.detail.rpartition("(")[2].rstrip(")"))
        except DeviceSlow:
            told = b"not even an answer to a handshake"
        sim.even_parity = False

        assert told == 345 or isinstance(told, bytes)
        assert (await scale.read()).weight_g == 345


async def test_the_same_weight_again_is_a_weight_again(kind: str, tmp_path: Path) -> None:
    # Some box programs took a second equal weight for no weight, and goods that lay there already.
    async with make_sim(kind, tmp_path) as sim, asyncio.timeout(PATIENCE_S):
        sim.set_load(345)
        async with open_on(sim) as scale:
            weights = [await scale.read() for _ in range(3)]

    assert [one.settled_g() for one in weights] == [345] * 3


async def test_silence_is_slow_and_never_an_old_weight(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        open_on(sim, answer_wait_ms=150) as scale,
        asyncio.timeout(PATIENCE_S),
    ):
        sim.set_load(111)
        assert (await scale.read()).weight_g == 111
        sim.silent = True
        failed = await fail(scale.read())

    assert isinstance(failed, DeviceSlow)


async def test_an_answer_that_comes_late_is_not_believed(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        open_on(sim, answer_wait_ms=150) as scale,
        asyncio.timeout(PATIENCE_S),
    ):
        if sim.speaks_by_itself:
            pytest.skip("it answers no question, so no answer is late")
        sim.set_load(111)
        sim.late = True
        assert isinstance(await fail(scale.read()), DeviceSlow)
        sim.late = False
        sim.set_load(222)

        assert (await scale.read()).weight_g == 222


async def test_an_answer_that_comes_twice_is_one_answer(kind: str, tmp_path: Path) -> None:
    async with make_sim(kind, tmp_path) as sim, open_on(sim) as scale, asyncio.timeout(PATIENCE_S):
        sim.twice = True
        for load_g in (111, 222, 333):
            sim.set_load(load_g)

            assert (await scale.read()).weight_g == load_g


async def test_a_scale_is_zeroed_or_says_that_it_cannot(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        open_on(sim, answer_wait_ms=150, settle_wait_ms=0) as scale,
        asyncio.timeout(PATIENCE_S),
    ):
        sim.set_load(4)
        weight = await unless_unfit(scale.zero())
        if weight is None:
            return
        assert (weight.weight_g, weight.stable) == (0, True)
        sim.in_motion = True

        with pytest.raises(Refused) as refused:
            await scale.zero()

    assert refused.value.code == "zero_refused"


@pytest.mark.parametrize(("tare_g", "net_g"), [(None, 0), (50, 250), (0, 300)])
async def test_a_scale_is_tared_or_says_that_it_cannot(
    kind: str, tare_g: int | None, net_g: int, tmp_path: Path
) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        open_on(sim, answer_wait_ms=150) as scale,
        asyncio.timeout(PATIENCE_S),
    ):
        sim.set_load(300)
        sim.tare_g = 20 if tare_g == 0 else 0
        weight = await unless_unfit(scale.tare(tare_g))
        if weight is None:
            return

        assert (weight.weight_g, weight.stable) == (net_g, True)
        assert (await scale.read()).weight_g == net_g


async def test_a_tare_below_zero_is_refused(kind: str, tmp_path: Path) -> None:
    async with make_sim(kind, tmp_path) as sim, open_on(sim) as scale:
        with pytest.raises(Refused) as refused:
            await scale.tare(-1)

    assert refused.value.code in ("tare_refused", "device_unfit")

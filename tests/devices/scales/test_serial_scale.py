"""Orders to a scale, and who may say what when: the owner of the cable."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from cext.errors import DeviceGarbled, DeviceSlow, Refused
from cext.kit.clock import SystemClock
from edge.devices.ports import Weight
from edge.devices.scales.reading import Heard, Reading
from edge.devices.scales.serial_scale import ScaleSettings, open_scale
from edge.devices.scales.toledo_8217_scale import Settings as ToledoSettings
from edge.devices.scales.toledo_8217_scale import open as open_toledo
from edge.sim.enq_dc1_scale import SimScale as EnqScale
from edge.sim.mt_sics_scale import SimScale as SicsScale
from edge.sim.nci_scale import SimScale as NciScale
from edge.sim.pty_port import PtyPort
from edge.sim.sma_scale import SimScale as SmaScale
from edge.sim.toledo_8217_scale import SimScale as ToledoScale
from tests.devices.conftest import supervised
from tests.devices.scales.conftest import open_on


class SetUpWithoutTare(ToledoScale):
    """A Toledo whose set-up forbids the tare: it does not answer (DIVA manual)."""

    def hear(self, data: bytes) -> None:
        if not data.startswith(b"T"):
            super().hear(data)


async def test_a_tare_that_is_never_answered_is_refused_and_the_next_weight_is_of_now() -> None:
    async with (
        SetUpWithoutTare() as sim,
        open_on(sim, answer_wait_ms=100, settle_wait_ms=0) as scale,
        asyncio.timeout(5),
    ):
        sim.set_load(300)
        with pytest.raises(Refused) as refused:
            await scale.tare(None)
        sim.set_load(200)

        assert refused.value.code == "tare_refused"
        assert (await scale.read()).weight_g == 200


async def test_a_refusal_in_the_scale_s_own_words_is_passed_on() -> None:
    async with (
        SmaScale() as sim,
        open_on(sim, answer_wait_ms=100, settle_wait_ms=0) as scale,
        asyncio.timeout(5),
    ):
        sim.in_motion = True
        with pytest.raises(Refused) as refused:
            await scale.zero()

    assert refused.value.code == "zero_refused"
    assert "it cannot be zeroed" in refused.value.detail


async def test_what_a_protocol_cannot_order_is_unfit_and_nothing_is_sent() -> None:
    async with NciScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        with pytest.raises(Refused) as refused:
            await scale.tare(50)

    assert refused.value.code == "device_unfit"
    assert sim.questions_n == 0


async def test_a_tare_that_no_weight_shows_is_believed_on_the_scale_s_word_alone() -> None:
    async with (
        SicsScale() as sim,
        open_on(sim, answer_wait_ms=100, settle_wait_ms=0) as scale,
        asyncio.timeout(5),
    ):
        sim.set_load(300)
        assert (await scale.tare(50)).tare_g is None
        sim.silent = True

        with pytest.raises(DeviceSlow):
            await scale.tare(60)


async def test_a_tare_that_the_scale_says_it_did_not_take_is_refused() -> None:
    async with SicsScale() as sim, open_on(sim, settle_wait_ms=0) as scale, asyncio.timeout(5):
        sim.in_motion = True
        with pytest.raises(Refused) as refused:
            await scale.tare(50)

    assert refused.value.code == "tare_refused"


async def test_a_tare_that_stays_is_not_cleared() -> None:
    async with ToledoScale() as sim, open_on(sim, settle_wait_ms=0) as scale, asyncio.timeout(5):
        sim.set_load(300)
        sim.tare_g = 50
        sim.hear = drop_clear(sim.hear)  # type: ignore[method-assign]
        with pytest.raises(Refused) as refused:
            await scale.tare(0)

    assert refused.value.code == "tare_refused"


def drop_clear(hear: Callable[[bytes], None]) -> Callable[[bytes], None]:
    """The ear of a scale that will not clear its tare (DIVA manual: ignored while unstable)."""
    return lambda data: hear(data.replace(b"C", b"X"))


async def test_what_is_shown_of_a_flood_is_short() -> None:
    async with PtyPort() as sim, asyncio.timeout(5):
        settings = ToledoSettings(port=sim.path, answer_wait_ms=200)
        async with open_toledo(settings, device="it", clock=SystemClock()) as scale:
            reading = asyncio.ensure_future(scale.read())
            await asyncio.sleep(0)
            sim.send(b"$GPGGA," * 500)
            with pytest.raises(DeviceGarbled) as garbled:
                await reading

    shown = bytes.fromhex(garbled.value.detail.rpartition("(")[2].rstrip(")"))
    assert shown == (b"$GPGGA," * 5)[:32]


async def test_what_was_wrong_before_is_not_said_again() -> None:
    async with SmaScale() as sim, open_on(sim, answer_wait_ms=100) as scale, asyncio.timeout(5):
        sim.unit_told = "ct"
        with pytest.raises(DeviceGarbled) as first:
            await scale.read()
        sim.halved = True
        with pytest.raises(DeviceGarbled) as second:
            await scale.read()

    assert "'ct'" in first.value.detail
    assert "an answer without an end" in second.value.detail


async def test_a_late_weight_is_not_the_scale_s_word_for_a_tare() -> None:
    async with SicsScale() as sim, open_on(sim, answer_wait_ms=100) as scale, asyncio.timeout(5):
        sim.set_load(300)
        sim.late = True
        with pytest.raises(DeviceSlow):
            await scale.read()
        sim.late = False

        assert (await scale.tare(50)).weight_g == 250


async def test_the_tare_is_written_in_the_unit_the_scale_shows() -> None:
    async with ToledoScale(unit="lb") as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(1134)
        weight: Weight = await scale.tare(454)

    assert (weight.weight_g, weight.raw) == (680, b"\x02001.50N\r")


async def test_scp_01_without_the_s_is_read_too() -> None:
    async with NciScale(ecr=False) as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(982)
        weight: Weight = await scale.read()

    assert (weight.weight_g, weight.protocol) == (982, "nci")
    assert weight.raw == b"\n00.982kg\r\n00\r\x03"


async def test_two_who_ask_at_once_are_answered_one_after_the_other() -> None:
    async with EnqScale() as sim, open_on(sim) as scale, asyncio.timeout(5):
        sim.set_load(750)
        async with asyncio.TaskGroup() as group:
            readings = [group.create_task(scale.read()) for _ in range(4)]

    assert [one.result().weight_g for one in readings] == [750] * 4


class Polite:
    """A protocol that thanks for whatever it hears."""

    name: ClassVar[str] = "polite"

    def __init__(self) -> None:
        self.heard = asyncio.Event()

    def ask(self) -> bytes:
        return b"?"

    def clear(self) -> None:
        self.heard.clear()

    def zero(self) -> bytes:
        return b"0"

    def tare(self, weight_g: int | None) -> bytes:
        return f"-{weight_g}".encode()

    def receive(self, data: bytes) -> Heard:
        self.heard.set()
        return Heard((Reading(weight_g=len(data), stable=True, raw=data),), b"thanks")


class Recorder(PtyPort):
    """The other end: answers every question with one byte and keeps all it was told."""

    told = b""

    def on_bytes(self, data: bytes) -> None:
        self.told += data
        if data.endswith(b"?"):
            self.send(b".")


async def test_a_reply_belongs_to_a_question_of_now() -> None:
    talk = Polite()
    async with Recorder() as sim, asyncio.timeout(5):
        settings = ScaleSettings(port=sim.path)
        async with open_scale(settings, talk, device="it", clock=SystemClock()) as scale:
            sim.send(b"!")
            await talk.heard.wait()
            weight = await scale.read()

    assert weight.raw == b"."
    assert sim.told.startswith(b"?")


async def test_a_checksum_that_held_is_told_and_none_is_not_claimed() -> None:
    async with (
        EnqScale() as summed,
        open_on(summed) as scale,
        NciScale() as plain,
        open_on(plain) as other,
        asyncio.timeout(5),
    ):
        assert (await scale.read()).checked is True
        assert (await other.read()).checked is None


async def test_the_handle_of_a_supervised_scale_takes_orders(tmp_path: Path) -> None:
    async with (
        SmaScale(tmp_path / "scale") as sim,
        supervised({"scale": sim.table()}) as (devices, heard),
        asyncio.timeout(5),
    ):
        await heard.until_state("scale", "ready")
        scale = devices.get_scale("scale")
        sim.set_load(300)

        assert ((await scale.tare()).weight_g, sim.tare_g) == (0, 300)
        assert (await scale.tare(50)).weight_g == 250
        assert not (await scale.tare(0)).net
        assert (await scale.zero()).zero


def weight_of(weight_g: int) -> Weight:
    return Weight(
        weight_g=weight_g, stable=True, device="s", protocol="p", raw=b"", at_ms=0, at_mono_ns=0
    )


def test_a_weight_below_zero_prices_nothing_even_without_a_flag() -> None:
    with pytest.raises(Refused) as refused:
        weight_of(-1).settled_g()

    assert refused.value.code == "weight_under"

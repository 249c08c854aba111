"""A USB-HID scale: what only it has, told over its node."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cext.errors import DeviceGarbled, DeviceGone, DeviceSlow, Refused
from cext.kit.clock import SystemClock
from edge.devices.hidraw_port import HidrawPort, load_hid_identity
from edge.devices.scales.hid_scale import UNITS, decode_report
from edge.devices.scales.reading import Noise, Reading
from edge.sim.hid_scale import SimScale
from tests.devices.scales.conftest import open_on

PATIENCE_S = 10


@given(st.binary(min_size=6, max_size=6))
def test_only_a_report_that_says_rest_in_a_unit_of_a_shop_is_a_price(report: bytes) -> None:
    answer = decode_report(report)

    if isinstance(answer, Reading) and answer.stable:
        assert report[1] in (2, 4)
        assert report[2] in UNITS
        assert answer.weight_g is not None
        assert answer.weight_g >= 0
    else:
        assert isinstance(answer, Noise) or answer.in_motion or answer.weight_g is None


async def test_a_loop_that_was_held_up_weighs_what_lies_there_now() -> None:
    async with SimScale(every_s=0) as sim, open_on(sim) as scale, asyncio.timeout(PATIENCE_S):
        sim.set_load(111)
        for _ in range(40):
            sim.speak()  # nobody has read these yet
        sim.set_load(222)
        reading = asyncio.ensure_future(scale.read())
        while not reading.done():
            await asyncio.sleep(0)
            sim.speak()

        assert reading.result().weight_g == 222


async def test_empty_reports_are_no_answer() -> None:
    async with (
        SimScale(every_s=0) as sim,
        open_on(sim, answer_wait_ms=100) as scale,
        asyncio.timeout(PATIENCE_S),
    ):
        reading = asyncio.ensure_future(scale.read())
        await asyncio.sleep(0)
        sim.send(bytes(6))
        with pytest.raises((DeviceSlow, DeviceGarbled)):
            await reading

    async with SimScale() as sim, open_on(sim) as scale, asyncio.timeout(PATIENCE_S):
        sim.empties = True
        sim.set_load(345)

        assert (await scale.read()).weight_g == 345


@pytest.mark.parametrize(
    ("fault", "words"), [(1, "a fault"), (7, "calibrated"), (8, "press its zero key")]
)
async def test_its_own_troubles_are_told_with_their_cure(fault: int, words: str) -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=400) as scale:
        sim.set_load(500)
        sim.fault = fault
        with pytest.raises(DeviceGarbled, match=words):
            await scale.read()
        sim.fault = 0

        assert (await scale.read()).weight_g == 500


async def test_carats_are_named_and_never_converted() -> None:
    async with SimScale() as sim, open_on(sim, answer_wait_ms=400) as scale:
        sim.set_load(500)
        sim.unit = 4

        with pytest.raises(DeviceGarbled, match="unit 4 is no unit of a shop"):
            await scale.read()


async def test_it_takes_no_orders_and_says_which_key_to_press() -> None:
    async with SimScale() as sim, open_on(sim) as scale:
        with pytest.raises(Refused, match="press its zero key") as refused:
            await scale.zero()

    assert refused.value.code == "device_unfit"


async def test_a_plain_file_is_no_scale(tmp_path: Path) -> None:
    port = tmp_path / "file"
    port.touch()
    node = HidrawPort(
        str(port), report_bytes=6, device="it", clock=SystemClock(), on_bytes=lambda *_: None
    )

    with pytest.raises(DeviceGone):
        await node.start()
    with pytest.raises(DeviceSlow):
        node.write(b"W")


def test_sysfs_tells_which_very_scale_it_is(tmp_path: Path) -> None:
    device = tmp_path / "class" / "hidraw" / "hidraw3" / "device"
    device.mkdir(parents=True)
    text = "DRIVER=hid-generic\nHID_ID=0003:00000922:00008003\nHID_NAME=DYMO M10\nHID_UNIQ=0071\n"
    (device / "uevent").write_text(text, encoding="ascii")
    node = tmp_path / "hidraw3"
    node.touch()
    link = tmp_path / "scale1"
    link.symlink_to(node)

    assert load_hid_identity(str(link), sys_dir=tmp_path) == "DYMO M10 0922:8003 0071"
    assert load_hid_identity(str(tmp_path / "hidraw4"), sys_dir=tmp_path) == ""


async def test_what_sysfs_does_not_know_goes_by_the_name_of_its_node(tmp_path: Path) -> None:
    async with SimScale(tmp_path / "hidraw") as sim, open_on(sim) as scale:
        sim.set_load(5)

        assert (await scale.read()).identity == str(tmp_path / "hidraw")

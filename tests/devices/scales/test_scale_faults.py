"""What goes wrong around a scale's cable: other programs, rights that come later, cables pulled."""

from __future__ import annotations

import asyncio
import fcntl
import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cext.errors import DeviceGone, DeviceSlow
from edge.sim.toledo_8217_scale import SimScale as ToledoScale
from tests.devices.conftest import supervised
from tests.devices.scales.conftest import NOBODY, make_sim, open_on

PATIENCE_S = 10
KINDS = ("toledo_8217_scale", "sma_scale", "hid_scale")
cables = pytest.mark.parametrize("kind", KINDS)


@contextmanager
def as_anybody() -> Iterator[None]:
    """Without the rights of the superuser, who may open anything."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


@cables
async def test_two_programs_cannot_hold_one_scale_and_the_second_gets_it_when_it_is_free(
    kind: str, tmp_path: Path
) -> None:
    async with make_sim(kind, tmp_path) as sim, asyncio.timeout(PATIENCE_S):
        sim.set_load(345)
        async with open_on(sim) as first:
            with pytest.raises(DeviceGone) as refused:
                async with open_on(sim):
                    pass
            assert (await first.read()).weight_g == 345

        async with open_on(sim) as second:
            assert (await second.read()).weight_g == 345

    assert refused.value.detail.startswith(sim.path + ": ")
    assert "another program" in refused.value.detail


@cables
async def test_a_port_kept_by_another_program_is_named_and_taken_when_it_is_free(
    kind: str, tmp_path: Path
) -> None:
    async with make_sim(kind, tmp_path) as sim, asyncio.timeout(PATIENCE_S):
        terminal = Path(sim.path).resolve()
        terminal.chmod(0o666)
        tmp_path.chmod(0o755)
        keeper = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
        fcntl.ioctl(keeper, termios.TIOCEXCL)  # whoever opens it now gets EBUSY
        try:
            with as_anybody():
                async with supervised({"scale": {**sim.table(), "port": str(terminal)}}) as (
                    devices,
                    heard,
                ):
                    gone = await heard.until_state("scale", "gone")
                    fcntl.ioctl(keeper, termios.TIOCNXCL)
                    await heard.until_state("scale", "ready")
                    sim.set_load(345)
                    assert (await devices.get_scale("scale").read()).weight_g == 345
        finally:
            os.close(keeper)

    assert any(word in gone.detail for word in ("busy", "another program"))


@cables
async def test_rights_that_come_after_the_node_are_waited_for(kind: str, tmp_path: Path) -> None:
    async with make_sim(kind, tmp_path) as sim, asyncio.timeout(PATIENCE_S):
        terminal = Path(sim.path).resolve()
        terminal.chmod(0)
        user = os.geteuid()
        with as_anybody():
            async with supervised({"scale": {**sim.table(), "port": str(terminal)}}) as (
                devices,
                heard,
            ):
                gone = await heard.until_state("scale", "gone")
                os.seteuid(user)
                terminal.chmod(0o666)
                await heard.until_state("scale", "ready")
                sim.set_load(345)
                assert (await devices.get_scale("scale").read()).weight_g == 345

    assert "no right" in gone.detail


@cables
async def test_a_scale_that_froze_is_slow_and_good_again_when_it_wakes(
    kind: str, tmp_path: Path
) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        supervised({"scale": {**sim.table(), "answer_wait_ms": 400}}) as (devices, heard),
        asyncio.timeout(PATIENCE_S),
    ):
        await heard.until_state("scale", "ready")
        sim.silent = True
        with pytest.raises(DeviceSlow):
            await devices.get_scale("scale").read()
        gone = await heard.until_state("scale", "gone")
        sim.silent = False
        sim.set_load(345)

        assert (await devices.get_scale("scale").read()).weight_g == 345
        await heard.until_state("scale", "ready")

    assert "does not answer" in gone.detail


async def test_a_scale_that_is_silent_holds_up_no_other(tmp_path: Path) -> None:
    folders = [tmp_path / name for name in ("a", "b")]
    for folder in folders:
        folder.mkdir()
    async with (
        ToledoScale(folders[0] / "scale") as silent,
        ToledoScale(folders[1] / "scale") as talking,
        open_on(silent, answer_wait_ms=5_000) as one,
        open_on(talking) as other,
        asyncio.timeout(PATIENCE_S),
    ):
        silent.silent = True
        talking.set_load(345)
        waiting = asyncio.ensure_future(one.read())
        weights = [(await other.read()).weight_g for _ in range(20)]

        assert not waiting.done()
        waiting.cancel()

    assert weights == [345] * 20

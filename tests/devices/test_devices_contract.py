"""What every row of KINDS keeps, told over its simulator. A new driver needs no edit here."""

from __future__ import annotations

import asyncio
import contextlib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from cext.errors import ConfigError, DeviceGarbled, DeviceGone, DeviceSlow, OutsideError
from cext.kit.clock import SystemClock
from cext.lang.money import Currency
from edge.devices import KINDS, Label, decode_settings
from tests.devices.conftest import WatchedClock, supervised

pytestmark = pytest.mark.parametrize("kind", KINDS)
PATIENCE_S = 10
LABEL = Label(name="Milk", currency=Currency(code="CNY"), price_minor=1290, ean="4006381333931")


def make_sim(kind: str, folder: Path) -> Any:
    return import_module(f"edge.sim.{kind}").make_sim(folder)


def open_driver(kind: str, sim: Any, **more: object) -> Any:
    settings = decode_settings({"it": {**sim.table(), **more}})["it"]
    return import_module(KINDS[kind]).open(settings, device="it", clock=SystemClock())


async def use(device: Any) -> None:
    """Ask the device for what it is there for."""
    if hasattr(device, "scans"):
        await anext(device.scans())
    elif hasattr(device, "read"):
        await device.read()
    elif hasattr(device, "print_labels"):
        await device.print_labels((LABEL,))
    elif hasattr(device, "show"):
        await device.show("Milk", "12.90")
    else:
        await device.print(b"\x1b@one line\n\x1dVB\x00")


async def be_quiet(sim: Any) -> None:
    """Let the simulator answer nothing more; a scanner nobody uses is quiet by itself."""
    for switch in ("silent", "frozen"):
        if hasattr(sim, switch):
            setattr(sim, switch, True)


async def test_settings_refuse_an_unknown_key(kind: str, tmp_path: Path) -> None:
    async with make_sim(kind, tmp_path) as sim:
        table = {**sim.table(), "pord": "x"}

    with pytest.raises(ConfigError) as refused:
        decode_settings({"it": table})

    assert "devices.it.pord: unknown key; did you mean 'port'?" in refused.value.problems


async def test_opening_a_missing_device_raises_gone(kind: str, tmp_path: Path) -> None:
    async with make_sim(kind, tmp_path) as sim, asyncio.timeout(PATIENCE_S):
        await sim.unplug()

        with pytest.raises(DeviceGone) as gone:
            async with open_driver(kind, sim):
                pass

    assert gone.value.facts["device"] == "it"


async def test_unplugging_while_it_is_used_raises_gone(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        asyncio.timeout(PATIENCE_S),
        open_driver(kind, sim, **patient(kind)) as device,
    ):
        await be_quiet(sim)
        async with asyncio.TaskGroup() as group:
            using = group.create_task(expect(DeviceGone, device))
            await asyncio.sleep(0)
            await sim.unplug()
        assert using.result()


def patient(kind: str) -> dict[str, object]:
    """Settings that make the driver wait longer than the test takes."""
    settings = import_module(KINDS[kind]).Settings
    return {"answer_wait_ms": 5_000} if "answer_wait_ms" in settings.__struct_fields__ else {}


async def expect(error: type[Exception], device: Any) -> bool:
    with pytest.raises(error):
        await use_on(device)
    return True


def never_answers(device: Any) -> bool:
    """Whether nothing ever comes back from it: a display, a printer behind a file."""
    return hasattr(device, "show") or not getattr(device, "answers", True)


async def use_on(device: Any) -> None:
    """Use it once; one that never answers is used until it is gone."""
    await use(device)
    while never_answers(device):
        await use(device)
        await asyncio.sleep(0)


async def test_a_device_can_be_opened_again_and_again(kind: str, tmp_path: Path) -> None:
    async with make_sim(kind, tmp_path) as sim, asyncio.timeout(PATIENCE_S):
        for _ in range(3):
            async with open_driver(kind, sim) as device:
                if hasattr(device, "scans"):
                    await sim.type("96385074")
                await use(device)


async def test_garbage_is_refused_clearly_and_does_not_block(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        asyncio.timeout(PATIENCE_S),
        open_driver(kind, sim) as device,
    ):
        if never_answers(device):
            pytest.skip("it never answers")
        await sim.garble()

        with pytest.raises(DeviceGarbled) as garbled:
            await use(device)

    assert len(garbled.value.detail) > 4


async def test_cancelling_ends_within_a_second(kind: str, tmp_path: Path) -> None:
    loop = asyncio.get_running_loop()
    async with make_sim(kind, tmp_path) as sim, asyncio.timeout(PATIENCE_S):
        async with open_driver(kind, sim, **patient(kind)) as device:
            await be_quiet(sim)
            began_s = loop.time()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.05):
                    await use(device)

        assert loop.time() - began_s < 1


async def test_silence_is_not_an_answer(kind: str, tmp_path: Path) -> None:
    async with make_sim(kind, tmp_path) as sim, asyncio.timeout(PATIENCE_S):
        quick = {"answer_wait_ms": 100} if patient(kind) else {}
        async with open_driver(kind, sim, **quick) as device:
            await be_quiet(sim)
            if hasattr(device, "scans") or never_answers(device):
                pytest.skip("it need not answer")

            with pytest.raises(DeviceSlow):
                await use(device)


async def test_a_flood_is_bounded_and_told(kind: str, tmp_path: Path) -> None:
    async with (
        make_sim(kind, tmp_path) as sim,
        asyncio.timeout(PATIENCE_S),
        open_driver(kind, sim) as device,
    ):
        if not hasattr(device, "scans"):
            pytest.skip("it speaks only when asked")
        for number in range(1_000):
            await sim.type(f"{number:013}")  # more than the port holds: the driver had to read
        taken, told = [], ""
        while not taken or taken[-1].text != "the last one":
            try:
                taken.append(await anext(device.scans()))
            except DeviceGarbled as exc:
                told = told or exc.code
                await sim.type("the last one")
            except DeviceGone as exc:  # on a busy machine the loop itself comes too late
                told = "flooded" if "faster than they were taken" in exc.detail else exc.code
                break

    assert len(taken) < 1_000
    assert told in {"scans_lost", "flooded"}


async def test_going_and_coming_back_is_logged_once_each(kind: str, tmp_path: Path) -> None:
    clock = WatchedClock()
    with capture_logs() as logs:
        async with (
            make_sim(kind, tmp_path) as sim,
            supervised({"it": sim.table()}, clock=clock) as (_, heard),
        ):
            await heard.until_state("it", "ready")
            await sim.unplug()
            await heard.until_state("it", "gone")
            attempts = clock.looks_n + 4
            async with asyncio.timeout(PATIENCE_S):
                await clock.looked.until(lambda: clock.looks_n >= attempts)
            await sim.plug()
            await heard.until_state("it", "ready")

    events = [entry["event"] for entry in logs if entry["event"].startswith("device_")]
    assert events == ["device_found", "device_lost", "device_found"]


async def test_using_a_device_that_is_away_says_so_at_once(kind: str, tmp_path: Path) -> None:
    async with make_sim(kind, tmp_path) as sim:
        await sim.unplug()
        async with supervised({"it": sim.table()}) as (devices, heard):
            await heard.until(lambda: bool(heard.states))
            if kind.endswith("scanner"):
                assert devices.states()[0].state == "gone"
                return
            if kind.endswith("label_printer"):
                handle: Any = devices.get_label_printer("it")
            elif kind.endswith("printer"):
                handle = devices.get_printer("it")
            elif kind.endswith("display"):
                handle = devices.get_display("it")
            else:
                handle = devices.get_scale("it")
            with pytest.raises(OutsideError) as gone:
                await use(handle)

    assert isinstance(gone.value, DeviceGone)

"""64 devices on one box: what keeping them open costs, and what asking every scale costs."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec

from bench.devices_box import Lateness, Plan
from bench.figure import Figure, figure
from bench.process import cpu_ms, resident_mb
from edge.sim.ascii_lines_scale import SimScale as SpeakingScale
from edge.sim.dialog_scale import SimScale as DialogScale
from edge.sim.enq_dc1_scale import SimScale as EnqScale
from edge.sim.escpos_tcp_printer import SimPrinter
from edge.sim.hid_pos_scanner import SimHidPosScanner
from edge.sim.hid_scale import SimScale as HidScale
from edge.sim.nci_scale import SimScale as NciScale
from edge.sim.serial_scanner import SimScanner
from edge.sim.toledo_8217_scale import SimScale as ToledoScale
from edge.sim.vfd_display import SimDisplay

MEASURED_S = 20.0
SETTLE_S = 3.0
READY_WAIT_S = 60.0
SPEAKS_EVERY_S = 0.1  # ten lines a second, as indicators are set
# 64 in all. Some kinds are asked, two speak by themselves.
ASKED = {"toledo": (ToledoScale, 6), "enq": (EnqScale, 6), "nci": (NciScale, 6)}
ASKED_LONG = {"dialog": (DialogScale, 6)}
SPEAKING = {"lines": (SpeakingScale, 6), "hid": (HidScale, 2)}
OTHERS = {
    "scanner": (SimScanner, 8),
    "hid_scanner": (SimHidPosScanner, 4),
    "printer": (SimPrinter, 10),
    "display": (SimDisplay, 10),
}
CORE_SHARE_MS = 50.0  # 5 % of a core


def measure() -> list[Figure]:
    """CPU of a process that holds 64 devices, idle and with every scale asked twice a second."""
    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(_measure(Path(name)))


async def _measure(folder: Path) -> list[Figure]:
    async with AsyncExitStack() as stack:
        tables, scales = await _plug_in(stack, folder)
        idle_ms, size_mb, _ = await _hold(Plan(tables))
        polled_ms, _, busy = await _hold(Plan(tables, tuple(scales)))
        next(iter(scales.values())).silent = True
        _, _, silent = await _hold(Plan(tables, tuple(scales)))
    polled_n, others_n = busy.weights_n / MEASURED_S, silent.weights_n / MEASURED_S
    return [
        figure("devices_64_idle_cpu", idle_ms, "ms/s", goal=("<=", CORE_SHARE_MS)),
        figure("devices_64_polled_cpu", polled_ms, "ms/s", goal=("<=", CORE_SHARE_MS)),
        figure("devices_64_resident", size_mb, "MB"),
        figure("devices_64_weights", polled_n, "weights/s"),
        figure(
            "devices_64_one_silent_weights",
            others_n,
            "weights/s",
            against="all scales answer",
            against_value=polled_n,
            goal=(">=", 0.9),
        ),
        figure("devices_64_polled_late_p99", busy.p99_ms, "ms"),
        figure("devices_64_one_silent_late_p99", silent.p99_ms, "ms"),
    ]


async def _plug_in(
    stack: AsyncExitStack, folder: Path
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """(tables of all devices, the scales by their names), every one with its simulator."""
    tables: dict[str, dict[str, Any]] = {}
    scales: dict[str, Any] = {}
    for kinds in (ASKED, ASKED_LONG, SPEAKING, OTHERS):
        for kind, (sim_class, number) in kinds.items():
            for index in range(number):
                name = f"{kind}{index}"
                sim = await stack.enter_async_context(_make(sim_class, folder / name))
                tables[name] = sim.table()
                if kinds is not OTHERS:
                    sim.set_load(386)
                    scales[name] = sim
    return tables, scales


def _make(sim_class: Any, link: Path) -> Any:
    if sim_class is SimPrinter:
        return sim_class()
    if sim_class in (SpeakingScale, HidScale):
        return sim_class(link, every_s=SPEAKS_EVERY_S)
    return sim_class(link)


async def _hold(plan: Plan) -> tuple[float, float, Lateness]:
    """(CPU ms a second, resident MB, lateness) of a process that keeps the plan's devices open."""
    box = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.devices_box", stdin=PIPE, stdout=PIPE
    )
    try:
        async with asyncio.timeout(READY_WAIT_S + SETTLE_S + MEASURED_S + READY_WAIT_S):
            return await _watch(box, plan)
    finally:
        if box.returncode is None:
            box.kill()
            await box.wait()


async def _watch(box: Process, plan: Plan) -> tuple[float, float, Lateness]:
    if box.stdin is None or box.stdout is None:
        raise RuntimeError("the box has no pipes")
    box.stdin.write(msgspec.json.encode(plan) + b"\n")
    if await box.stdout.readline() != b"ready\n":
        raise RuntimeError("the devices did not come up")
    await asyncio.sleep(SETTLE_S)
    before_ms = await asyncio.to_thread(cpu_ms, box.pid)
    await asyncio.sleep(MEASURED_S)
    after_ms = await asyncio.to_thread(cpu_ms, box.pid)
    size_mb = await asyncio.to_thread(resident_mb, box.pid)
    box.stdin.close()
    told = msgspec.json.decode(await box.stdout.readline(), type=Lateness)
    await box.wait()
    return (after_ms - before_ms) / MEASURED_S, size_mb, told

"""The device side of a box alone, in a process of its own: `python -m bench.devices_box`.

Reads one line of JSON: the tables of the devices, and the names of the scales to ask. Says `ready`
once every device is, and when its standard input ends one line of JSON: how late the loop was.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import sys
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from bench.figure import percentile
from cext.errors import ShopError
from cext.kit.clock import SystemClock
from edge.devices import Devices, DeviceState, decode_settings

ASK_EVERY_S = 0.5
LOOK_EVERY_S = 0.05


class Plan(Struct, frozen=True):
    """What the box has, and which of its scales are asked every ASK_EVERY_S."""

    tables: dict[str, dict[str, Any]]
    asked: tuple[str, ...] = ()


class Lateness(Struct, frozen=True):
    """How late the loop woke up, and how many weights came."""

    p99_ms: float
    weights_n: int


async def run(plan: Plan, lines: asyncio.StreamReader) -> Lateness:
    """Keep all devices open until `lines` ends."""
    settings = decode_settings(plan.tables)
    waiting = set(settings)
    all_ready = asyncio.Event()

    def on_state(state: DeviceState) -> None:
        if state.state == "ready":
            waiting.discard(state.device)
        if not waiting:
            all_ready.set()

    devices = Devices(settings, SystemClock(), on_scan=lambda _scan: None, on_state=on_state)
    late_ms: list[float] = []
    weights: list[int] = []
    try:
        async with asyncio.TaskGroup() as group:
            devices.run(group)
            async with asyncio.timeout(60):
                await all_ready.wait()
            gc.collect()
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            for name in plan.asked:
                group.create_task(_ask(devices, name, weights))
            group.create_task(_look(late_ms))
            await _end_with(lines)
    except* _Over:
        pass  # the parent has seen enough
    return Lateness(percentile(late_ms, 0.99), len(weights))


class _Over(Exception):
    """Ends everything."""


async def _end_with(lines: asyncio.StreamReader) -> None:
    await lines.read()
    raise _Over


async def _ask(devices: Devices, name: str, weights: list[int]) -> None:
    scale = devices.get_scale(name)
    while True:
        with contextlib.suppress(ShopError):  # a silent scale is part of the bench
            weight = await scale.read()
            weights.append(weight.weight_g or 0)
        await asyncio.sleep(ASK_EVERY_S)


async def _look(late_ms: list[float]) -> None:
    loop = asyncio.get_running_loop()
    while True:
        due_s = loop.time() + LOOK_EVERY_S
        await asyncio.sleep(LOOK_EVERY_S)
        late_ms.append((loop.time() - due_s) * 1000)


async def main() -> None:
    """Read the plan, run it, say how late the loop was."""
    lines = asyncio.StreamReader(limit=1 << 20)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    plan: Any = msgspec.json.decode(await lines.readline(), type=Plan)
    told = await run(plan, lines)
    sys.stdout.write(msgspec.json.encode(told).decode() + "\n")


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    asyncio.run(main())

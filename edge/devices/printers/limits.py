"""What every printer with a wire shares: jobs that end in time or end the wire, and the drawer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from cext.errors import DeviceSlow, OutsideError
from edge.devices.ports import PrinterStatus
from edge.devices.printers.wire import Wire

DRAWER_WAIT_S = 1.0


@asynccontextmanager
async def end_in_time(
    wire: Wire, wait_ms: int, *, last: bytes, who: str = "printer"
) -> AsyncIterator[None]:
    """Let something take `wait_ms` at most; whatever stops it ends the wire, with the reason.

    `last` tells the printer to forget what it holds, which would come out before the next try.
    Raises DeviceSlow job_slow.
    """
    error: OutsideError | None = None
    done = False
    try:
        async with asyncio.timeout(wait_ms / 1000):
            yield
        done = True
    except TimeoutError as exc:
        detail = f"The {who} did not finish within {wait_ms} ms."
        error = DeviceSlow("job_slow", detail, device=wire.site.device)
        raise error from exc
    except OutsideError as exc:
        error = exc
        raise
    finally:
        if not done:
            wire.abort(error, last=last)


async def wait_open(
    wire: Wire,
    ask: Callable[[], Awaitable[PrinterStatus]],
    wait_news: Callable[[float], Awaitable[object]],
) -> None:
    """Believe the drawer's sensor: it must be open within a second, else DeviceSlow drawer_stuck.

    `wait_news(s)` returns when the printer told something, or after so long.
    """
    loop = asyncio.get_running_loop()
    until_s = loop.time() + DRAWER_WAIT_S
    while not (await ask()).drawer_open:
        left_s = until_s - loop.time()
        if left_s <= 0:
            detail = "The drawer got its pulse but did not open: is it locked or unplugged?"
            raise DeviceSlow("drawer_stuck", detail, device=wire.site.device)
        await wait_news(min(left_s, DRAWER_WAIT_S / 10))

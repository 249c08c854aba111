"""Word to systemd: ready, stopping, and a watchdog fed only by a loop that really works."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger(__name__)


def notify(state: str) -> bool:
    """Send `state` ("READY=1", "STOPPING=1", "WATCHDOG=1") to systemd; False when it is not there.

    The protocol is one datagram to the socket named in NOTIFY_SOCKET (sd_notify(3)).
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    if address.startswith("@"):
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        out.setblocking(False)
        out.connect(address)
        out.send(state.encode())
    return True


def watchdog_wait_s() -> float | None:
    """A third of the watchdog's limit (sd_watchdog_enabled(3)), or None when there is none."""
    limit_us = os.environ.get("WATCHDOG_USEC", "")
    return int(limit_us) / 3_000_000 if limit_us.isdigit() else None


async def feed_watchdog(prove: Callable[[], Awaitable[None]]) -> None:
    """Feed the watchdog as long as `prove` (a real, durable act) succeeds in time.

    Returns at once without a watchdog. When `prove` hangs or fails, nothing is sent and systemd
    restarts the daemon: that is its purpose.
    """
    wait_s = watchdog_wait_s()
    if wait_s is None:
        return
    while True:
        async with asyncio.timeout(wait_s * 2):
            await prove()
        notify("WATCHDOG=1")
        await asyncio.sleep(wait_s)

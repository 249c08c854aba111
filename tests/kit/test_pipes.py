"""Clock, systemd word and supervision."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from cext.errors import Broken, DeviceGone
from cext.kit.clock import ClockWheel, SteeredClock
from cext.kit.notify import feed_watchdog, notify
from cext.kit.supervise import Backoff, run_supervised


def test_given_the_wheel_is_turned_then_the_steered_clock_reads_it_and_ticks_on(
    tmp_path: Path,
) -> None:
    wheel = ClockWheel(tmp_path / "offset")
    clock = SteeredClock(tmp_path / "offset")
    wheel.set_now(1_500_000_000_000)
    first, second = clock.now_ms(), clock.now_ms()
    assert 1_500_000_000_000 <= first <= second < 1_500_000_060_000


def test_given_no_systemd_then_notify_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert notify("READY=1") is False


async def test_given_a_watchdog_then_it_is_fed_only_after_the_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "30000")
        proofs_n = 0

        async def prove() -> None:
            nonlocal proofs_n
            proofs_n += 1
            if proofs_n == 3:
                raise Broken("disk_stuck")

        with pytest.raises(Broken):
            await feed_watchdog(prove)
        fed = [systemd.recv(64), systemd.recv(64)]
        with pytest.raises(BlockingIOError):
            systemd.recv(64)
    assert fed == [b"WATCHDOG=1"] * 2


async def test_given_an_outage_then_it_is_logged_once_when_gone_and_once_when_back() -> None:
    tries_n = 0

    async def work(works: Callable[[], None]) -> None:
        nonlocal tries_n
        tries_n += 1
        if tries_n < 4:
            raise DeviceGone("printer_gone", "cable")
        works()

    with capture_logs() as lines:
        async with asyncio.timeout(5):
            await run_supervised("printer", work, first_wait_s=0.001, longest_wait_s=0.002)
    assert [line["event"] for line in lines] == ["outage_began", "outage_ended"]


async def test_given_our_own_fault_then_supervision_does_not_hide_it() -> None:
    async def work(_works: Callable[[], None]) -> None:
        raise Broken("sum_wrong")

    with pytest.raises(Broken):
        await run_supervised("link", work)


def test_given_failures_then_waits_double_up_to_the_limit() -> None:
    backoff = Backoff(first_wait_s=1, longest_wait_s=4)
    waits_s = [backoff.next_wait_s() for _ in range(5)]
    bounds_s = [1, 2, 4, 4, 4]
    assert all(b * 0.75 <= w <= b * 1.25 for w, b in zip(waits_s, bounds_s, strict=True))

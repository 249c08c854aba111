"""A keyboard scanner at full speed: from the last key until the lane has the line on disk."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
import time
import tty
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from bench.figure import Figure, figure, percentile
from bench.sale import make_sale
from bench.stage import STORE, make_book
from cext.kit.clock import SystemClock
from edge.box import Box
from edge.config import Settings
from edge.devices import Devices, DeviceState, decode_settings
from edge.furnish import open_box
from edge.journal import Draft
from edge.sales import Counter, Desk, ScanNews, Shop
from edge.sales.views import News
from edge.sim.keyboard_scanner import encode_events
from edge.sim.scanner_keys import TERMINATOR_KEYS, as_events, type_text

SCANS_N = 1_000
KEY_S = 0.002
BURSTS_N = 100  # two codes each, both in the node before anybody reads
BURST_S = 0.06
BLOCK_N = 100  # codes while a sale closes every 10 ms, then as many while they never pause
SALES_PAUSE_S = 0.01
BASKET_LINES_N = 20
END_WAIT_S = 10.0
LAST_WAIT_S = 5.0


class Typed(Struct):
    """What the typist did: each code, and when its last key went into the node (monotonic ns)."""

    codes: list[str]
    ends_ns: list[int]


def measure() -> list[Figure]:
    """Percentiles from the last key to the lane's event, and how many scans were lost."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with tempfile.TemporaryDirectory() as name:
        typed, heard, sales_ms = asyncio.run(_scan_and_sell(Path(name)))
    pairs = list(_pairs(typed, heard))
    # The scans of a burst wait for each other: they count as lost or found, not as late.
    paced_ms: list[float] = []
    unpaused_ms: list[float] = []
    for typed_at, at in pairs:
        if typed_at < SCANS_N:
            waits_ms = unpaused_ms if _is_unpaused(typed_at) else paced_ms
            waits_ms.append((heard[at][1] - typed.ends_ns[typed_at]) / 1e6)
    wrong_n = len(typed.codes) + len(heard) - 2 * len(pairs)
    return [
        figure("scanner_key_to_lane_p50", percentile(paced_ms, 0.5), "ms"),
        figure("scanner_key_to_lane_p99", percentile(paced_ms, 0.99), "ms", goal=("<=", 5)),
        figure("scanner_key_to_lane_unpaused_p99", percentile(unpaused_ms, 0.99), "ms"),
        figure("scanner_scans_lost", wrong_n, "scans", goal=("<=", 0)),
        figure("scanner_sales_meanwhile", len(sales_ms), "sales"),
        figure("scanner_sale_commit_p99", percentile(sales_ms, 0.99), "ms"),
    ]


def _is_unpaused(scan: int) -> bool:
    """Whether sales close without a pause while this scan is typed."""
    return scan // BLOCK_N % 2 == 1


def _pairs(typed: Typed, heard: Sequence[tuple[str, int]]) -> Iterator[tuple[int, int]]:
    """Places of the same scan in both; what is in no pair is missing, doubled or out of order."""
    codes = [code for code, _ in heard]
    for block in SequenceMatcher(None, typed.codes, codes, autojunk=False).get_matching_blocks():
        yield from ((block.a + at, block.b + at) for at in range(block.size))


async def _scan_and_sell(folder: Path) -> tuple[Typed, list[tuple[str, int]], list[float]]:
    """Scan while another lane closes one sale after the other; (typed, heard, ms of each)."""
    book = folder / "book.json"
    book.write_bytes(msgspec.json.encode(make_book(SCANS_N)))
    settings = Settings(
        store=STORE,
        zone="Asia/Shanghai",
        currency="CNY",
        state_dir=str(folder / "edge"),
        price_book_file=str(book),
    )
    heard: list[tuple[str, int]] = []
    async with open_box(settings, SystemClock()) as box:
        counter = _make_counter(box, heard)
        await counter.get_lane("1").open("w")
        typist = await asyncio.to_thread(_start_typist)
        sales_ms: list[float] = []
        async with asyncio.TaskGroup() as group:
            tasks = [
                *_run_scanner(group, counter, typist),
                group.create_task(_sell_on(box, heard, sales_ms)),
                group.create_task(_cancel_on(counter, heard)),
            ]
            typed = await asyncio.to_thread(_hear_typist, typist)
            await asyncio.sleep(LAST_WAIT_S)  # what is missing then is lost
            for task in tasks:
                task.cancel()
        await asyncio.to_thread(typist.communicate, None, END_WAIT_S)  # it holds the terminal
    return typed, heard, sales_ms


def _make_counter(box: Box, heard: list[tuple[str, int]]) -> Counter:
    """A counter of one lane on the box's own journal, drafts and books, that notes its scans."""

    def tell(news: News) -> None:
        if isinstance(news, ScanNews) and news.outcome == "added":
            heard.append((news.code, time.monotonic_ns()))

    counter = Counter(
        Desk(
            shop=Shop(store=STORE, currency="CNY", zone="Asia/Shanghai", day_change_hour=0),
            clock=box.clock,
            journal=box.journal,
            drafts=box.drafts,
            books=box.books,
            receipts=box.receipts,
            tell=tell,
        )
    )
    counter.add_lane("1", scanner="s")
    return counter


def _run_scanner(
    group: asyncio.TaskGroup, counter: Counter, typist: subprocess.Popen[bytes]
) -> list[asyncio.Task[None]]:
    """The real driver under the real supervisor; the typist begins when it is open."""

    def on_state(state: DeviceState) -> None:
        if state.state == "ready" and typist.stdin is not None:
            os.write(typist.stdin.fileno(), b"\n")

    assert typist.stdout is not None
    port = typist.stdout.readline().decode().strip()
    # A typist who is kept waiting by other programs pauses within a code; no scanner does.
    tables = {"s": {"kind": "keyboard_scanner", "port": port, "silence_ms": 5_000}}
    devices = Devices(
        decode_settings(tables),
        SystemClock(),
        on_scan=counter.on_scan,
        on_state=on_state,
        on_garbled=lambda *a: print(a, file=sys.stderr),
    )

    async def run() -> None:
        async with asyncio.TaskGroup() as inner:
            devices.run(inner)

    return [group.create_task(run()), *counter.run_scanners(group)]


async def _sell_on(box: Box, heard: list[tuple[str, int]], sales_ms: list[float]) -> None:
    """Keep the journal committing: a hundred sales a second, then as many as it takes."""
    while True:
        sale = Draft(make_sale(len(sales_ms) + 1), lane="2", worker="w")
        began_ns = time.monotonic_ns()
        await box.journal.append([sale])
        sales_ms.append((time.monotonic_ns() - began_ns) / 1e6)
        if not _is_unpaused(len(heard)):
            await asyncio.sleep(SALES_PAUSE_S)


async def _cancel_on(counter: Counter, heard: list[tuple[str, int]]) -> None:
    """Empty the basket now and then, as a basket of a thousand lines is none."""
    done_n = 0
    while True:
        if len(heard) - done_n >= BASKET_LINES_N:
            done_n = len(heard)
            await counter.get_lane("1").cancel(reason="bench")
        await asyncio.sleep(0.01)


def _start_typist() -> subprocess.Popen[bytes]:
    """A process of its own, so that it does not wait for our interpreter."""
    return subprocess.Popen(
        [sys.executable, "-m", "bench.scanners"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def _hear_typist(typist: subprocess.Popen[bytes]) -> Typed:
    assert typist.stdout is not None
    return msgspec.json.decode(typist.stdout.readline(), type=Typed)


def _type() -> Typed:
    """Type every code key by key into a pseudo-terminal, then bursts of two at once."""
    near, far = os.openpty()
    tty.setraw(near)
    tty.setraw(far)
    sys.stdout.write(os.ttyname(far) + "\n")
    sys.stdout.flush()
    sys.stdin.readline()
    typed = Typed([], [])
    items = [item.codes[0] for item in make_book(SCANS_N).items]
    at_s = time.monotonic() + 0.1
    for code in items:
        for pressed, released in _strokes(code):
            time.sleep(max(0.0, at_s - time.monotonic()))
            at_s += KEY_S
            os.write(near, encode_events(as_events((pressed, released))))
        typed.codes.append(code)
        typed.ends_ns.append(time.monotonic_ns())
    for first in range(0, 2 * BURSTS_N, 2):
        time.sleep(BURST_S)
        pair = items[first : first + 2]
        keys = [key for code in pair for stroke in _strokes(code) for key in stroke]
        os.write(near, encode_events(as_events(keys)))
        typed.codes += pair
        typed.ends_ns += [time.monotonic_ns()] * 2
    return typed


def _strokes(code: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    keys = type_text(code, "US") + TERMINATOR_KEYS["enter"]
    return list(zip(keys[::2], keys[1::2], strict=True))


if __name__ == "__main__":  # the typist of `_start_typist`
    sys.stdout.buffer.write(msgspec.json.encode(_type()) + b"\n")
    sys.stdout.flush()
    sys.stdin.read()  # the terminal goes with this process

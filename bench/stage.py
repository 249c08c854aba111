"""The three real daemons on loopback for one bench, each in its own process."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from cext.engine import with_check_digit
from cext.lang.item import Item, PriceBook
from edge.sim.week.process import free_port
from edge.sim.week.stage import toml

STORE = "b1"
READY_WAIT_S = 60.0
LOOK_S = 0.01


class Daemons:
    """Config files, credentials and processes in one folder; `stop` ends them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hub_port, self.edge_port, self.broker_port = (free_port() for _ in range(3))
        self.hub_config = self._write("hub.toml", {
            "state_dir": str(folder / "hub"),
            "log": {"level": "error"},
            "api": {"port": self.hub_port},
            "broker": {"port": self.broker_port},
        })  # fmt: skip
        self.edge_config = folder / "edge.toml"
        self._running: list[subprocess.Popen[bytes]] = []

    def add_store(self, *, price_book: Path | None = None) -> None:
        """Make the store's account, and the box's config."""
        said = self.command("hub", "store", "add", STORE, "--config", str(self.hub_config))
        self._write("edge.toml", {
            "store": STORE,
            "zone": "Asia/Shanghai",
            "currency": "CNY",
            "state_dir": str(self.folder / "edge"),
            "price_book_file": str(price_book) if price_book else "",
            "log": {"level": "error"},
            "api": {"port": self.edge_port},
            "link": {
                "enabled": True,
                "port": self.broker_port,
                "ca_file": str(self.folder / "hub" / "broker" / "ca.pem"),
                "password_file": said.splitlines()[-1],
            },
            "lanes": [{"id": "1"}],
        })  # fmt: skip

    def token(self, program: str, config: Path, *scopes: str) -> str:
        """A token made by the program's command."""
        asked = [part for scope in scopes for part in ("--scope", scope)]
        said = self.command(
            program, "token", "create", "--config", str(config), "--name", "bench", *asked
        )
        return said.splitlines()[-1]

    def command(self, *words: str) -> str:
        """What `python -m <words>` says; fails loudly."""
        done = subprocess.run(
            [sys.executable, "-m", *words], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def start(self, *words: str) -> int:
        """Start `python -m <words>`; its process id."""
        process = subprocess.Popen([sys.executable, "-m", *words], stderr=sys.stderr)
        self._running.append(process)
        return process.pid

    def start_broker(self) -> None:
        """Start the broker and wait for its port."""
        self.start("hub", "broker", "--config", str(self.hub_config))
        wait_until(lambda: _listens(self.broker_port), "the broker listens")

    def start_hub(self) -> int:
        """Start the hub and wait until it answers."""
        pid = self.start("hub", "run", "--config", str(self.hub_config))
        wait_until(lambda: fetch(self.hub_port, "/v1/health") is not None, "the hub answers")
        return pid

    def start_edge(self) -> int:
        """Start the box and wait until it answers."""
        pid = self.start("edge", "run", "--config", str(self.edge_config))
        wait_until(lambda: fetch(self.edge_port, "/v1/health") is not None, "the box answers")
        return pid

    def stop_last(self) -> None:
        """End the process that was started last."""
        process = self._running.pop()
        process.terminate()
        process.wait(20)

    def stop(self) -> None:
        """End everything, the last started first."""
        for process in reversed(self._running):
            process.terminate()
            process.wait(20)
        self._running.clear()

    def _write(self, name: str, table: dict[str, object]) -> Path:
        path = self.folder / name
        path.write_text(toml(table))
        return path


@contextmanager
def daemons(folder: Path) -> Iterator[Daemons]:
    """A `Daemons` whose processes end with the block."""
    stage = Daemons(folder)
    try:
        yield stage
    finally:
        stage.stop()


def fetch(port: int, path: str, *, token: str = "") -> dict[str, object] | None:
    """The JSON at `path`, or None while nobody answers."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=5) as reply:
            return msgspec.json.decode(reply.read(), type=dict[str, object])
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return None


def wait_until(is_true: Callable[[], bool], what: str, *, look_s: float = LOOK_S) -> None:
    """Return once `is_true()`, asked every `look_s`; RuntimeError after a minute."""
    end_s = time.monotonic() + READY_WAIT_S
    while not is_true():
        if time.monotonic() > end_s:
            raise RuntimeError(f"not in time: {what}")
        time.sleep(look_s)


def make_book(items_n: int) -> PriceBook:
    """A price book of `items_n` piece goods with EAN-13 codes of the in-store range."""
    items = tuple(_item(number) for number in range(items_n))
    return PriceBook(version="bench", store=STORE, currency="CNY", effective_ms=0, items=items)


def _item(number: int) -> Item:

    return Item(
        item=str(100_000 + number),
        name=f"Bench item {number}",
        price_minor=199 + number % 900,
        codes=(with_check_digit(f"20{number:010d}"),),
        department="GROCERY",
    )


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

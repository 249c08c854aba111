"""The stage of a replay: a folder, configs and credentials, and the three daemons.

Everything is made through the programs' own commands, as an installer would.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import shutil
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from cext.errors import ConfigError, OutsideError
from edge.config import LANE_ROLES
from edge.sim.week.process import Children, free_port, run_command
from edge.sim.week.trade import CURRENCY, ZONE

MARKER = ".storeline-replay"
HUB_PORT, EDGE_PORT, BROKER_PORT = 8710, 8711, 8883
# An abstract socket: gone with its process, however that ends (unix(7)).
CLAIM = "\0storeline-replay"
READY_WAIT_S = 60.0
LANE = "1"

EDGE = (sys.executable, "-m", "edge")
HUB = (sys.executable, "-m", "hub")

Table = Mapping[str, object]


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Where everybody listens, on the loopback. `claim` keeps the usual ports ours."""

    hub: int
    edge: int
    broker: int
    claim: socket.socket | None = None

    @classmethod
    def find(cls, *, usual: bool = True, name: str = CLAIM) -> Ports:
        """The usual ports where they are free, others where not; any free ones unless `usual`.

        Of several replays on one machine the first has the usual ports: those that start at the
        same moment would all see them free. `name` is what they agree by.
        """
        claim = _claim(name) if usual else None
        hub, edge, broker = (HUB_PORT, EDGE_PORT, BROKER_PORT) if claim else (0, 0, 0)
        return cls(hub=free_port(hub), edge=free_port(edge), broker=free_port(broker), claim=claim)

    def close(self) -> None:
        """Leave the usual ports to others."""
        if self.claim is not None:
            self.claim.close()


def _claim(name: str) -> socket.socket | None:
    """The socket of this name, or None when another process has it."""
    claim = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        claim.bind(name)
    except OSError:
        claim.close()
        return None
    return claim


class Folder:
    """The folder of one run. What an earlier run left in it is removed first."""

    def __init__(self, root: Path) -> None:
        """ConfigError when `root` holds anything that no replay made, or one is at work there."""
        self.root = root.absolute()
        marker = self.root / MARKER
        if self.root.exists() and not marker.exists() and any(self.root.iterdir()):
            message = f"{root}: not empty and not made by a replay; name another folder"
            raise ConfigError((message,))
        self.root.mkdir(parents=True, exist_ok=True)
        self._lock: TextIO = marker.open("a")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            self._lock.close()
            raise ConfigError((f"{root}: another replay is at work in this folder",)) from exc
        for left in self.root.iterdir():
            if left.is_dir():
                shutil.rmtree(left)
            elif left.name != MARKER:
                left.unlink()
        self.logs = self._make("logs")
        self.devices = self._make("devices")
        self.hub_state = self._make("hub")
        self.edge_state = self._make("edge")
        self.clock = self.root / "clock"
        self.hub_config = self.root / "hub.toml"
        self.edge_config = self.root / "edge.toml"

    def close(self) -> None:
        """Let another replay use the folder."""
        self._lock.close()

    def _make(self, name: str) -> Path:
        path = self.root / name
        path.mkdir()
        return path


def toml(table: Table) -> str:
    """`table` as TOML: plain values first, then tables and lists of tables, at any depth."""
    return "\n".join(_toml_lines(table, ())) + "\n"


def _toml_lines(table: Table, path: tuple[str, ...]) -> list[str]:
    tables = {name: value for name, value in table.items() if isinstance(value, dict | list)}
    # A JSON string, number or truth value is written the same way in TOML.
    lines = [f"{name} = {json.dumps(value)}" for name, value in table.items() if name not in tables]
    for name, value in tables.items():
        here = (*path, name)
        if isinstance(value, dict):
            lines += [f"\n[{'.'.join(here)}]", *_toml_lines(value, here)]
        elif isinstance(value, list):
            for one in value:
                lines += [f"\n[[{'.'.join(here)}]]", *_toml_lines(one, here)]
    return lines


def hub_settings(folder: Folder, ports: Ports) -> Table:
    """What the hub and the broker of the replay are told."""
    return {
        "state_dir": str(folder.hub_state),
        "api": {"port": ports.hub},
        "broker": {"port": ports.broker},
        "clock": {"steer_file": str(folder.clock)},
    }


def edge_settings(
    store: str, folder: Folder, ports: Ports, *, password_file: str, devices: Table
) -> Table:
    """What the box of the replay is told; `devices` are its device tables: scanner1, scale1 ..."""
    roles = {role: name for role in LANE_ROLES if (name := f"{role}1") in devices}
    return {
        "store": store,
        "zone": ZONE,
        "currency": CURRENCY,
        "state_dir": str(folder.edge_state),
        "api": {"port": ports.edge},
        "link": {
            "enabled": True,
            "port": ports.broker,
            "ca_file": str(folder.hub_state / "broker" / "ca.pem"),
            "password_file": password_file,
        },
        "receipt": {"shop_name": f"Storeline {store}"},
        "clock": {"steer_file": str(folder.clock)},
        "lanes": [{"id": LANE, **roles}],
        "devices": devices,
    }


async def make_token(program: tuple[str, ...], config: Path, name: str, *scopes: str) -> str:
    """A token from the program's own command."""
    asked = [part for scope in scopes for part in ("--scope", scope)]
    said = await run_command(
        *program, "token", "create", "--config", str(config), "--name", name, *asked
    )
    return said.strip().splitlines()[-1]


async def wait_port(children: Children, port: int) -> None:
    """Return once somebody listens on `port` of the loopback.

    OutsideError when a daemon ends instead, or nobody listens in time.
    """
    try:
        async with asyncio.timeout(READY_WAIT_S):
            while True:
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await children.check()
                    await asyncio.sleep(0.02)
                    continue
                writer.close()
                return
    except TimeoutError as exc:
        raise OutsideError("daemon_silent", f"nobody listens on port {port}") from exc


async def start_broker(children: Children, folder: Folder, ports: Ports, *, store: str) -> str:
    """Give the store an account and start the broker; the file of the store's password."""
    config = str(folder.hub_config)
    said = await run_command(*HUB, "store", "add", store, "--config", config)
    await children.start("broker", *HUB, "broker", "--config", config)
    await wait_port(children, ports.broker)
    return said.strip().splitlines()[-1]


async def start_daemon(
    children: Children, name: str, program: tuple[str, ...], config: Path, *, port: int
) -> None:
    """Start hub or edge; returns once its doors are open."""
    await children.start(name, *program, "run", "--config", str(config))
    await wait_port(children, port)

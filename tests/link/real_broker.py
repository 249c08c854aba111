"""A real mosquitto for a test: prepared, started, killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import edge.link
import hub.link
from cext.kit.mqtt import Broker
from cext.kit.supervise import run_supervised
from hub.link.broker import add_account, add_store, prepare_broker, run_broker


class RealBroker:
    def __init__(self, directory: Path) -> None:
        self.directory = directory
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.ca_file = prepare_broker(directory, port=self.port)
        self.passwords = {"hub": add_account(directory, "hub")}
        self.up = asyncio.Event()

    def add(self, store: str) -> None:
        self.passwords[store] = add_store(self.directory, store)

    def account(self, name: str, *, port: int | None = None) -> Broker:
        return Broker(
            host="127.0.0.1",
            port=port or self.port,
            ca_file=str(self.ca_file),
            username=name,
            password_file=str(self.passwords[name]),
            client_id=name,
        )

    def edge_settings(self, store: str, *, port: int | None = None) -> edge.link.LinkSettings:
        return edge.link.LinkSettings(
            port=port or self.port,
            ca_file=str(self.ca_file),
            password_file=str(self.passwords[store]),
        )

    def hub_settings(self) -> hub.link.LinkSettings:
        return hub.link.LinkSettings(
            port=self.port, ca_file=str(self.ca_file), password_file=str(self.passwords["hub"])
        )

    async def run(self) -> None:
        def works(told: Callable[[], None]) -> None:
            told()
            self.up.set()

        await run_supervised("broker", lambda told: run_broker(self.directory, lambda: works(told)))

    async def kill(self) -> None:
        self.up.clear()
        pid = await asyncio.to_thread((self.directory / "mosquitto.pid").read_text)
        os.kill(int(pid), signal.SIGKILL)


@asynccontextmanager
async def running(*works: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run coroutines that never end beside the body; they are cancelled after it."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work) for work in works]
        yield
        for task in tasks:
            task.cancel()

"""The whole hub as the command starts it, in this process, on a free port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp

from cext.kit.clock import ClockSettings
from hub.app import make_tokens, run
from hub.config import ApiSettings, BrokerSettings, Settings
from hub.link import LinkSettings


class Hub(NamedTuple):
    """A running hub: its address and a session that carries a token with the scope read."""

    address: str
    session: aiohttp.ClientSession

    async def get(self, path: str, **query: Any) -> Any:
        async with self.session.get(self.address + path, params=query) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def refused(self, path: str, **query: Any) -> tuple[int, str]:
        async with self.session.get(self.address + path, params=query) as response:
            assert response.content_type == "application/problem+json"
            return response.status, (await response.json())["code"]


def settings_for(
    state_dir: Path, *, link: LinkSettings | None = None, steer_file: str = ""
) -> Settings:
    broker = BrokerSettings(enabled=False)
    if link is not None:
        broker = BrokerSettings(
            host=link.host,
            port=link.port,
            ca_file=link.ca_file,
            password_file=link.password_file,
        )
    return Settings(
        state_dir=str(state_dir),
        api=ApiSettings(port=0),
        broker=broker,
        clock=ClockSettings(steer_file=steer_file),
    )


@asynccontextmanager
async def running_hub(settings: Settings) -> AsyncIterator[Hub]:
    """The hub, up; stopped at the end, within the two seconds it is allowed."""
    stop = asyncio.Event()
    port: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    text = await asyncio.to_thread(make_tokens(settings).create, "reader", ("read",))
    async with asyncio.TaskGroup() as group:
        daemon = group.create_task(run(settings, stop=stop, on_ready=port.set_result))
        address = f"http://127.0.0.1:{await port}"
        headers = {"Authorization": f"Bearer {text}"}
        async with aiohttp.ClientSession(headers=headers) as session:
            yield Hub(address, session)
        stop.set()
        async with asyncio.timeout(2):
            await daemon

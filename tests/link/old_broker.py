"""A broker that speaks only MQTT 3.1.1: a TLS relay to a real one that turns version 5 away."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

CONNACK_UNACCEPTABLE_VERSION = bytes((0x20, 0x02, 0x00, 0x01))
Manners = Literal["names_it", "hangs_up"]  # as RabbitMQ 3.10 does, as NATS 2.9 does


@asynccontextmanager
async def old_broker(directory: Path, port: int, manners: Manners) -> AsyncIterator[int]:
    """The port of a relay to `port` that refuses MQTT 5 with these `manners`."""
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    await asyncio.to_thread(
        server_tls.load_cert_chain, directory / "server.pem", directory / "server.key"
    )
    await asyncio.to_thread(client_tls.load_verify_locations, directory / "ca.pem")

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.read(64)
        if b"MQTT\x05" in head:
            if manners == "names_it":
                writer.write(CONNACK_UNACCEPTABLE_VERSION)
            writer.close()
            return
        back_reader, back_writer = await asyncio.open_connection("127.0.0.1", port, ssl=client_tls)
        back_writer.write(head)
        async with asyncio.TaskGroup() as group:
            group.create_task(_pump(reader, back_writer))
            group.create_task(_pump(back_reader, writer))

    server = await asyncio.start_server(relay, "127.0.0.1", 0, ssl=server_tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()
